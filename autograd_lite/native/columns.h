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
 * Meanwhile a cache has it, by the address of the list it was made of, and it serves another call
 * if the list still holds the same.
 */

/* Without references; an entry is cleared when its column dies. Rows are apart, for most vectors
 * are met once: if one took the place of a row, the next product would make its column anew. */
#define CACHED_ROWS 4096
#define CACHED_VECTORS 256
static Value *row_cache[CACHED_ROWS], *vector_cache[CACHED_VECTORS];
static PyObject *one; /* 1.0, by which a bias is multiplied */

static inline size_t
mixed_address(PyObject *source)
{
    return (size_t)((uint64_t)((uintptr_t)source >> 4) * 11400714819323198485u >> 40);
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
    if (LIKELY(unwritten && column->values == operands->count)) { /* Values, as they were */
        if (memcmp(source->items, nodes, (size_t)n * sizeof(Value *)) != 0)
            return 0;
    } else {
        for (Py_ssize_t i = 0; i < n; i++)
            if (!still_there(source->items[i], nodes[i], operands->numbers[i], unwritten))
                return 0;
    }
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

/* A new column, which is put in an entry of the cache; NULL as `column_of`. */
NEVER_INLINE Value *
new_column(const Source *source, Value **entry, int *all_plain)
{
    Py_ssize_t n = source->count, size = n + (source->last != NULL), i = 0;
    Operands *operands = new_operands(size);
    Value *column = operands ? node_in(NULL, 0.0, COLUMN, ELSEWHERE) : NULL;
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

/* The column of a source, a new reference: the one in the entry of the cache, or a new one, which
 * is then put there. NULL with an error; or without one, and with `*all_plain` set to 0, if an
 * operand is neither a native Value nor a plain number: the Python code knows what to do. */
ALWAYS_INLINE Value *
column_of(const Source *source, Value **entry, int *all_plain)
{
    Value *column = *entry;
    /* One that has just died may still be there while its operands are released. */
    if (LIKELY(column && Py_REFCNT(column) > 0 && is_column_of(column, source)))
        return (Value *)Py_NewRef((PyObject *)column);
    return new_column(source, entry, all_plain);
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

#define NO_ACTIVATION (-1)

/* The node of a row on the new node v, of which it takes the place; NULL after an error. */
static inline Value *
activated(PyObject *scope, Value *v, int opcode, int mode)
{
    Value *nodes[2] = {v, NULL};
    double a[2] = {v->data, default_of[opcode].number}, p[2];
    double data = forward_of[opcode](a, p);
    if (UNLIKELY(mode != NODES)) {
        v->data = data; /* of a leaf that nobody has seen */
        return v;
    }
    const int arity = rows[opcode].arity;
    Value *node = node_in_place(node_in(scope, data, opcode, arity), arity, nodes, a, p);
    Py_DECREF((PyObject *)v);
    return node;
}

/* The list of dot(row, x), or of dot([*row, b], [*x, 1.0]) unless `biases` is None; or of a row of
 * the table on these, which is then the activation. NotImplemented: see primitive_calls.h. */
static PyObject *
record_matvec(PyObject *matrix, PyObject *vector, PyObject *biases, int activation)
{
    int mode = recording_mode(), biased = biases != Py_None;
    if (!is_sequence(matrix) || !is_sequence(vector) || (biased && !is_sequence(biases)) ||
        mode == WATCHED || (mode != NODES && lines_recorded()))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *list = PyList_New(PySequence_Fast_GET_SIZE(matrix));
    if (!list)
        return NULL;
    /* Only now, for making a list may collect garbage, and so run Python code. */
    Py_ssize_t count, bias_count;
    PyObject **rows_of = items_of(matrix, &count), **bias = NULL;
    Source source = {NULL, 0, biased ? one : NULL};
    source.items = items_of(vector, &source.count);
    bias_count = count;
    if (biased)
        bias = items_of(biases, &bias_count);
    Value **entry = &vector_cache[mixed_address(vector) % CACHED_VECTORS];
    const size_t first = mixed_address(matrix);
    int all_plain = source.count > 0 && bias_count == count && count == PyList_GET_SIZE(list);
    Value *x = all_plain ? column_of(&source, entry, &all_plain) : NULL;
    if (!x && all_plain)
        Py_CLEAR(list);
    PyObject *scope = current_scope();
    for (Py_ssize_t i = 0; list && all_plain && i < count; i++) {
        Source row = {NULL, -1, biased ? bias[i] : NULL};
        if (is_sequence(rows_of[i]))
            row.items = items_of(rows_of[i], &row.count);
        if (row.count != source.count) {
            all_plain = 0;
            break;
        }
        entry = &row_cache[(first + (size_t)i) % CACHED_ROWS];
        Value *v = product_of(scope, &row, entry, x, mode, &all_plain);
        if (v && activation != NO_ACTIVATION)
            v = activated(scope, v, activation, mode);
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

/* matvec(matrix, x, bias) */
static PyObject *
module_matvec(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 3)
        Py_RETURN_NOTIMPLEMENTED;
    return record_matvec(args[0], args[1], args[2], NO_ACTIVATION);
}

#endif
