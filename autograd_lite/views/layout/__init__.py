"""Where the cards and the lines of a picture lie."""

from .layered import columns as columns
from .layered import layout as layout
from .mesh import Wire as Wire
