"""Rules run on names give formulas: trees of Symbols, written as C, Python, LaTeX."""
