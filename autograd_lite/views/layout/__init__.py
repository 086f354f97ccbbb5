"""Where the cards and the lines of a picture lie."""

from .layered import Wire as Wire
from .layered import layout as layout
