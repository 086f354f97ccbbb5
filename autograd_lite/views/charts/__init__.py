"""Numbers as pictures: lines, bars, tables of counts, boundaries, surfaces."""

from .data import Measure as Measure
from .data import boundary as boundary
from .data import counts as counts
from .data import lines as lines
from .data import strips as strips
from .figure import multiples as multiples
from .histograms import histograms as histograms
