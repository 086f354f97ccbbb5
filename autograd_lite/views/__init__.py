"""What people see of a computation graph."""
