"""JavaScript: programs and graphs that compute in a page, without Python.

`table.js` has the rows of the table as kernels, written by running the rules on Symbols, and
`special_rows.js` those of special_rows.py and student_rows.py; `tape.js` replays instructions with
them; `special.js` has what C's math library has and browsers lack. `module` puts together what a
page needs of these; `tape_program` and `graph_program` are what a Tape of the compiler and a
recorded graph become.
"""

from __future__ import annotations

from .module import every_row as every_row
from .module import module as module
from .program import NotInJavaScript as NotInJavaScript
from .program import graph_program as graph_program
from .program import tape_program as tape_program
