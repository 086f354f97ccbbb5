"""Steppers where no script runs: a picture that plays by itself, a GIF, a strip of frames."""
