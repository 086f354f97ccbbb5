"""Programs to run; tests and benchmarks import them from here."""
