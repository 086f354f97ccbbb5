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
 * column is a Value that nobody sees (opcode COLUMN, arity ELSEWHERE), with all that is common to
 * its nodes: the operands, and the data that they had. As the partial of x * y with respect to
 * either is the other, the numbers of each column are the partials of the other one's nodes.
 *
 * To a walk a column is a node like others, which gathers the gradients of its operands and is
 * told to nobody; it is entered once, however many nodes share it. It lives as long as they do.
 * Meanwhile `column_cache` has it, by the address of the list it was made of, and it serves another
 * call if the list still holds the same.
 */

#define CACHED_COLUMNS 4096
/* Without references; an entry is cleared when its column dies. */
static Value *column_cache[CACHED_COLUMNS];
static PyObject *one; /* 1.0, by which a bias is multiplied */

static inline Value **
cache_entry(PyObject *source, Py_ssize_t i)
{
    size_t mixed = ((uintptr_t)source >> 4) * 11400714819323198485u >> 40;
    return &column_cache[(mixed + (size_t)i) % CACHED_COLUMNS];
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
    double now;
    return plain_number(item, &now) && same_bits(now, number);
}

/* Whether a column holds what the source does now. */
static inline int
is_column_of(Value *column, const Source *source)
{
    Py_ssize_t n = source->count;
    Operands *operands = column->operands;
    Value **nodes = nodes_in(operands);
    int unwritten = column->written == writes;
    if (operands->count != n + (source->last != NULL))
        return 0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (!still_there(source->items[i], nodes[i], operands->numbers[i], unwritten))
            return 0;
    if (source->last && !still_there(source->last, nodes[n], operands->numbers[n], unwritten))
        return 0;
    column->written = writes;
    return 1;
}

/* One more operand of a column that is being made. Returns 0 if it is no Value and no number. */
static inline int
put_in_column(Value *column, Py_ssize_t i, PyObject *item)
{
    Operands *operands = column->operands;
    if (LIKELY(Py_IS_TYPE(item, Value_Type))) {
        nodes_in(operands)[i] = (Value *)Py_NewRef(item);
        operands->numbers[i] = ((Value *)item)->data;
        column->values++;
        return 1;
    }
    nodes_in(operands)[i] = NULL;
    return plain_number(item, &operands->numbers[i]);
}

/* The column of a source, a new reference: the one in the entry of the cache, or a new one, which
 * is then put there. NULL with an error; or without one, and with `*all_plain` set to 0, if an
 * operand is neither a native Value nor a plain number: the Python code knows what to do. */
static Value *
column_of(const Source *source, Value **entry, int *all_plain)
{
    Value *column = *entry;
    /* One that has just died may still be there while its operands are released. */
    if (column && Py_REFCNT(column) > 0 && is_column_of(column, source))
        return (Value *)Py_NewRef((PyObject *)column);
    Py_ssize_t n = source->count, size = n + (source->last != NULL), i = 0;
    Operands *operands = new_operands(size);
    column = operands ? node_in(NULL, 0.0, COLUMN, ELSEWHERE) : NULL;
    if (!column) {
        if (operands)
            free_operands(operands);
        return NULL;
    }
    column->operands = operands;
    column->cache_entry = entry;
    column->written = writes;
    column->values = 0;
    while (i < n && put_in_column(column, i, source->items[i]))
        i++;
    if (i == n && source->last && put_in_column(column, i, source->last))
        i++;
    if (i < size) {
        memset(nodes_in(operands) + i, 0, (size_t)(size - i) * sizeof(Value *));
        Py_DECREF((PyObject *)column);
        *all_plain = 0;
        return NULL;
    }
    return *entry = column;
}

/* The dot product of a row and the column x, as a node or as a leaf; NULL as `column_of`. */
static inline Value *
product_of(PyObject *scope, const Source *row, Value **entry, Value *x, int mode, int *all_plain)
{
    Value *column = column_of(row, entry, all_plain);
    if (UNLIKELY(!column))
        return NULL;
    Value *v = NULL;
    double data = dot_value(x->operands->count, column->operands->numbers, x->operands->numbers);
    if (UNLIKELY(column->values + x->values == 0))
        *all_plain = 0; /* numbers alone make no node */
    else
        v = mode == NODES ? node_in(scope, data, OP_dot, COLUMNS) : node_in(scope, data, LEAF, 0);
    if (UNLIKELY(!v || mode != NODES)) {
        Py_DECREF((PyObject *)column);
        return v;
    }
    v->nodes[0] = column;
    v->nodes[1] = (Value *)Py_NewRef((PyObject *)x);
    return v;
}

/* matvec(matrix, x, bias): the list of dot(row, x), or of dot([*row, b], [*x, 1.0]). */
static PyObject *
module_matvec(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    int mode = recording_mode();
    if (nargs != 3 || !is_sequence(args[0]) || !is_sequence(args[1]) || mode == WATCHED ||
        (mode != NODES && lines_recorded()) || !(args[2] == Py_None || is_sequence(args[2])))
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
    int all_plain = vector.count > 0 && biases == count && count == PyList_GET_SIZE(list);
    Value *x = all_plain ? column_of(&vector, cache_entry(args[1], 0), &all_plain) : NULL;
    if (!x && all_plain)
        Py_CLEAR(list);
    PyObject *scope = current_scope();
    for (Py_ssize_t i = 0; list && all_plain && i < count; i++) {
        Source row = {NULL, -1, bias ? bias[i] : NULL};
        if (is_sequence(matrix[i]))
            row.items = items_of(matrix[i], &row.count);
        if (row.count != vector.count) {
            all_plain = 0;
            break;
        }
        Value *v = product_of(scope, &row, cache_entry(args[0], i), x, mode, &all_plain);
        if (v)
            PyList_SET_ITEM(list, i, (PyObject *)v);
        else if (all_plain)
            Py_CLEAR(list);
    }
    Py_XDECREF((PyObject *)x);
    if (!all_plain) {
        Py_XDECREF(list);
        return Py_NewRef(Py_NotImplemented);
    }
    return list;
}

#endif
