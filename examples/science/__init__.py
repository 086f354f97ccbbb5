"""Programs that fit, calibrate, simulate and optimise: each runs by itself and fills a screen."""
