"""Diagnosis: what a model does on samples, how its layers fare, and pictures of both."""

from ..training.findings import *
from .inspection import *
from .monitor import *
