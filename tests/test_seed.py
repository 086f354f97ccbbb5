"""The worked example of a 2-3-1 sigmoid net, every figure from the engine alone.

One sample, J = (a3 - y)**2 / 2, one step of gradient descent. The expected figures come from an
independent calculation with fractions and 50-digit exponentials.
"""

import pytest
from mpmath import mp, mpf

import autograd_lite as ag

X, Y, RATE = [0.5, 0.8], 1.0, 0.1
W2, B2 = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], [0.1, 0.2, 0.3]
W3, B3 = [[0.7, 0.8, 0.9]], [0.1]
PRINTED = {  # to ten digits
    "z2": [0.31, 0.67, 1.03],
    "a2": [0.5768852611, 0.6615031592, 0.7369158958],
    "z3": [1.6962465164],
    "a3": [0.8450438723],
    "J": [0.0120057008],
    "delta3": [-0.0202906877],
    "delta2": [-0.0034669087, -0.0036347395, -0.0035403957],
    "dw3": [-0.0117053987, -0.013422354, -0.0149525303],
}


def by_hand():
    """The delta rule in 50 digits, with the numbers as written, not as rounded to binary."""
    with mp.workdps(50):
        exact = lambda tree: [exact(t) if isinstance(t, list) else mpf(repr(t)) for t in tree]
        x, w2, b2, w3, b3 = map(exact, (X, W2, B2, W3, B3))
        sigma = lambda z: 1 / (1 + mp.exp(-z))
        layer = lambda w, a, b: [mp.fdot(row, a) + bias for row, bias in zip(w, b)]
        z2 = layer(w2, x, b2)
        a2 = [sigma(z) for z in z2]
        z3 = layer(w3, a2, b3)
        a3 = [sigma(z) for z in z3]
        delta3 = [(a3[0] - 1) * a3[0] * (1 - a3[0])]
        delta2 = [w * delta3[0] * a * (1 - a) for w, a in zip(w3[0], a2)]
        dw3 = [delta3[0] * a for a in a2]
        dw2 = [delta * v for delta in delta2 for v in x]
        rate = mpf(repr(RATE))
        descend = lambda ps, gs: [p - rate * g for p, g in zip(ps, gs)]
        return {
            "z2": z2, "a2": a2, "z3": z3, "a3": a3, "J": [(a3[0] - 1) ** 2 / 2],
            "delta3": delta3, "delta2": delta2, "dw3": dw3, "dw2": dw2,
            "new w3": descend(w3[0], dw3), "new w2": descend([*w2[0], *w2[1], *w2[2]], dw2),
            "new b3": descend(b3, delta3), "new b2": descend(b2, delta2),
        }  # fmt: skip


def by_the_engine(Value):
    """Ordinary arithmetic on Values; every delta is a `.grad` that was there anyway."""
    w2 = [[Value(w) for w in row] for row in W2]
    b2, w3, b3 = [Value(b) for b in B2], [Value(w) for w in W3[0]], Value(B3[0])
    z2 = [ag.dot(row, X) + b for row, b in zip(w2, b2)]
    a2 = [z.sigmoid() for z in z2]
    z3 = ag.dot(w3, a2) + b3
    a3 = z3.sigmoid()
    loss = 0.5 * (a3 - Y) ** 2
    loss.backward()
    flat = [w for row in w2 for w in row]
    found = {
        "z2": z2, "a2": a2, "z3": [z3], "a3": [a3], "J": [loss],
    }  # fmt: skip
    numbers = {name: [v.data for v in values] for name, values in found.items()}
    for name, values in {"delta3": [z3], "delta2": z2, "dw3": w3, "dw2": flat}.items():
        numbers[name] = [v.grad for v in values]
    for name, values in {"w3": w3, "w2": flat, "b3": [b3], "b2": b2}.items():
        for v in values:
            v.data -= RATE * v.grad
        numbers[f"new {name}"] = [v.data for v in values]
    return numbers


def test_every_figure_to_twelve_digits(Value):
    expected, found = by_hand(), by_the_engine(Value)
    assert expected.keys() == found.keys()
    for name, numbers in found.items():
        assert numbers == pytest.approx([float(x) for x in expected[name]], abs=1e-12), name
    for name, numbers in PRINTED.items():
        assert found[name] == pytest.approx(numbers, abs=5.1e-11), name
