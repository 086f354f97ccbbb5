"""Diagnosis: what a model does on samples, how its layers fare, and pictures of both."""

from ..training.findings import *
from .in_browser import *
from .inspection import *
from .monitor import *
