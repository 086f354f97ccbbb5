/* Forward mode: rates, pushed from operands to results. */
#ifndef AUTOGRAD_LITE_FORWARD_MODE_H
#define AUTOGRAD_LITE_FORWARD_MODE_H

#include "engine.h"
#include "moving_nodes.h"
#include "node.h"
#include "record.h"
#include "walk.h"

/* How fast a node changes; what does not move adds nothing, however large the partial. */
static double
rate_of(Value *v, double rate)
{
    Span spans[2];
    int parts = spans_of(v, spans);
    for (int part = 0; part < parts; part++)
        for (Py_ssize_t i = 0; i < spans[part].count; i++) {
            const Value *parent = spans[part].nodes[i];
            if (parent && parent->grad != 0.0)
                rate += parent->grad * spans[part].partials[i];
        }
    return rate;
}

/* Push rates through what was walked, in the grads of its nodes. Runs no Python code. */
static void
push_forward(Walk *walk, PyObject *xs, const double *tangents)
{
    Visited *items = walk->order.items;
    size_t count = walk->order.count;
    for (size_t i = 0; i < count; i++) {
        items[i].grad = items[i].node->grad;
        items[i].node->grad = 0.0;
    }
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(xs); k++) {
        Value *x = (Value *)PyTuple_GET_ITEM(xs, k);
        if (is_seen(walk, x))
            x->grad += tangents[k];
    }
    if (walk->ended_early) /* only older nodes are listed then, which have no rates */
        give_marks_back(walk);
    for (size_t i = 0; i < count; i++) {
        Value *v = items[i].node;
        if (v->arity && v->mark >= walk->since)
            v->grad = rate_of(v, v->grad);
    }
}

/* _rates(ys, xs, tangents, since): how fast each y changes if each x does at its tangent's rate,
 * and whether a y depends on nodes made before the run `since` (0: on none). */
static PyObject *
value_rates(PyObject *Py_UNUSED(ignored), PyObject *args)
{
    PyObject *ys, *xs, *tangents, *list = NULL, *answer = NULL;
    unsigned long long since;
    double *numbers = NULL;
    if (!PyArg_ParseTuple(args, "OOOK:_rates", &ys, &xs, &tangents, &since))
        return NULL;
    ys = values_in(ys);
    xs = ys ? values_in(xs) : NULL;
    tangents = xs ? PySequence_Tuple(tangents) : NULL;
    if (!tangents)
        goto done;
    Py_ssize_t count = PyTuple_GET_SIZE(xs), results = PyTuple_GET_SIZE(ys);
    if (PyTuple_GET_SIZE(tangents) != count) {
        PyErr_SetString(PyExc_ValueError, "_rates wants one tangent for each x");
        goto done;
    }
    numbers = checked_malloc(((size_t)count + 1) * sizeof(double));
    if (!numbers) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t k = 0; k < count; k++)
        if (as_number(PyTuple_GET_ITEM(tangents, k), NULL, &numbers[k]) < 0)
            goto done;
    list = PyList_New(results); /* may run Python code: not later */
    if (!list)
        goto done;
    Walk walk;
    int failed = 0;
    walk_start(&walk, since);
    for (Py_ssize_t i = 0; i < results && !failed; i++)
        failed = walk_from(&walk, (Value *)PyTuple_GET_ITEM(ys, i), 0) < 0;
    int ended_early = walk.ended_early;
    if (!failed) {
        push_forward(&walk, xs, numbers);
        for (Py_ssize_t i = 0; i < results && !failed; i++) {
            PyObject *rate = PyFloat_FromDouble(((Value *)PyTuple_GET_ITEM(ys, i))->grad);
            failed = rate == NULL;
            if (rate)
                PyList_SET_ITEM(list, i, rate);
        }
        restore_grads(&walk.order);
    }
    walk_end(&walk);
    if (!failed)
        answer = PyTuple_Pack(2, list, ended_early ? Py_True : Py_False);
done:
    Py_XDECREF(list);
    free(numbers);
    Py_XDECREF(tangents);
    Py_XDECREF(xs);
    Py_XDECREF(ys);
    return answer;
}

#endif
