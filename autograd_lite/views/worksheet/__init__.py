"""Worksheets: the chain rule to be done by hand, on paper, and the key."""
