"""The public names and their types, for type checkers and editors; Python itself reads __init__.py.

What stands between the marks is written by `python -m autograd_lite.stub`.
"""

# A list of numbers is a list of operands, too, but gives a float: where the overloads of a row
# overlap, the first one holds. A row is a primitive with operands of its own.
# mypy: disable-error-code="overload-overlap, override"

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import (
    Any,
    Concatenate,
    Generic,
    Literal,
    ParamSpec,
    Protocol,
    SupportsFloat,
    TypeAlias,
    TypeVar,
    overload,
)

import nn as nn

from . import linalg as linalg
from . import special as special
from .anomaly import AnomalyError as AnomalyError
from .anomaly import detect_anomaly as detect_anomaly
from .compiler.errors import BranchError as BranchError
from .compiler.errors import CompileWarning as CompileWarning
from .compiler.errors import MissingTapeError as MissingTapeError
from .compiler.errors import TapeError as TapeError
from .compiler.errors import TraceError as TraceError
from .compiler.program import Program as _Program
from .complex import Complex as Complex
from .gradcheck import GradcheckError as GradcheckError
from .gradcheck import GradcheckReport as GradcheckReport
from .gradcheck import gradcheck as gradcheck
from .implicit_functions import ImplicitError as ImplicitError
from .implicit_functions import implicit as implicit
from .lines import SourceLine as SourceLine
from .lines import source_lines as source_lines
from .lost_paths import LostPathWarning as LostPathWarning
from .modes import no_grad as no_grad
from .primitive import Primitive as _Primitive
from .primitive import Reduction as _Reduction
from .scopes import Scope as Scope
from .scopes import scope as scope
from .several import MultiPrimitive as _MultiPrimitive
from .views.graph.states import snapshot as snapshot
from .views.language import set_language as set_language
from .views.picture.dot import draw_dot as draw_dot
from .views.picture.draw import draw as draw
from .views.stepper.explain import explain as explain
from .views.stepper.paths import paths as paths
from .views.stepper.stepper import Stepper as Stepper
from .views.stepper.stepper import step as step

__version__: str
backend: Literal["native", "python"]

class _Array(Protocol):
    """NumPy's arrays, and what is like them."""

    @property
    def shape(self) -> Any: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: Any, /) -> Any: ...

# A number is whatever converts to a float; a Value is not converted silently.
_Number: TypeAlias = SupportsFloat
_Operand: TypeAlias = Value | _Number
_Values: TypeAlias = Iterable[Value]
_Numbers: TypeAlias = Iterable[_Number]
_Operands: TypeAlias = Iterable[_Operand]

class Value:
    def __init__(self, data: _Number, label: str | None = None) -> None: ...
    @property
    def data(self) -> float: ...
    @data.setter
    def data(self, new: _Number) -> None: ...
    @property
    def grad(self) -> float: ...
    @grad.setter
    def grad(self, new: _Number) -> None: ...
    label: str | None
    @property
    def op(self) -> Primitive | None: ...
    @property
    def args(self) -> tuple[Value | float, ...]: ...
    @property
    def parents(self) -> tuple[Value, ...]: ...
    @property
    def partials(self) -> tuple[float, ...]: ...
    @property
    def scope(self) -> Scope | None: ...
    @property
    def source(self) -> SourceLine | None: ...
    def backward(self, gradient: _Number = 1.0) -> None: ...
    def detach(self) -> Value: ...
    def item(self) -> float: ...
    def pow(self, exponent: _Operand) -> Value: ...
    def square(self) -> Value: ...
    @property
    def _prev(self) -> tuple[Value, ...]: ...
    @property
    def _op(self) -> str: ...
    @property
    def _backward(self) -> Callable[[], None]: ...
    def __neg__(self) -> Value: ...
    def __pos__(self) -> Value: ...
    def __abs__(self) -> Value: ...
    def __floor__(self) -> Value: ...
    def __ceil__(self) -> Value: ...
    def __round__(self, ndigits: int | None = None) -> Value: ...
    def __divmod__(self, other: _Operand) -> tuple[Value, Value]: ...
    def __rdivmod__(self, other: _Operand) -> tuple[Value, Value]: ...
    def __bool__(self) -> bool: ...
    # operators: from the table
    @overload
    def __add__(self, other: _Array, /) -> Any: ...
    @overload
    def __add__(self, other: _Operand, /) -> Value: ...
    @overload
    def __sub__(self, other: _Array, /) -> Any: ...
    @overload
    def __sub__(self, other: _Operand, /) -> Value: ...
    @overload
    def __mul__(self, other: _Array, /) -> Any: ...
    @overload
    def __mul__(self, other: _Operand, /) -> Value: ...
    @overload
    def __truediv__(self, other: _Array, /) -> Any: ...
    @overload
    def __truediv__(self, other: _Operand, /) -> Value: ...
    @overload
    def __floordiv__(self, other: _Array, /) -> Any: ...
    @overload
    def __floordiv__(self, other: _Operand, /) -> Value: ...
    @overload
    def __mod__(self, other: _Array, /) -> Any: ...
    @overload
    def __mod__(self, other: _Operand, /) -> Value: ...
    @overload
    def __pow__(self, other: _Array, /) -> Any: ...
    @overload
    def __pow__(self, other: _Operand, /) -> Value: ...
    @overload
    def __radd__(self, other: _Array, /) -> Any: ...
    @overload
    def __radd__(self, other: _Operand, /) -> Value: ...
    @overload
    def __rsub__(self, other: _Array, /) -> Any: ...
    @overload
    def __rsub__(self, other: _Operand, /) -> Value: ...
    @overload
    def __rmul__(self, other: _Array, /) -> Any: ...
    @overload
    def __rmul__(self, other: _Operand, /) -> Value: ...
    @overload
    def __rtruediv__(self, other: _Array, /) -> Any: ...
    @overload
    def __rtruediv__(self, other: _Operand, /) -> Value: ...
    @overload
    def __rfloordiv__(self, other: _Array, /) -> Any: ...
    @overload
    def __rfloordiv__(self, other: _Operand, /) -> Value: ...
    @overload
    def __rmod__(self, other: _Array, /) -> Any: ...
    @overload
    def __rmod__(self, other: _Operand, /) -> Value: ...
    @overload
    def __rpow__(self, other: _Array, /) -> Any: ...
    @overload
    def __rpow__(self, other: _Operand, /) -> Value: ...
    @overload
    def __lt__(self, other: _Array, /) -> Any: ...
    @overload
    def __lt__(self, other: _Operand, /) -> bool: ...
    @overload
    def __le__(self, other: _Array, /) -> Any: ...
    @overload
    def __le__(self, other: _Operand, /) -> bool: ...
    @overload
    def __gt__(self, other: _Array, /) -> Any: ...
    @overload
    def __gt__(self, other: _Operand, /) -> bool: ...
    @overload
    def __ge__(self, other: _Array, /) -> Any: ...
    @overload
    def __ge__(self, other: _Operand, /) -> bool: ...
    # operators: end
    # methods: from the table
    def exp(self) -> Value:
        """exp(x): d/dx = out, where out is the result."""
    def expm1(self) -> Value:
        """expm1(x): d/dx = exp(x)."""
    def log(self) -> Value:
        """log(x): d/dx = where(x < 0.0, out, 1.0 / x), where out is the result."""
    def log1p(self) -> Value:
        """log1p(x): d/dx = where(x < -1.0, out, 1.0 / (1.0 + x)), where out is the result."""
    def log2(self) -> Value:
        """log2(x): d/dx = where(x < 0.0, out, 1.4426950408889634 / x), where out is the result."""
    def log10(self) -> Value:
        """log10(x): d/dx = where(x < 0.0, out, 0.4342944819032518 / x), where out is the result."""
    def sqrt(self) -> Value:
        """sqrt(x): d/dx = 0.5 / out, where out is the result."""
    def cbrt(self) -> Value:
        """cbrt(x): d/dx = 0.3333333333333333 / out / out, where out is the result."""
    def hypot(self, y: _Operand) -> Value:
        """hypot(x, y): d/dx = direction(x, y), d/dy = direction(y, x)."""
    def sin(self) -> Value:
        """sin(x): d/dx = cos(x)."""
    def cos(self) -> Value:
        """cos(x): d/dx = -sin(x)."""
    def tan(self) -> Value:
        """tan(x): d/dx = 1.0 + out * out, where out is the result."""
    def asin(self) -> Value:
        """asin(x): d/dx = 1.0 / sqrt(one_less_square(x))."""
    def acos(self) -> Value:
        """acos(x): d/dx = (-1.0) / sqrt(one_less_square(x))."""
    def atan(self) -> Value:
        """atan(x): d/dx = 1.0 / hypot(1.0, x) / hypot(1.0, x)."""
    def atan2(self, x: _Operand) -> Value:
        """atan2(y, x)."""
    def sinh(self) -> Value:
        """sinh(x): d/dx = cosh(x)."""
    def cosh(self) -> Value:
        """cosh(x): d/dx = sinh(x)."""
    def tanh(self) -> Value:
        """tanh(x): d/dx = tanh_slope(out, x), where out is the result."""
    def asinh(self) -> Value:
        """asinh(x): d/dx = 1.0 / hypot(1.0, x)."""
    def acosh(self) -> Value:
        """acosh(x): d/dx = 1.0 / sqrt(x - 1.0) / sqrt(x + 1.0)."""
    def atanh(self) -> Value:
        """atanh(x)."""
    def erf(self) -> Value:
        """erf(x): d/dx = 1.1283791670955126 * exp(-pow(clip(x, -30.0, 30.0), 2.0))."""
    def erfc(self) -> Value:
        """erfc(x): d/dx = (-1.1283791670955126) * exp(-pow(clip(x, -30.0, 30.0), 2.0))."""
    def gamma(self) -> Value:
        """gamma(x): d/dx = out * where(x < 171.5, digamma(x), x), where out is the result."""
    def lgamma(self) -> Value:
        """lgamma(x): d/dx = digamma(x)."""
    def digamma(self) -> Value:
        """digamma(x): d/dx = polygamma_1(x)."""
    def polygamma_1(self) -> Value:
        """polygamma_1(x): d/dx = polygamma_2(x)."""
    def floor(self) -> Value:
        """floor(x): d/dx = 0.0."""
    def ceil(self) -> Value:
        """ceil(x): d/dx = 0.0."""
    def round(self) -> Value:
        """round(x): d/dx = 0.0."""
    def sign(self) -> Value:
        """sign(x): d/dx = 0.0."""
    def heaviside(self, at_zero: _Operand = ...) -> Value:
        """heaviside(x, at_zero)."""
    def clip(self, low: _Operand, high: _Operand) -> Value:
        """clip(x, low, high)."""
    def sigmoid(self) -> Value:
        """sigmoid(x): d/dx = sigmoid_slope(out, x), where out is the result."""
    def softplus(self) -> Value:
        """softplus(x): d/dx = sigmoid(x)."""
    def logsigmoid(self) -> Value:
        """logsigmoid(x): d/dx = sigmoid(-x)."""
    def relu(self) -> Value:
        """relu(x): d/dx = where(x > 0.0, 1.0, where(x < 0.0, 0.0, 0.0 + 0.0 * x))."""
    def leaky_relu(self, negative_slope: _Operand = ...) -> Value:
        """leaky_relu(x, negative_slope)."""
    def elu(self, alpha: _Operand = ...) -> Value:
        """elu(x, alpha)."""
    def gelu(self) -> Value:
        """gelu(x)."""
    def gelu_tanh(self) -> Value:
        """gelu_tanh(x)."""
    def silu(self) -> Value:
        """silu(x): d/dx = sigmoid(x) + clip(x, -1000.0, 1000.0) * sigmoid_slope(sigmoid(x), x)."""
    def arcsin(self) -> Value:
        """arcsin(x): d/dx = 1.0 / sqrt(one_less_square(x))."""
    def arccos(self) -> Value:
        """arccos(x): d/dx = (-1.0) / sqrt(one_less_square(x))."""
    def arctan(self) -> Value:
        """arctan(x): d/dx = 1.0 / hypot(1.0, x) / hypot(1.0, x)."""
    def arctan2(self, x: _Operand) -> Value:
        """arctan2(y, x)."""
    def arcsinh(self) -> Value:
        """arcsinh(x): d/dx = 1.0 / hypot(1.0, x)."""
    def arccosh(self) -> Value:
        """arccosh(x): d/dx = 1.0 / sqrt(x - 1.0) / sqrt(x + 1.0)."""
    def arctanh(self) -> Value:
        """arctanh(x)."""
    def rint(self) -> Value:
        """rint(x): d/dx = 0.0."""
    def fabs(self) -> Value:
        """fabs(x): d/dx = sign(x)."""
    # methods: end
    def conjugate(self) -> Value: ...
    def degrees(self) -> Value: ...
    def radians(self) -> Value: ...
    def rad2deg(self) -> Value: ...
    def deg2rad(self) -> Value: ...
    def exp2(self) -> Value: ...
    # For the package alone:
    _data: float
    _made: int
    _grad: float
    _partials: tuple[float, ...]
    @staticmethod
    def _apply(op: _Primitive, operands: tuple[Any, ...]) -> Value: ...
    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any: ...

NativeValue: type[Value] | None
PythonValue: type[Value]

# Primitives ---------------------------------------------------------------------------------------

class Primitive(_Primitive):
    @overload
    def __call__(self, *operands: _Number, **named: _Number) -> float: ...
    @overload
    def __call__(self, *operands: _Operand, **named: _Operand) -> Value: ...

class Reduction(_Reduction, Primitive): ...

class MultiPrimitive(_MultiPrimitive, Primitive):
    @overload
    def __call__(self, *operands: _Number, **named: _Number) -> tuple[float, ...]: ...
    @overload
    def __call__(self, *operands: _Operand, **named: _Operand) -> tuple[Value, ...]: ...

# functions: from the table
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

class _Of_x(Primitive):
    @overload
    def __call__(self, x: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number) -> float: ...
    @overload
    def each(self, x: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, /) -> list[float]: ...

class _Of_x_exponent(Primitive):
    @overload
    def __call__(self, x: Value, exponent: _Operand) -> Value: ...
    @overload
    def __call__(self, x: _Number, exponent: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number, exponent: _Number) -> float: ...
    @overload
    def each(self, x: _Values, exponent: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, exponent: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, exponent: _Numbers, /) -> list[float]: ...

class _Of_x_complex_too(Primitive):
    @overload
    def __call__(self, x: Complex) -> Complex: ...
    @overload
    def __call__(self, x: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number) -> float: ...
    @overload
    def each(self, x: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, /) -> list[float]: ...

class _Of_y_x(Primitive):
    @overload
    def __call__(self, y: Value, x: _Operand) -> Value: ...
    @overload
    def __call__(self, y: _Number, x: Value) -> Value: ...
    @overload
    def __call__(self, y: _Number, x: _Number) -> float: ...
    @overload
    def each(self, y: _Values, x: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, y: _Numbers, x: _Values, /) -> list[Value]: ...
    @overload
    def each(self, y: _Numbers, x: _Numbers, /) -> list[float]: ...

class _Of_x_at_zero(Primitive):
    @overload
    def __call__(self, x: Value, at_zero: _Operand = ...) -> Value: ...
    @overload
    def __call__(self, x: _Number, at_zero: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number, at_zero: _Number = ...) -> float: ...
    @overload
    def each(self, x: _Values, at_zero: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, at_zero: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, at_zero: _Numbers, /) -> list[float]: ...

class _Of_x_low_high(Primitive):
    @overload
    def __call__(self, x: Value, low: _Operand, high: _Operand) -> Value: ...
    @overload
    def __call__(self, x: _Number, low: Value, high: _Operand) -> Value: ...
    @overload
    def __call__(self, x: _Number, low: _Number, high: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number, low: _Number, high: _Number) -> float: ...
    @overload
    def each(self, x: _Values, low: _Operands, high: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, low: _Values, high: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, low: _Numbers, high: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, low: _Numbers, high: _Numbers, /) -> list[float]: ...

class _Of_x_negative_slope(Primitive):
    @overload
    def __call__(self, x: Value, negative_slope: _Operand = ...) -> Value: ...
    @overload
    def __call__(self, x: _Number, negative_slope: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number, negative_slope: _Number = ...) -> float: ...
    @overload
    def each(self, x: _Values, negative_slope: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, negative_slope: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, negative_slope: _Numbers, /) -> list[float]: ...

class _Of_x_alpha(Primitive):
    @overload
    def __call__(self, x: Value, alpha: _Operand = ...) -> Value: ...
    @overload
    def __call__(self, x: _Number, alpha: Value) -> Value: ...
    @overload
    def __call__(self, x: _Number, alpha: _Number = ...) -> float: ...
    @overload
    def each(self, x: _Values, alpha: _Operands, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, alpha: _Values, /) -> list[Value]: ...
    @overload
    def each(self, x: _Numbers, alpha: _Numbers, /) -> list[float]: ...

class _Of_1_sequence(Reduction):
    @overload
    def __call__(self, operands: _Values, /) -> Value: ...
    @overload
    def __call__(self, operands: _Numbers, /) -> float: ...
    @overload
    def __call__(self, operands: _Operands, /) -> Value: ...
    @overload
    def __call__(self, *operands: _Number) -> float: ...
    @overload
    def __call__(self, *operands: _Operand) -> Value: ...

class _Of_2_sequences(Reduction):
    @overload
    def __call__(self, operands: _Values, operands1: _Operands, /) -> Value: ...
    @overload
    def __call__(self, operands: _Numbers, operands1: _Values, /) -> Value: ...
    @overload
    def __call__(self, operands: _Numbers, operands1: _Numbers, /) -> float: ...
    @overload
    def __call__(self, operands: _Operands, operands1: _Operands, /) -> Value: ...

add: _Of_x_y
"""add(x, y): d/dx = 1.0, d/dy = 1.0."""
sub: _Of_x_y
"""sub(x, y): d/dx = 1.0, d/dy = -1.0."""
mul: _Of_x_y
"""mul(x, y): d/dx = y, d/dy = x."""
div: _Of_x_y
"""div(x, y): d/dx = 1.0 / y, d/dy = -out / y, where out is the result."""
neg: _Of_x
"""neg(x): d/dx = -1.0."""
power: _Of_x_exponent
"""power(x, exponent)."""
pow: _Of_x_y
"""pow(x, y)."""
abs: _Of_x
"""abs(x): d/dx = sign(x)."""
mod: _Of_x_y
"""mod(x, y): d/dx = 1.0, d/dy = -(x // y)."""
floordiv: _Of_x_y
"""floordiv(x, y): d/dx = 0.0, d/dy = 0.0."""
exp: _Of_x_complex_too
"""exp(x): d/dx = out, where out is the result."""
expm1: _Of_x
"""expm1(x): d/dx = exp(x)."""
log: _Of_x_complex_too
"""log(x): d/dx = where(x < 0.0, out, 1.0 / x), where out is the result."""
log1p: _Of_x
"""log1p(x): d/dx = where(x < -1.0, out, 1.0 / (1.0 + x)), where out is the result."""
log2: _Of_x
"""log2(x): d/dx = where(x < 0.0, out, 1.4426950408889634 / x), where out is the result."""
log10: _Of_x
"""log10(x): d/dx = where(x < 0.0, out, 0.4342944819032518 / x), where out is the result."""
sqrt: _Of_x_complex_too
"""sqrt(x): d/dx = 0.5 / out, where out is the result."""
cbrt: _Of_x
"""cbrt(x): d/dx = 0.3333333333333333 / out / out, where out is the result."""
hypot: _Of_x_y
"""hypot(x, y): d/dx = direction(x, y), d/dy = direction(y, x)."""
sin: _Of_x_complex_too
"""sin(x): d/dx = cos(x)."""
cos: _Of_x_complex_too
"""cos(x): d/dx = -sin(x)."""
tan: _Of_x_complex_too
"""tan(x): d/dx = 1.0 + out * out, where out is the result."""
asin: _Of_x
"""asin(x): d/dx = 1.0 / sqrt(one_less_square(x))."""
acos: _Of_x
"""acos(x): d/dx = (-1.0) / sqrt(one_less_square(x))."""
atan: _Of_x
"""atan(x): d/dx = 1.0 / hypot(1.0, x) / hypot(1.0, x)."""
atan2: _Of_y_x
"""atan2(y, x)."""
sinh: _Of_x_complex_too
"""sinh(x): d/dx = cosh(x)."""
cosh: _Of_x_complex_too
"""cosh(x): d/dx = sinh(x)."""
tanh: _Of_x_complex_too
"""tanh(x): d/dx = tanh_slope(out, x), where out is the result."""
asinh: _Of_x
"""asinh(x): d/dx = 1.0 / hypot(1.0, x)."""
acosh: _Of_x
"""acosh(x): d/dx = 1.0 / sqrt(x - 1.0) / sqrt(x + 1.0)."""
atanh: _Of_x
"""atanh(x)."""
erf: _Of_x
"""erf(x): d/dx = 1.1283791670955126 * exp(-pow(clip(x, -30.0, 30.0), 2.0))."""
erfc: _Of_x
"""erfc(x): d/dx = (-1.1283791670955126) * exp(-pow(clip(x, -30.0, 30.0), 2.0))."""
gamma: _Of_x
"""gamma(x): d/dx = out * where(x < 171.5, digamma(x), x), where out is the result."""
lgamma: _Of_x
"""lgamma(x): d/dx = digamma(x)."""
digamma: _Of_x
"""digamma(x): d/dx = polygamma_1(x)."""
trigamma: _Of_x
"""trigamma(x): d/dx = polygamma_2(x)."""
floor: _Of_x
"""floor(x): d/dx = 0.0."""
ceil: _Of_x
"""ceil(x): d/dx = 0.0."""
round: _Of_x
"""round(x): d/dx = 0.0."""
sign: _Of_x
"""sign(x): d/dx = 0.0."""
heaviside: _Of_x_at_zero
"""heaviside(x, at_zero)."""
clip: _Of_x_low_high
"""clip(x, low, high)."""
sigmoid: _Of_x
"""sigmoid(x): d/dx = sigmoid_slope(out, x), where out is the result."""
softplus: _Of_x
"""softplus(x): d/dx = sigmoid(x)."""
logsigmoid: _Of_x
"""logsigmoid(x): d/dx = sigmoid(-x)."""
relu: _Of_x
"""relu(x): d/dx = where(x > 0.0, 1.0, where(x < 0.0, 0.0, 0.0 + 0.0 * x))."""
leaky_relu: _Of_x_negative_slope
"""leaky_relu(x, negative_slope)."""
elu: _Of_x_alpha
"""elu(x, alpha)."""
gelu: _Of_x
"""gelu(x)."""
gelu_tanh: _Of_x
"""gelu_tanh(x)."""
silu: _Of_x
"""silu(x): d/dx = sigmoid(x) + clip(x, -1000.0, 1000.0) * sigmoid_slope(sigmoid(x), x)."""
sum: _Of_1_sequence
"""sum: of any number of operands."""
dot: _Of_2_sequences
"""dot: of any number of operands."""
max: _Of_1_sequence
"""max: of any number of operands."""
min: _Of_1_sequence
"""min: of any number of operands."""
logsumexp: _Of_1_sequence
"""logsumexp: of any number of operands."""
# functions: end

@overload
def where(condition: object, x: Value, y: _Operand) -> Value: ...
@overload
def where(condition: object, x: _Number, y: Value) -> Value: ...
@overload
def where(condition: object, x: _Number, y: _Number) -> float: ...
@overload
def polygamma(order: int, x: Value) -> Value: ...
@overload
def polygamma(order: int, x: _Number) -> float: ...
@overload
def softmax(xs: _Values) -> list[Value]: ...
@overload
def softmax(xs: _Numbers) -> list[float]: ...
@overload
def softmax(xs: _Operands) -> list[Value]: ...
@overload
def log_softmax(xs: _Values) -> list[Value]: ...
@overload
def log_softmax(xs: _Numbers) -> list[float]: ...
@overload
def log_softmax(xs: _Operands) -> list[Value]: ...
@overload
def matvec(
    matrix: Iterable[_Values],
    x: _Operands,
    bias: _Operands | None = None,
) -> list[Value]: ...
@overload
def matvec(
    matrix: Iterable[_Numbers],
    x: _Numbers,
    bias: _Numbers | None = None,
) -> list[float]: ...
@overload
def matvec(
    matrix: Iterable[_Operands],
    x: _Operands,
    bias: _Operands | None = None,
) -> list[Value]: ...

# Derivatives of a graph ---------------------------------------------------------------------------

@overload
def gradients(y: Value, xs: Value, create_graph: Literal[False] = False) -> float: ...
@overload
def gradients(y: Value, xs: Value, create_graph: Literal[True]) -> Value: ...
@overload
def gradients(y: Value, xs: Value, create_graph: bool) -> float | Value: ...
@overload
def gradients(y: Value, xs: _Values, create_graph: Literal[False] = False) -> list[float]: ...
@overload
def gradients(y: Value, xs: _Values, create_graph: Literal[True]) -> list[Value]: ...
@overload
def gradients(y: Value, xs: _Values, create_graph: bool) -> list[float] | list[Value]: ...
def topological_order(*roots: Value) -> list[Value]: ...

# Derivatives of a function: numbers in, floats out; Values in, Values out -------------------------

_Scalar: TypeAlias = Callable[..., _Operand]

class _Gradient(Protocol):
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: list[float], /) -> list[float]: ...
    @overload
    def __call__(self, *args: Any, **named: Any) -> Any: ...

class _ValueAndGradient(Protocol):
    @overload
    def __call__(self, x: Value, /) -> tuple[Value, Value]: ...
    @overload
    def __call__(self, x: float, /) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: list[float], /) -> tuple[float, list[float]]: ...
    @overload
    def __call__(self, *args: Any, **named: Any) -> tuple[Any, Any]: ...

class _Hessian(Protocol):
    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: list[float], /) -> list[list[float]]: ...
    @overload
    def __call__(self, *args: Any, **named: Any) -> Any: ...

class _HessianProduct(Protocol):
    @overload
    def __call__(self, args: float, tangents: float) -> float: ...
    @overload
    def __call__(self, args: list[float], tangents: Sequence[float]) -> list[float]: ...
    @overload
    def __call__(self, args: Any, tangents: Any) -> Any: ...

_Argnums: TypeAlias = int | tuple[int, ...] | None

def grad(f: _Scalar, argnums: _Argnums = None) -> _Gradient: ...
def value_and_grad(f: _Scalar, argnums: _Argnums = None) -> _ValueAndGradient: ...
def jacobian(f: Callable[..., Any], argnums: _Argnums = None) -> Callable[..., Any]: ...
def hessian(f: _Scalar, argnums: _Argnums = None) -> _Hessian: ...
def hvp(f: _Scalar, argnums: _Argnums = None) -> _HessianProduct: ...
@overload
def jvp(y: Value, xs: Sequence[Value], tangents: Sequence[_Number]) -> float: ...
@overload
def jvp(
    y: Callable[..., Any], xs: None = None, tangents: None = None, *, argnums: _Argnums = None
) -> Callable[[Any, Any], Any]: ...

# Loops --------------------------------------------------------------------------------------------

def scan(
    step: Callable[[Any, Any], tuple[Any, Any]],
    start: Any,
    xs: Any = None,
    length: int | Value | None = None,
    *,
    reverse: bool = False,
    checkpoint: int | None = None,
) -> tuple[Any, Any]: ...
def while_loop(condition: Callable[[Any], Any], step: Callable[[Any], Any], start: Any) -> Any: ...

# Compiled functions -------------------------------------------------------------------------------

_P = ParamSpec("_P")  # the arguments of a function
_Q = ParamSpec("_Q")  # those of a method, without self
_R = TypeVar("_R")  # its result

def checkpoint(function: Callable[_P, _R]) -> Callable[_P, _R]: ...

_Static: TypeAlias = Iterable[str | int] | int
_Batch: TypeAlias = Literal["mean", "sum"]

class Program(_Program, Generic[_P, _R]):
    """A compiled function; `compile` makes them."""

    def __call__(self, *args: _P.args, **named: _P.kwargs) -> _R: ...
    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Program[_P, _R]: ...
    @overload
    def __get__(
        self: Program[Concatenate[Any, _Q], _R], instance: object, owner: type | None = None
    ) -> Program[_Q, _R]: ...
    # Numbers in, numbers out, whatever the function says of its arguments.
    @overload
    def value(self: Program[..., Value], *args: Any, **named: Any) -> float: ...
    @overload
    def value(self, *args: Any, **named: Any) -> Any: ...
    @overload
    def backward(self: Program[..., Value], *args: Any, **named: Any) -> float: ...
    @overload
    def backward(self, *args: Any, **named: Any) -> Any: ...
    @overload
    def value_and_grad(
        self: Program[..., Value], *args: Any, **named: Any
    ) -> tuple[float, Any]: ...
    @overload
    def value_and_grad(self, *args: Any, **named: Any) -> tuple[Any, Any]: ...
    @overload
    def jvp(self: Program[..., Value], args: Any, tangents: Any) -> float: ...
    @overload
    def jvp(self, args: Any, tangents: Any) -> Any: ...
    def leaves(self, *args: Any, **named: Any) -> list[Value]: ...

@overload
def compile(
    function: Callable[_P, _R],
    *,
    batch: None = None,
    static: _Static = (),
    threads: int = 1,
    argnums: _Argnums = None,
    reorder: bool = False,
    sequences: _Static = (),
) -> Program[_P, _R]:
    """A function of the same arguments that is traced once and replayed from then on."""

@overload
def compile(
    function: Callable[..., _R],
    *,
    batch: _Batch,
    static: _Static = (),
    threads: int = 1,
    argnums: _Argnums = None,
    reorder: bool = False,
    sequences: _Static = (),
) -> Program[..., _R]: ...
@overload
def compile(
    function: Callable[..., Any],
    *,
    batch: Literal["none"],
    static: _Static = (),
    threads: int = 1,
    argnums: _Argnums = None,
    reorder: bool = False,
    sequences: _Static = (),
) -> Program[..., Any]: ...
@overload
def compile(
    function: None = None,
    *,
    batch: None = None,
    static: _Static = (),
    threads: int = 1,
    argnums: _Argnums = None,
    reorder: bool = False,
    sequences: _Static = (),
) -> Callable[[Callable[_P, _R]], Program[_P, _R]]: ...
@overload
def compile(
    function: None = None,
    *,
    batch: _Batch,
    static: _Static = (),
    threads: int = 1,
    argnums: _Argnums = None,
    reorder: bool = False,
    sequences: _Static = (),
) -> Callable[[Callable[..., _R]], Program[..., _R]]: ...
@overload
def compile(
    function: None = None,
    *,
    batch: Literal["none"],
    static: _Static = (),
    threads: int = 1,
    argnums: _Argnums = None,
    reorder: bool = False,
    sequences: _Static = (),
) -> Callable[[Callable[..., Any]], Program[..., Any]]: ...
def load_program(path: str | PathLike[str], *, threads: int = 1) -> Program[..., Any]:
    """A program as it was when `Program.save` wrote it, with leaves of its own."""

# names: from the table
__all__ = [
    "AnomalyError",
    "BranchError",
    "CompileWarning",
    "Complex",
    "GradcheckError",
    "GradcheckReport",
    "ImplicitError",
    "LostPathWarning",
    "MissingTapeError",
    "MultiPrimitive",
    "Primitive",
    "Program",
    "Reduction",
    "Scope",
    "SourceLine",
    "Stepper",
    "TapeError",
    "TraceError",
    "Value",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "checkpoint",
    "clip",
    "cos",
    "cosh",
    "detect_anomaly",
    "digamma",
    "div",
    "dot",
    "draw",
    "draw_dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "explain",
    "expm1",
    "floor",
    "floordiv",
    "gamma",
    "gelu",
    "gelu_tanh",
    "grad",
    "gradcheck",
    "gradients",
    "heaviside",
    "hessian",
    "hvp",
    "hypot",
    "implicit",
    "jacobian",
    "jvp",
    "leaky_relu",
    "lgamma",
    "load_program",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_softmax",
    "logsigmoid",
    "logsumexp",
    "matvec",
    "mod",
    "mul",
    "neg",
    "no_grad",
    "paths",
    "polygamma",
    "power",
    "relu",
    "scan",
    "scope",
    "set_language",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "snapshot",
    "softmax",
    "softplus",
    "source_lines",
    "sqrt",
    "step",
    "sub",
    "tan",
    "tanh",
    "topological_order",
    "trigamma",
    "value_and_grad",
    "where",
    "while_loop",
]
# names: end
