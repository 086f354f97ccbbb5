"""The chain rule step by step, and in words."""

from .stepper import Stepper as Stepper
from .stepper import step as step
