"""The documentation site: python -m sphinx -W -n --keep-going docs docs/_build/html

Everything is made from this repository without network: references from docstrings, the page of
the primitives from the table, the tutorial from the notebooks with their stored outputs.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE), str(HERE.parent)]
os.environ["AUTOGRAD_LITE_BACKEND"] = "python"  # the site does not depend on a compiler

import gallery  # noqa: E402 (after the choice of the engine)

import autograd_lite  # noqa: E402

gallery.main()

project = "autograd_lite"
author = "the autograd_lite contributors"
release = version = autograd_lite.__version__
project_copyright = author  # no year: the same source gives the same site

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "docstrings",
    "mathml",
    "notebook_pages",
    "picture_pages",
    "primitive_pages",
]
exclude_patterns = ["_build", "gallery"]

html_theme = "furo"
html_title = "autograd_lite"
html_static_path = ["_static", "gallery/static"]
html_css_files = ["site.css"]
html_js_files = [("autograd-view.js", {"defer": "defer"})]
html_math_renderer = "mathml"
html_extra_path = ["gallery/pages"]
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1a5fbd", "color-brand-content": "#1a5fbd"},
    "dark_css_variables": {"color-brand-primary": "#8ab8ff", "color-brand-content": "#8ab8ff"},
}
pygments_style, pygments_dark_style = "friendly", "github-dark"
copybutton_prompt_text, copybutton_prompt_is_regexp = r">>> |\.\.\. |\$ ", True

myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]
myst_heading_anchors = 3
myst_update_mathjax = False
nb_execution_mode = "off"  # outputs are stored, and tested elsewhere
nb_ipywidgets_js = {}  # would come from the network


default_role = "py:obj"  # `name` in a docstring is a link where there is something to link to
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_use_rtype = False

nitpicky = True
nitpick_ignore_regex = [
    # The standard library and graphviz: links to them would need the network.
    (
        "py:class",
        r"collections\.abc\.\w+|random\.Random|os\.PathLike|pathlib\.Path|array|graphviz\.Digraph",
    ),
    ("py:class", r"autograd_lite\.micrograd\.engine\.Value"),  # where `Value` alone means the other
    ("py:class", r"Walk|Field"),  # places one after the other; a grid of numbers
    (
        "py:class",
        r"Seed|Weight|Activation|Fold|R|P\.k?w?args|nn\.module\.Self|nn\.training\.freezing\.M",
    ),  # type variables and aliases, which are for type checkers alone
    # What a docstring describes well enough, and nobody makes by hand.
    (
        "py:class",
        r"autograd_lite\.(compiler\.(tape\.Tape|elementwise\.Elementwise)|gradcheck\.Check"
        r"|views\.stepper\.runs\.ChainStep)",
    ),
    ("py:obj", r".*"),  # `name` in a docstring may be an argument or plain code
]
