"""From a function to a tape that is replayed.

In the order of a first call: `compile` takes the `arguments` apart, `trace` runs the function once,
`simplify` and `schedule` make a `tape` of what was recorded (a `specialization`), and `replay` runs
it. `interpreter` says what a tape means. `write_python` and `write_c` write one down; `saving` and
`pickling` keep it, `check` says whether one from a file is sound.
"""

import sys

if sys.platform == "emscripten":  # Python itself runs in a page
    from .browser import join

    join()
