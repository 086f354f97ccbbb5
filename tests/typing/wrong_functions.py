"""Mistakes with functions; each line that is marked is to be found, and no other."""

import autograd_lite as ag
from autograd_lite import Value, compile, grad

w = Value(1.0)


def loss(x: float) -> Value:
    return w * x


def nothing(x: Value) -> None:
    x * x


grad(nothing)  # wrong
grad(3.0)  # wrong
grad(loss)(2.0).backward()  # wrong
ag.value_and_grad(loss)(2.0)[2]  # wrong

program = compile(loss)
program(1.0).bakward()  # wrong
program(1.0, 2.0)  # wrong
program("x")  # wrong
program.valeu(1.0)  # wrong
program.value(1.0).backward()  # wrong
compile(loss, batch="meen")  # wrong
compile(3.0)  # wrong
program.leaves(1.0)[0].grda  # wrong
program.hessian(1.0, sparse="yes")  # wrong


@compile(threads=2)
def other(x: float) -> Value:
    return w * x


other(1.0, 2.0)  # wrong


@ag.no_grad()
def number(x: float) -> float:
    return x


number("x")  # wrong
ag.backend.valeu  # wrong
ag.draw(w).sgv  # wrong
ag.step("x")  # wrong
ag.step(w).setps  # wrong
