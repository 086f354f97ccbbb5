"""Functions of special.py: of numbers they give floats, of Values Values."""

from typing_extensions import assert_type

from autograd_lite import Value, special
from autograd_lite.special import cumsum, gammainc, interp, lambertw, logaddexp, mean, ndtr, zeta

x = Value(0.5)
assert_type(ndtr(0.5), float)
assert_type(ndtr(x), Value)
assert_type(ndtr.each([x, x]), list[Value])
assert_type(special.xlogy(2.0, x), Value)
assert_type(gammainc(2.0, 1.0), float)
assert_type(gammainc(x, 1.0), Value)
assert_type(zeta(2.0), float)
assert_type(zeta(x + 1.0), Value)
assert_type(logaddexp(1.0, x), Value)
assert_type(lambertw(x), Value)
assert_type(cumsum([x, x]), list[Value])
assert_type(mean([1.0, 2.0]), float)
assert_type(interp(x, [0.0, 1.0], [1.0, 2.0]), Value)
assert_type(interp(0.5, [0.0, 1.0], [1.0, 2.0]), float)
