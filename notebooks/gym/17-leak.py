"""17. What the test set told

The inputs are scaled to mean 0 and spread 1. A reviewer says: the test set has leaked.
Tools: which numbers go into `mean` and `spread`?
"""

import statistics

from autograd_lite.course import exercise

train, test = [1.0, 2.0, 3.0, 4.0], [40.0, 50.0]
everything = train + test
mean, spread = statistics.fmean(everything), statistics.pstdev(everything)
scaled_train = [(x - mean) / spread for x in train]
scaled_test = [(x - mean) / spread for x in test]
print(f"mean {mean:.3f}, spread {spread:.3f}")


# The check. Leave it as it is. --------------------------------------------------------------------


@exercise(17)
def check():
    assert abs(statistics.fmean(scaled_train)) < 1e-9, "the training set has mean 0 after scaling"
    assert abs(statistics.pstdev(scaled_train) - 1.0) < 1e-9, "and spread 1"
    assert abs(scaled_test[0] - 37.5 / statistics.pstdev(train)) < 1e-9, (
        "the test set is scaled with the numbers of the training set"
    )
