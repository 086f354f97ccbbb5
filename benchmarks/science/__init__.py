"""What derivatives of the programs in examples/science cost, beside JAX, CasADi, HIPS autograd."""
