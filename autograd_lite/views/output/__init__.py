"""How a view leaves Python: as SVG, as PNG, as one HTML page, alive in a notebook."""
