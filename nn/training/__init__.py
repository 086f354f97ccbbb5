"""Training: data, `fit` and what happens during it, and how good a model is afterwards."""

from . import datasets as datasets
from .callbacks import *
from .clipping import *
from .cross_validation import *
from .findings import *
from .freezing import *
from .groups import *
from .history import *
from .loop import *
from .metrics import *
from .objective import *
from .samples import *
from .schedules import *
from .splits import *
from .workers import *
