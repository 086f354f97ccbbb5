"""Numbers as pictures: small SVGs in the colours of the graphs, with no dependency.

Each function takes plain numbers or functions and gives a `Chart`. Charts are small on purpose:
one is read at its own size on a telephone, and several stand side by side (`multiples`) on a wide
screen.
"""

from .bars import bars as bars
from .boundary import boundary as boundary
from .counts import counts as counts
from .curves import curves as curves
from .figure import CHARTS_STYLE as CHARTS_STYLE
from .figure import Chart as Chart
from .figure import Figure as Figure
from .figure import multiples as multiples
from .figure import side_by_side as side_by_side
from .histograms import histograms as histograms
from .lines import lines as lines
from .strips import Measure as Measure
from .strips import strips as strips
from .surface import heights as heights
from .surface import surface as surface
from .tiles import tiles as tiles
