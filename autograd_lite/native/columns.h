/* Matrix times vector, whose dot products share their columns. */
#ifndef AUTOGRAD_LITE_COLUMNS_H
#define AUTOGRAD_LITE_COLUMNS_H

#include "engine.h"
#include "modes.h"
#include "node.h"
#include "primitive_calls.h"

/* Columns -----------------------------------------------------------------------------------------
 *
 * The neurons of a layer read one and the same input, and each sample meets the same weights. So
 * matvec does not give each of its nodes the operands, but two columns: the row and the vector. A
 * column is a Value that nobody sees (opcode COLUMN, arity MANY), with all that is common to its
 * nodes: the operands, and the data that they had. As the partial of x * y by either is the other,
 * the numbers of each column are the partials by the nodes of the other one.
 *
 * To a walk a column is a node like others, but for being left out of the order; it is entered
 * once, however many nodes share it. A column lives as long as they do. Meanwhile it can be found
 * again at its place in `known`, by the address of the list it was made of, and serves another call
 * if the list still holds the same.
 */

#define KNOWN 4096
static Value *known[KNOWN]; /* without references; those of columns that are dead are cleared */
static PyObject *one;       /* 1.0, by which a bias is multiplied */

static inline Value **
place_of_column(PyObject *source, Py_ssize_t i)
{
    size_t mixed = ((uintptr_t)source >> 4) * 11400714819323198485u >> 40;
    return &known[(mixed + (size_t)i) % KNOWN];
}

typedef struct { /* what a column is made of: items of a list, and maybe one more */
    PyObject *const *items;
    Py_ssize_t count;
    PyObject *last; /* or NULL */
} Source;

static inline int
same_bits(double x, double y)
{
    return memcmp(&x, &y, sizeof(double)) == 0;
}

static inline int
still_there(PyObject *item, Value *node, double number, int unwritten)
{
    if (node)
        return item == (PyObject *)node && (unwritten || same_bits(node->data, number));
    double found;
    return plain_number(item, &found) && same_bits(found, number);
}

/* Whether a column holds what the source does now. */
static inline int
is_column_of(Value *column, const Source *source)
{
    Py_ssize_t n = source->count;
    Many *many = column->many;
    Value **nodes = nodes_of_many(many);
    int unwritten = column->written == writes;
    if (many->count != n + (source->last != NULL))
        return 0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (!still_there(source->items[i], nodes[i], many->numbers[i], unwritten))
            return 0;
    if (source->last && !still_there(source->last, nodes[n], many->numbers[n], unwritten))
        return 0;
    column->written = writes;
    return 1;
}

/* One more operand of a column that is being made. Returns 0 if it is no Value and no number. */
static inline int
put_in_column(Value *column, Py_ssize_t i, PyObject *item)
{
    Many *many = column->many;
    if (LIKELY(Py_IS_TYPE(item, Value_Type))) {
        nodes_of_many(many)[i] = (Value *)Py_NewRef(item);
        many->numbers[i] = ((Value *)item)->data;
        column->values++;
        return 1;
    }
    nodes_of_many(many)[i] = NULL;
    return plain_number(item, &many->numbers[i]);
}

/* The column of a source, a new reference: the one at `place`, or a new one there. NULL with an
 * error, or with `*plain` 0 and none if an operand is anything but a Value or a number. */
static Value *
column_of(const Source *source, Value **place, int *plain)
{
    Value *column = *place;
    /* One that has just died may still be there while its operands are let go. */
    if (column && Py_REFCNT(column) > 0 && is_column_of(column, source))
        return (Value *)Py_NewRef((PyObject *)column);
    Py_ssize_t n = source->count, size = n + (source->last != NULL), i = 0;
    Many *many = new_many(size);
    column = many ? node_in(NULL, 0.0, COLUMN, MANY) : NULL;
    if (!column) {
        if (many)
            free_many(many);
        return NULL;
    }
    column->many = many;
    column->place = place;
    column->written = writes;
    column->values = 0;
    while (i < n && put_in_column(column, i, source->items[i]))
        i++;
    if (i == n && source->last && put_in_column(column, i, source->last))
        i++;
    if (i < size) {
        memset(nodes_of_many(many) + i, 0, (size_t)(size - i) * sizeof(Value *));
        Py_DECREF((PyObject *)column);
        *plain = 0;
        return NULL;
    }
    return *place = column;
}

/* The dot product of a row and the column x, as a node or as a leaf; NULL as `column_of`. */
static inline Value *
product_of(PyObject *scope, const Source *row, Value **place, Value *x, int made, int *plain)
{
    Value *column = column_of(row, place, plain);
    if (UNLIKELY(!column))
        return NULL;
    Value *v = NULL;
    double data = dot_value(x->many->count, column->many->numbers, x->many->numbers);
    if (UNLIKELY(column->values + x->values == 0))
        *plain = 0; /* numbers alone make no node */
    else
        v = made == NODES ? node_in(scope, data, OP_dot, COLUMNS) : node_in(scope, data, LEAF, 0);
    if (UNLIKELY(!v || made != NODES)) {
        Py_DECREF((PyObject *)column);
        return v;
    }
    v->nodes[0] = column;
    v->nodes[1] = (Value *)Py_NewRef((PyObject *)x);
    return v;
}

/* matvec(matrix, x, bias): the list of dot(row, x), or of dot([*row, b], [*x, 1.0]). */
static PyObject *
module_matvec(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    int made = made_now();
    if (given != 3 || !is_sequence(args[0]) || !is_sequence(args[1]) || made == WATCHED ||
        !(args[2] == Py_None || is_sequence(args[2])))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *list = PyList_New(PySequence_Fast_GET_SIZE(args[0]));
    if (!list)
        return NULL;
    /* Only now, for making a list may collect garbage, and so run Python code. */
    Py_ssize_t count, biases;
    PyObject **matrix = items_of(args[0], &count), **bias = NULL;
    Source vector = {NULL, 0, NULL};
    vector.items = items_of(args[1], &vector.count);
    biases = count;
    if (args[2] != Py_None) {
        bias = items_of(args[2], &biases);
        vector.last = one;
    }
    int plain = vector.count > 0 && biases == count && count == PyList_GET_SIZE(list);
    Value *x = plain ? column_of(&vector, place_of_column(args[1], 0), &plain) : NULL;
    if (!x && plain)
        Py_CLEAR(list);
    PyObject *scope = current_scope();
    for (Py_ssize_t i = 0; list && plain && i < count; i++) {
        Source row = {NULL, -1, bias ? bias[i] : NULL};
        if (is_sequence(matrix[i]))
            row.items = items_of(matrix[i], &row.count);
        if (row.count != vector.count) {
            plain = 0;
            break;
        }
        Value *v = product_of(scope, &row, place_of_column(args[0], i), x, made, &plain);
        if (v)
            PyList_SET_ITEM(list, i, (PyObject *)v);
        else if (plain)
            Py_CLEAR(list);
    }
    Py_XDECREF((PyObject *)x);
    if (!plain) {
        Py_XDECREF(list);
        return Py_NewRef(Py_NotImplemented);
    }
    return list;
}

#endif
