"""Rules of the table run on names: what comes out is written as Python, C, LaTeX or by hand."""
