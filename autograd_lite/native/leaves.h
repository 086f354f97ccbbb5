/* The arguments of compiled functions, and the leaves that they read and that get gradients. */
#ifndef AUTOGRAD_LITE_LEAVES_H
#define AUTOGRAD_LITE_LEAVES_H

#include "engine.h"
#include "buffers.h"
#include "modes.h"
#include "node.h"
#include "openings.h"

/* Arguments and leaves ------------------------------------------------------------------------- */

/* The Value behind `x`, a Value or a weak reference, as long as no Python code runs; NULL without
 * an error if it is gone, or something else. */
static inline Value *
value_behind(PyObject *x)
{
    PyObject *behind = PyWeakref_CheckRefExact(x) ? referent(x) : x;
    return behind && is_value(behind) ? (Value *)behind : NULL;
}

/* The arguments of a function of a list and doubles, at least one for each entry: how many entries
 * there are, or -1 with an error. */
static Py_ssize_t
list_and_doubles(PyObject *args, const char *format, PyObject **list, Py_buffer *view, int writable)
{
    PyObject *numbers;
    if (!PyArg_ParseTuple(args, format, &PyList_Type, list, &numbers) ||
        get_buffer(numbers, view, "d", writable) < 0)
        return -1;
    Py_ssize_t count = PyList_GET_SIZE(*list);
    if (view->len >= count * (Py_ssize_t)sizeof(double))
        return count;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, "not one number for each leaf");
    return -1;
}

/* read_leaves(references, numbers): put the data of leaves into the first `numbers`; NotImplemented
 * if one is gone, or of the other engine. */
static PyObject *
module_read_leaves(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *leaves, *answer = Py_True;
    Py_buffer view;
    Py_ssize_t count = list_and_doubles(args, "O!O:read_leaves", &leaves, &view, 1);
    if (count < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        Value *leaf = value_behind(PyList_GET_ITEM(leaves, i));
        if (!leaf) {
            answer = Py_NotImplemented; /* Python code finds out */
            break;
        }
        ((double *)view.buf)[i] = leaf->data;
    }
    PyBuffer_Release(&view);
    return Py_NewRef(answer);
}

/* The key of an argument like Arguments._key, for nested lists of native Values, floats and ints,
 * which are appended to `entries`; NULL without an error for anything else. */
static PyObject *
key_of(PyObject *x, PyObject *number, PyObject *list, PyObject *entries)
{
    if (PyFloat_CheckExact(x) || is_value(x) || PyLong_CheckExact(x))
        return PyList_Append(entries, x) < 0 ? NULL : Py_NewRef(number);
    if (!PyList_CheckExact(x) || Py_EnterRecursiveCall(" in the arguments of a compiled function"))
        return NULL;
    PyObject *key = PyTuple_New(PyList_GET_SIZE(x) + 1);
    if (key)
        PyTuple_SET_ITEM(key, 0, Py_NewRef(list));
    for (Py_ssize_t i = 0; key && i + 1 < PyTuple_GET_SIZE(key); i++) {
        /* Appending may collect garbage, and so run Python code that changes the list. */
        PyObject *item = i < PyList_GET_SIZE(x) ? Py_NewRef(PyList_GET_ITEM(x, i)) : NULL;
        PyObject *inner = item ? key_of(item, number, list, entries) : NULL;
        Py_XDECREF(item);
        if (inner)
            PyTuple_SET_ITEM(key, i + 1, inner);
        else
            Py_CLEAR(key);
    }
    Py_LeaveRecursiveCall();
    return key;
}

static PyObject *
module_key_of(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 4 || !PyList_CheckExact(args[3])) {
        PyErr_SetString(PyExc_TypeError, "key_of takes x, number, list, entries");
        return NULL;
    }
    Py_ssize_t before = PyList_GET_SIZE(args[3]);
    PyObject *key = key_of(args[0], args[1], args[2], args[3]);
    if (!key && !PyErr_Occurred()) {
        if (PyList_SetSlice(args[3], before, PyList_GET_SIZE(args[3]), NULL) < 0)
            return NULL;
        Py_RETURN_NOTIMPLEMENTED;
    }
    return key;
}

/* read_numbers(entries, numbers, first): put Values and numbers into the doubles from `first` on;
 * NotImplemented if there is anything else. */
static PyObject *
module_read_numbers(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *entries, *numbers, *answer = Py_NotImplemented;
    Py_ssize_t first;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "O!On:read_numbers", &PyList_Type, &entries, &numbers, &first))
        return NULL;
    if (get_buffer(numbers, &view, "d", 1) < 0)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(entries);
    if (first < 0 || first > view.len / (Py_ssize_t)sizeof(double) - count) {
        PyBuffer_Release(&view);
        PyErr_SetString(PyExc_ValueError, "no room for the numbers");
        return NULL;
    }
    double *to = (double *)view.buf + first;
    Py_ssize_t i = 0;
    for (; i < count; i++) {
        PyObject *x = PyList_GET_ITEM(entries, i);
        if (PyFloat_CheckExact(x))
            to[i] = PyFloat_AS_DOUBLE(x);
        else if (is_value(x))
            to[i] = ((Value *)x)->data;
        else
            break;
    }
    if (i == count)
        answer = Py_None;
    PyBuffer_Release(&view);
    return Py_NewRef(answer);
}

/* add_gradients(leaves, numbers): add to the grad of each leaf in a list of leaves, weak references
 * and numbers, skipping references to leaves that are gone; NotImplemented, and nothing added, if
 * there is anything else, say interior nodes or Values of the other engine. */
static PyObject *
module_add_gradients(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *leaves, *answer = Py_None;
    Py_buffer view;
    Py_ssize_t count = list_and_doubles(args, "O!O:add_gradients", &leaves, &view, 0);
    if (count < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < count && answer == Py_None; i++) {
        PyObject *x = PyList_GET_ITEM(leaves, i);
        if (PyWeakref_CheckRefExact(x)) {
            if (i == 0 && !value_behind(x)) /* they are all of one engine */
                answer = Py_NotImplemented;
        } else if (is_value(x) ? ((Value *)x)->arity != 0
                               : !PyFloat_CheckExact(x) && !PyLong_CheckExact(x)) {
            answer = Py_NotImplemented;
        }
    }
    for (Py_ssize_t i = 0; i < count && answer == Py_None; i++) {
        Value *leaf = value_behind(PyList_GET_ITEM(leaves, i));
        if (leaf)
            leaf->grad += ((const double *)view.buf)[i];
    }
    PyBuffer_Release(&view);
    return Py_NewRef(answer);
}

/* node(primitive, data, operands, partials): the node of a primitive whose value and partials are
 * known; operands are a list of Values, weak references and floats. NotImplemented if that is for
 * the Python code to do. */
static PyObject *
module_node(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *op, *items, *partials;
    double data;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "OdO!O:node", &op, &data, &PyList_Type, &items, &partials))
        return NULL;
    int is_primitive = PyObject_IsInstance(op, shared.primitive);
    if (is_primitive < 0)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(items);
    if (!is_primitive || recording_mode() != NODES || count == 0)
        Py_RETURN_NOTIMPLEMENTED;
    if (get_buffer(partials, &view, "d", 0) < 0)
        return NULL;
    if (view.len != count * (Py_ssize_t)sizeof(double)) {
        PyBuffer_Release(&view);
        PyErr_SetString(PyExc_ValueError, "not one partial for each operand");
        return NULL;
    }
    Operands *operands = new_operands(count);
    Value *node = NULL;
    int known = 1;
    if (operands) {
        Value **nodes = nodes_in(operands);
        for (Py_ssize_t i = 0; i < count && known; i++) {
            PyObject *x = PyList_GET_ITEM(items, i);
            nodes[i] = value_behind(x);
            operands->numbers[i] = nodes[i] ? ((const double *)view.buf)[i]
                               : PyFloat_CheckExact(x) ? PyFloat_AS_DOUBLE(x)
                                                       : 0.0;
            known = nodes[i] || PyFloat_CheckExact(x);
        }
        if (known) {
            operands->op = op;
            node = node_on(data, CUSTOM, operands, operands->numbers);
        }
        if (!node)
            free_operands(operands);
    }
    PyBuffer_Release(&view);
    return known ? (PyObject *)node : Py_NewRef(Py_NotImplemented);
}

#endif
