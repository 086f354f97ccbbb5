"""Mistakes with Values; each line that is marked is to be found, and no other."""

import math

import autograd_lite as ag
from autograd_lite import Value, tanh, tnah  # wrong
from autograd_lite import TABLE  # wrong

a = Value(1.0)
a.tahn()  # wrong
(a * 2 + 1).tahn()  # wrong
tanh(a).tahn()  # wrong
a.grda  # wrong
a.grda = 1.0  # wrong
a.grad = "x"  # wrong
a.data = None  # wrong
a.op = ag.tanh  # wrong
a.label = 3  # wrong
Value("x")  # wrong
Value(None)  # wrong
Value([1.0])  # wrong
Value(1j)  # wrong
Value()  # wrong
Value(1.0, name="a")  # wrong
a + "x"  # wrong
[1.0] * a  # wrong
a < "x"  # wrong
a.backward("x")  # wrong
a.clip(0)  # wrong
float(a)  # wrong
math.exp(a)  # wrong
ag.tahn(a)  # wrong
tanh("x")  # wrong
tanh(a, a)  # wrong
tanh(1.0).backward()  # wrong
ag.leaky_relu(a, slope=0.1)  # wrong
ag.dot([a], "x")  # wrong
ag.sum([a, "x"])  # wrong
ag.sum([a]).bakward()  # wrong
ag.gradients(1.0, a)  # wrong
ag.gradients(a, "x")  # wrong
ag.gradients(a, a).backward()  # wrong
ag.gradients(a, [a])[0].data  # wrong
a.parents[0].grda  # wrong
ag.Primitive(3, abs, abs)  # wrong
ag.MultiPrimitive("both", abs, abs, "two")  # wrong
ag.implicit(abs, 3.0)  # wrong
ag.where(True, a, "x")  # wrong
