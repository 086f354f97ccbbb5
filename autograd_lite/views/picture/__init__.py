"""A graph as a picture: cards, SVG, pages, widgets.

`draw` is the way in.
"""

from .draw import Picture as Picture
from .draw import View as View
from .draw import draw as draw
