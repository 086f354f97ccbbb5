"""For programs written for micrograd: its modules `engine` and `nn` on the engine of autograd_lite.

`from micrograd.engine import Value` becomes `from autograd_lite.micrograd.engine import Value`, and
likewise for `nn`; the rest of the program stays. docs/from-micrograd.md says what still differs.
"""
