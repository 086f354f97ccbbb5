"""The course of notebooks: checks of exercises, and predictions before the answer.

Not loaded by `import autograd_lite`.
"""

from .checks import Verdict as Verdict
from .checks import exercise as exercise
from .checks import predicted as predicted

__all__ = ["Verdict", "exercise", "predicted"]
