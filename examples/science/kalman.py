"""The flow of the Nile: how much of its change is drift, how much noise? (Kalman 1960)

Each year's flow is a level with noise; from year to year the level moves by a slope and by chance,
and so does the slope (the local linear trend of Harvey 1989). The Kalman filter gives the
likelihood of a hundred years, 2 x 2 by hand; its gradient finds the variances. With a slope of 0
this is the local level model of Durbin and Koopman's book, whose variances are 15,099 and 1,469.

    python examples/science/kalman.py
"""

from math import log, pi
from typing import Any

import autograd_lite as ag

FLOWS = [
    1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0, 995.0, 935.0,
    1110.0, 994.0, 1020.0, 960.0, 1180.0, 799.0, 958.0, 1140.0, 1100.0, 1210.0, 1150.0, 1250.0,
    1260.0, 1220.0, 1030.0, 1100.0, 774.0, 840.0, 874.0, 694.0, 940.0, 833.0, 701.0, 916.0, 692.0,
    1020.0, 1050.0, 969.0, 831.0, 726.0, 456.0, 824.0, 702.0, 1120.0, 1100.0, 832.0, 764.0, 821.0,
    768.0, 845.0, 864.0, 862.0, 698.0, 845.0, 744.0, 796.0, 1040.0, 759.0, 781.0, 865.0, 845.0,
    944.0, 984.0, 897.0, 822.0, 1010.0, 771.0, 676.0, 649.0, 846.0, 812.0, 742.0, 801.0, 1040.0,
    860.0, 874.0, 848.0, 890.0, 744.0, 749.0, 838.0, 1050.0, 918.0, 986.0, 797.0, 923.0, 975.0,
    815.0, 1020.0, 906.0, 901.0, 1170.0, 912.0, 746.0, 919.0, 718.0, 714.0, 740.0,
]  # fmt: skip
"""Of each year from 1871 to 1970, at Aswan, in 10^8 cubic metres (Cobb 1978)."""
UNSURE = 1e7
"""The variance of the first level, of which nothing is known."""


def misfit(logs: Any, flows: Any = FLOWS) -> Any:
    """Minus the log-likelihood; of the logarithms of the variances of noise, level and slope."""
    noise, level_moves, slope_moves = [ag.exp(x) for x in logs]
    level, slope = 0.0, 0.0
    p, q, r = UNSURE, 0.0, slope_moves  # the state's covariance: p, q above q, r
    total: Any = 0.0
    for flow in flows:
        surprise, variance = flow - level, p + noise
        total = total + (ag.log(variance) + surprise * surprise / variance)
        gain, bend = p / variance, q / variance  # what is learned from this year ...
        level, slope = level + gain * surprise, slope + bend * surprise
        p, q, r = p * (1.0 - gain), q * (1.0 - gain), r - bend * q
        level = level + slope  # ... and the next one predicted
        p, q, r = p + 2.0 * q + r + level_moves, q + r, r + slope_moves
    return (total + len(flows) * log(2.0 * pi)) * 0.5


def main() -> None:
    from scipy.optimize import minimize

    program = ag.compile(misfit)
    names = ["noise", "level", "slope"]
    for title, free in (("local linear trend", 3), ("without a slope", 2)):
        start = [9.0, 7.0, 0.0 if free == 3 else -50.0]
        bounds = [(-50.0, 15.0)] * free + [(-50.0, -50.0)] * (3 - free)
        fit = minimize(program.value_and_grad, start, jac=True, bounds=bounds, tol=1e-12)
        found = ", ".join(f"{name} {ag.exp(x):,.1f}" for name, x in zip(names, fit.x))
        print(f"{title:<18} minus the log-likelihood {fit.fun:.4f}; variances: {found}")


if __name__ == "__main__":
    main()
