/* Calls of primitives on native Values and numbers, without Python code. */
#ifndef AUTOGRAD_LITE_PRIMITIVE_CALLS_H
#define AUTOGRAD_LITE_PRIMITIVE_CALLS_H

#include "engine.h"
#include "modes.h"
#include "node.h"
#include "record.h"
#include "rows.h"

/* Calling primitives -------------------------------------------------------------------------
 *
 * These are short ways for native Values and numbers, in lists or tuples. Whatever they do not
 * know they leave to the Python code, by answering NotImplemented.
 */

/* A float or an int as a double. Runs no Python code. Returns 0 for anything else, and for an int
 * beyond all floats. */
ALWAYS_INLINE int
plain_number(PyObject *x, double *number)
{
    if (LIKELY(PyFloat_CheckExact(x))) {
        *number = PyFloat_AS_DOUBLE(x);
        return 1;
    }
    if (!PyLong_CheckExact(x))
        return 0;
    *number = PyLong_AsDouble(x);
    if (UNLIKELY(*number == -1.0 && PyErr_Occurred())) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* An operand: a Value, a float or an int. Returns 0 for anything else. Runs no Python code. */
ALWAYS_INLINE int
plain_operand(PyObject *x, Value **node, double *number)
{
    if (LIKELY(Py_IS_TYPE(x, Value_Type))) {
        *node = (Value *)x;
        *number = ((Value *)x)->data;
        return 1;
    }
    *node = NULL;
    return plain_number(x, number);
}

/* Gather the items of a list or tuple if they are just Values, floats and ints, of which `nodes`
 * counts the Values. Runs no Python code. Returns 0 if there is anything else. */
ALWAYS_INLINE int
gather_plain(Gathered *g, Py_ssize_t offset, PyObject *const *items, Py_ssize_t count,
             Py_ssize_t *nodes)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!plain_operand(items[i], &g->nodes[offset + i], &g->a[offset + i]))
            return 0;
        *nodes += g->nodes[offset + i] != NULL;
    }
    return 1;
}

static inline int
is_sequence(PyObject *x)
{
    return PyList_CheckExact(x) || PyTuple_CheckExact(x);
}

static inline PyObject **
items_of(PyObject *sequence, Py_ssize_t *count)
{
    *count = PySequence_Fast_GET_SIZE(sequence);
    return PySequence_Fast_ITEMS(sequence);
}

/* The node of a row on operands that lie in `columns` sequences; NotImplemented: see above. */
static PyObject *
record_columns(int opcode, PyObject *const *columns, Py_ssize_t nargs)
{
    Py_ssize_t count[2] = {0, 0}, nodes = 0;
    PyObject **items[2];
    PyObject *node = Py_NotImplemented;
    Gathered g;
    int mode = recording_mode();
    if (mode == WATCHED)
        Py_RETURN_NOTIMPLEMENTED;
    for (Py_ssize_t c = 0; c < nargs; c++) {
        if (!is_sequence(columns[c]))
            Py_RETURN_NOTIMPLEMENTED;
        items[c] = items_of(columns[c], &count[c]);
        if (count[c] != count[0] || count[c] == 0)
            Py_RETURN_NOTIMPLEMENTED;
    }
    if (gather_start(&g, count[0] * nargs, count[0] * nargs > 2) < 0)
        return NULL;
    for (Py_ssize_t c = 0; c < nargs; c++)
        if (!gather_plain(&g, c * count[0], items[c], count[0], &nodes))
            goto done;
    if (nodes) {
        double data = evaluate(opcode, &g);
        node = (PyObject *)(mode == NODES ? gathered_node(&g, data, opcode)
                                          : new_node(data, LEAF, 0));
    }
done:
    gather_end(&g);
    return node == Py_NotImplemented ? Py_NewRef(node) : node;
}

static struct { /* of the last operand of a row */
    double number;
    int known;
} default_of[OPCODES];

/* Whether a row of a fixed number of operands can be done with `count` of them. */
static inline int
is_enough(int opcode, Py_ssize_t count)
{
    Py_ssize_t missing = rows[opcode].arity - count;
    return !rows[opcode].reduce && (missing == 0 || (missing == 1 && default_of[opcode].known));
}

/* Put in the default if only `count` operands were gathered. */
static inline void
complete(Gathered *g, Py_ssize_t count, int opcode)
{
    if (count < g->count) {
        g->nodes[count] = NULL;
        g->a[count] = default_of[opcode].number;
    }
}

/* primitive(*operands), bound by an instancemethod; `usual` is the Python function. */
static PyObject *
call_primitive(PyObject *usual, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    if (nargs > 1 && !names) {
        int opcode = opcode_of(args[0]);
        if (opcode != CUSTOM && is_enough(opcode, nargs - 1)) {
            Gathered g;
            Py_ssize_t nodes = 0, arity = rows[opcode].arity;
            if (gather_start(&g, arity, arity > 2) < 0)
                return NULL;
            int plain = gather_plain(&g, 0, args + 1, nargs - 1, &nodes) && nodes;
            complete(&g, nargs - 1, opcode);
            PyObject *node = plain ? record_row(opcode, &g) : NULL;
            gather_end(&g);
            if (plain)
                return node;
        } else if (opcode != CUSTOM && rows[opcode].reduce && rows[opcode].columns == nargs - 1) {
            PyObject *node = record_columns(opcode, args + 1, nargs - 1);
            if (node != Py_NotImplemented)
                return node;
            Py_DECREF(node);
        } else if (opcode == CUSTOM && nargs <= 1 + 4) {
            double a[4];
            int numbers = 1;
            for (Py_ssize_t i = 1; i < nargs && numbers; i++)
                numbers = plain_number(args[i], &a[i - 1]);
            int place = numbers ? later_row_of(args[0], nargs - 1) : -1;
            if (place == -2)
                return NULL;
            if (place >= 0)
                return PyFloat_FromDouble(later_rows[place].value(a));
        }
    }
    return PyObject_Vectorcall(usual, args, (size_t)nargs, names);
}

/* primitive.each(xs[, ys]), the list of primitive(x[, y]); NotImplemented: see above. */
static PyObject *
record_each(PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 2 || nargs > 3)
        Py_RETURN_NOTIMPLEMENTED;
    int opcode = opcode_of(args[0]), mode = recording_mode();
    Py_ssize_t columns = nargs - 1, count, same;
    if (opcode == CUSTOM || !is_enough(opcode, columns) || rows[opcode].arity > 2 ||
        !is_sequence(args[1]) || !is_sequence(args[columns]) || mode == WATCHED ||
        (mode != NODES && lines_recorded()))
        Py_RETURN_NOTIMPLEMENTED;
    const int arity = rows[opcode].arity;
    PyObject *list = PyList_New(PySequence_Fast_GET_SIZE(args[1]));
    if (!list)
        return NULL;
    /* Only now, for making a list may collect garbage, and so run Python code. */
    PyObject **xs = items_of(args[1], &count), **ys = items_of(args[columns], &same);
    if (same != count || count != PyList_GET_SIZE(list)) {
        Py_DECREF(list);
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject *scope = current_scope();
    for (Py_ssize_t i = 0; list && i < count; i++) {
        Value *nodes[2] = {NULL, NULL};
        double a[2] = {0.0, default_of[opcode].number}, p[2];
        if (!plain_operand(xs[i], &nodes[0], &a[0]) ||
            (columns == 2 && !plain_operand(ys[i], &nodes[1], &a[1])) || !(nodes[0] || nodes[1])) {
            Py_DECREF(list);
            Py_RETURN_NOTIMPLEMENTED;
        }
        int row = row_on(opcode, nodes);
        double data = forward_of[row](a, p);
        Value *v = mode == NODES
                       ? node_in_place(node_in(scope, data, row, arity), arity, nodes, a, p)
                       : node_in(scope, data, LEAF, 0);
        if (v)
            PyList_SET_ITEM(list, i, (PyObject *)v);
        else
            Py_CLEAR(list);
    }
    return list;
}

/* primitive.each(*sequences), bound by an instancemethod; `usual` is the Python function. */
static PyObject *
call_each(PyObject *usual, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    if (!names) {
        PyObject *list = record_each(args, nargs);
        if (list != Py_NotImplemented)
            return list;
        Py_DECREF(list);
    }
    return PyObject_Vectorcall(usual, args, (size_t)nargs, names);
}

static inline int
is_entry(PyObject *x)
{
    return Py_IS_TYPE(x, Value_Type) || PyFloat_CheckExact(x) || PyLong_CheckExact(x);
}

/* flat(x): the entries of a list, and of lists in it, if they are just Values, floats and ints. */
static PyObject *
module_flat(PyObject *Py_UNUSED(module), PyObject *x)
{
    if (!PyList_CheckExact(x))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *entries = PyList_New(0); /* from here on no Python code runs */
    for (Py_ssize_t i = 0; entries && i < PyList_GET_SIZE(x); i++) {
        PyObject *part = PyList_GET_ITEM(x, i), **items = &part;
        Py_ssize_t count = 1;
        if (PyList_CheckExact(part))
            items = items_of(part, &count);
        for (Py_ssize_t k = 0; k < count; k++)
            if (!is_entry(items[k]) || PyList_Append(entries, items[k]) < 0) {
                Py_DECREF(entries);
                return PyErr_Occurred() ? NULL : Py_NewRef(Py_NotImplemented);
            }
    }
    return entries;
}

#endif
