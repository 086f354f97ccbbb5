"""The functions of special.py and their types; Python itself reads special.py.

What stands between the marks is written by `python -m autograd_lite.stub`.
"""

# mypy: disable-error-code="overload-overlap, override"

from collections.abc import Iterable, Sequence
from typing import SupportsFloat, TypeAlias, overload

from . import Value
from .primitive import Primitive
from .special_rows import FUNCTIONS as FUNCTIONS
from .special_rows import SPECIAL as SPECIAL

_Number: TypeAlias = SupportsFloat
_Operand: TypeAlias = Value | _Number
_Values: TypeAlias = Iterable[Value]
_Numbers: TypeAlias = Iterable[_Number]
_Operands: TypeAlias = Iterable[_Operand]

# functions: from the table
class _Of_df_t(Primitive):
    @overload
    def __call__(self, df: Value, t: _Operand) -> Value: ...
    @overload
    def __call__(self, df: _Number, t: Value) -> Value: ...
    @overload
    def __call__(self, df: _Number, t: _Number) -> float: ...
    @overload
    def each(self, df: _Values, t: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, df: _Numbers, t: _Values, /) -> list[Value]: ...
    @overload
    def each(self, df: _Numbers, t: _Numbers, /) -> list[float]: ...

class _Of_df_x(Primitive):
    @overload
    def __call__(self, df: Value, x: _Operand) -> Value: ...
    @overload
    def __call__(self, df: _Number, x: Value) -> Value: ...
    @overload
    def __call__(self, df: _Number, x: _Number) -> float: ...
    @overload
    def each(self, df: _Values, x: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, df: _Numbers, x: _Values, /) -> list[Value]: ...
    @overload
    def each(self, df: _Numbers, x: _Numbers, /) -> list[float]: ...

class _Of_x(Primitive):
    @overload
    def __call__(self, x: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number) -> float: ...
    @overload
    def each(self, x: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, /) -> list[float]: ...

class _Of_x_y(Primitive):
    @overload
    def __call__(self, x: Value, y: _Operand) -> Value: ...
    @overload
    def __call__(self, x: _Number, y: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number, y: _Number) -> float: ...
    @overload
    def each(self, x: _Values, y: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, y: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, y: _Numbers, /) -> list[float]: ...

class _Of_x_q(Primitive):
    @overload
    def __call__(self, x: Value, q: _Operand = ...) -> Value: ...
    @overload
    def __call__(self, x: _Number, q: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number, q: _Number = ...) -> float: ...
    @overload
    def each(self, x: _Values, q: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, q: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, q: _Numbers, /) -> list[float]: ...

class _Of_a_x(Primitive):
    @overload
    def __call__(self, a: Value, x: _Operand) -> Value: ...
    @overload
    def __call__(self, a: _Number, x: Value) -> Value: ...
    @overload
    def __call__(self, a: _Number, x: _Number) -> float: ...
    @overload
    def each(self, a: _Values, x: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, a: _Numbers, x: _Values, /) -> list[Value]: ...
    @overload
    def each(self, a: _Numbers, x: _Numbers, /) -> list[float]: ...

class _Of_a_b_x(Primitive):
    @overload
    def __call__(self, a: Value, b: _Operand, x: _Operand) -> Value: ...
    @overload
    def __call__(self, a: _Number, b: Value, x: _Operand) -> Value: ...
    @overload
    def __call__(self, a: _Number, b: _Number, x: Value) -> Value: ...
    @overload
    def __call__(self, a: _Number, b: _Number, x: _Number) -> float: ...
    @overload
    def each(self, a: _Values, b: _Operands, x: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, a: _Numbers, b: _Values, x: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, a: _Numbers, b: _Numbers, x: _Values, /) -> list[Value]: ...
    @overload
    def each(self, a: _Numbers, b: _Numbers, x: _Numbers, /) -> list[float]: ...

stdtr: _Of_df_t
"""stdtr(df, t): d/ddf = stdtr_1(df, t), d/dt = t_density_0(df, t)."""
stdtrit: _Of_df_x
"""stdtrit(df, x)."""
square: _Of_x
"""square(x): d/dx = 2.0 * x."""
copysign: _Of_x_y
"""copysign(x, y): d/dx = sign(x) * copysign(1.0, y), d/dy = 0.0."""
log1mexp: _Of_x
"""log1mexp(x): d/dx = where(x > 0.0, out, log1mexp_slope(x)), where out is the result."""
logsubexp: _Of_x_y
"""logsubexp(x, y): d/dx = 1.0 - log1mexp_slope(y - x), d/dy = log1mexp_slope(y - x)."""
xlogy: _Of_x_y
"""xlogy(x, y)."""
xlog1py: _Of_x_y
"""xlog1py(x, y)."""
logit: _Of_x
"""logit(x)."""
sinc: _Of_x
"""sinc(x): d/dx = sinc_1(x)."""
betaln: _Of_x_y
"""betaln(x, y): d/dx = polygamma_difference_0(x, y), d/dy = polygamma_difference_0(y, x)."""
erfcx: _Of_x
"""erfcx(x)."""
ndtr: _Of_x
"""ndtr(x)."""
log_ndtr: _Of_x
"""log_ndtr(x): d/dx = normal_hazard(x)."""
erfinv: _Of_x
"""erfinv(x): d/dx = 0.8862269254527579 * exp(out * out), where out is the result."""
ndtri: _Of_x
"""ndtri(x): d/dx = 2.5066282746310002 * exp(0.5 * out * out), where out is the result."""
expi: _Of_x
"""expi(x): d/dx = exp(0.5 * x) / x * exp(0.5 * x)."""
zeta: _Of_x_q
"""zeta(x, q): d/dx = zeta_1(x, q), d/dq = -(x * zeta(x + 1.0, q))."""
j0: _Of_x
"""j0(x): d/dx = -j1(x)."""
j1: _Of_x
"""j1(x): d/dx = 0.5 * (j0(x) - j2(x))."""
i0: _Of_x
"""i0(x): d/dx = i1(x)."""
i1: _Of_x
"""i1(x): d/dx = 0.5 * (i0(x) + i2(x))."""
k0: _Of_x
"""k0(x): d/dx = -k1(x)."""
k1: _Of_x
"""k1(x): d/dx = (-0.5) * (k0(x) + k2(x))."""
gammainc: _Of_a_x
"""gammainc(a, x): d/da = gammainc_1(a, x), d/dx = gamma_density_0(a, x)."""
gammaincc: _Of_a_x
"""gammaincc(a, x): d/da = -gammainc_1(a, x), d/dx = -gamma_density_0(a, x)."""
betainc: _Of_a_b_x
"""betainc(a, b, x)."""
# functions: end

@overload
def logaddexp(x: Value, y: _Operand) -> Value: ...
@overload
def logaddexp(x: _Number, y: Value) -> Value: ...
@overload
def logaddexp(x: _Number, y: _Number) -> float: ...
@overload
def lambertw(x: Value, k: int = 0) -> Value: ...
@overload
def lambertw(x: _Number, k: int = 0) -> float: ...
@overload
def jv(n: int, x: Value) -> Value: ...
@overload
def jv(n: int, x: _Number) -> float: ...
@overload
def iv(n: int, x: Value) -> Value: ...
@overload
def iv(n: int, x: _Number) -> float: ...
@overload
def kv(n: int, x: Value) -> Value: ...
@overload
def kv(n: int, x: _Number) -> float: ...
@overload
def norm_logpdf(x: Value, loc: _Operand = 0.0, scale: _Operand = 1.0) -> Value: ...
@overload
def norm_logpdf(x: _Number, loc: Value, scale: _Operand = 1.0) -> Value: ...
@overload
def norm_logpdf(x: _Number, loc: _Number, scale: Value) -> Value: ...
@overload
def norm_logpdf(x: _Number, loc: _Number = 0.0, scale: _Number = 1.0) -> float: ...
@overload
def t_logpdf(x: Value, df: _Operand, loc: _Operand = 0.0, scale: _Operand = 1.0) -> Value: ...
@overload
def t_logpdf(x: _Number, df: Value, loc: _Operand = 0.0, scale: _Operand = 1.0) -> Value: ...
@overload
def t_logpdf(x: _Number, df: _Number, loc: Value, scale: _Operand = 1.0) -> Value: ...
@overload
def t_logpdf(x: _Number, df: _Number, loc: _Number, scale: Value) -> Value: ...
@overload
def t_logpdf(x: _Number, df: _Number, loc: _Number = 0.0, scale: _Number = 1.0) -> float: ...
@overload
def norm_logcdf(x: Value, loc: _Operand = 0.0, scale: _Operand = 1.0) -> Value: ...
@overload
def norm_logcdf(x: _Number, loc: Value, scale: _Operand = 1.0) -> Value: ...
@overload
def norm_logcdf(x: _Number, loc: _Number, scale: Value) -> Value: ...
@overload
def norm_logcdf(x: _Number, loc: _Number = 0.0, scale: _Number = 1.0) -> float: ...
@overload
def t_logcdf(x: Value, df: _Operand, loc: _Operand = 0.0, scale: _Operand = 1.0) -> Value: ...
@overload
def t_logcdf(x: _Number, df: Value, loc: _Operand = 0.0, scale: _Operand = 1.0) -> Value: ...
@overload
def t_logcdf(x: _Number, df: _Number, loc: Value, scale: _Operand = 1.0) -> Value: ...
@overload
def t_logcdf(x: _Number, df: _Number, loc: _Number, scale: Value) -> Value: ...
@overload
def t_logcdf(x: _Number, df: _Number, loc: _Number = 0.0, scale: _Number = 1.0) -> float: ...
@overload
def cumsum(xs: _Values) -> list[Value]: ...
@overload
def cumsum(xs: _Numbers) -> list[float]: ...
@overload
def prod(xs: _Values) -> Value: ...
@overload
def prod(xs: _Numbers) -> float: ...
@overload
def prod(xs: _Operands) -> Value: ...
@overload
def mean(xs: _Values) -> Value: ...
@overload
def mean(xs: _Numbers) -> float: ...
@overload
def mean(xs: _Operands) -> Value: ...
@overload
def var(xs: _Values, ddof: float = 0) -> Value: ...
@overload
def var(xs: _Numbers, ddof: float = 0) -> float: ...
@overload
def var(xs: _Operands, ddof: float = 0) -> Value: ...
@overload
def std(xs: _Values, ddof: float = 0) -> Value: ...
@overload
def std(xs: _Numbers, ddof: float = 0) -> float: ...
@overload
def std(xs: _Operands, ddof: float = 0) -> Value: ...
@overload
def norm(xs: _Values, ord: float = 2) -> Value: ...
@overload
def norm(xs: _Numbers, ord: float = 2) -> float: ...
@overload
def norm(xs: _Operands, ord: float = 2) -> Value: ...
@overload
def interp(
    x: Value,
    xp: Sequence[_Operand],
    fp: Sequence[_Operand],
    left: _Operand | None = None,
    right: _Operand | None = None,
) -> Value: ...
@overload
def interp(
    x: _Number,
    xp: Sequence[_Number],
    fp: Sequence[Value],
    left: _Operand | None = None,
    right: _Operand | None = None,
) -> Value: ...
@overload
def interp(
    x: _Number,
    xp: Sequence[_Number],
    fp: Sequence[_Number],
    left: _Number | None = None,
    right: _Number | None = None,
) -> float: ...

# names: from the table
__all__ = [
    "stdtr",
    "stdtrit",
    "square",
    "copysign",
    "log1mexp",
    "logsubexp",
    "xlogy",
    "xlog1py",
    "logit",
    "sinc",
    "betaln",
    "erfcx",
    "ndtr",
    "log_ndtr",
    "erfinv",
    "ndtri",
    "expi",
    "zeta",
    "j0",
    "j1",
    "i0",
    "i1",
    "k0",
    "k1",
    "gammainc",
    "gammaincc",
    "betainc",
    "cumsum",
    "interp",
    "iv",
    "jv",
    "kv",
    "lambertw",
    "logaddexp",
    "mean",
    "norm",
    "norm_logcdf",
    "norm_logpdf",
    "prod",
    "std",
    "t_logcdf",
    "t_logpdf",
    "var",
]
# names: end
