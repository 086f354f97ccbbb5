"""A graph as a picture; `draw` is the way in."""

from ..output.view import View as View
from ..output.view import pictures_are_shown as pictures_are_shown
from .draw import Picture as Picture
from .draw import draw as draw
