"""Formula: what nodes compute and their local derivatives, in the names of a graph."""
