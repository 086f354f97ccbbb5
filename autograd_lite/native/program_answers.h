/* What a call of a compiled function gives: numbers in the structure of its result, derivatives in
 * that of its arguments.
 */
#ifndef AUTOGRAD_LITE_PROGRAM_ANSWERS_H
#define AUTOGRAD_LITE_PROGRAM_ANSWERS_H

#include "program_arguments.h"

typedef struct {
    const Call *call;
    const double *next;       /* the numbers of a structure, or NULL: */
    PyObject *const *objects; /* what stands for them instead */
    Column *column;           /* the next one */
    Py_ssize_t samples;       /* of each column */
    int constants;            /* whether constants are put in, else None */
} Answer;

static PyObject *answer_like(Answer *a, PyObject *key);

static PyObject *
next_of(Answer *a)
{
    return a->next ? PyFloat_FromDouble(*a->next++) : Py_NewRef(*a->objects++);
}

/* Entries of a list or a tuple from `first` on in the key. */
static PyObject *
sequence_like(Answer *a, PyObject *key, Py_ssize_t first, int as_list)
{
    Py_ssize_t n = PyTuple_GET_SIZE(key) - first;
    PyObject *made = as_list ? PyList_New(n) : PyTuple_New(n);
    for (Py_ssize_t i = 0; made && i < n; i++) {
        PyObject *inner = PyTuple_GET_ITEM(key, i + first);
        PyObject *entry = inner == a->call->number ? next_of(a) : answer_like(a, inner);
        if (!entry)
            Py_CLEAR(made);
        else if (as_list)
            PyList_SET_ITEM(made, i, entry);
        else
            PyTuple_SET_ITEM(made, i, entry);
    }
    return made;
}

/* A new array of NumPy with these doubles. */
static PyObject *
array_from(const Call *call, PyObject *shape, const double *numbers)
{
    PyObject *made = PyObject_CallOneArg(call->empty, shape);
    Py_buffer view;
    if (!made || PyObject_GetBuffer(made, &view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) < 0) {
        Py_XDECREF(made);
        return NULL;
    }
    memcpy(view.buf, numbers, (size_t)view.len);
    PyBuffer_Release(&view);
    return made;
}

static PyObject *
array_like(Answer *a, PyObject *shape)
{
    if (PyTuple_GET_SIZE(shape) == 0 && a->constants)
        return next_of(a);
    PyObject *made = array_from(a->call, shape, a->next);
    Py_ssize_t count = 1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(shape); i++)
        count *= PyLong_AsSsize_t(PyTuple_GET_ITEM(shape, i));
    a->next += count;
    return made;
}

/* Doubles as a list of floats, or of lists of `width` of them. */
static PyObject *
list_from(const double *numbers, Py_ssize_t count, Py_ssize_t width, int nested)
{
    PyObject *made = PyList_New(count);
    for (Py_ssize_t i = 0; made && i < count; i++, numbers += width) {
        PyObject *entry =
            nested ? list_from(numbers, width, 1, 0) : PyFloat_FromDouble(*numbers);
        if (entry)
            PyList_SET_ITEM(made, i, entry);
        else
            Py_CLEAR(made);
    }
    return made;
}

static PyObject *
samples_like(Answer *a, PyObject *key)
{
    Column *column = a->column++;
    if (column->gradient)
        return Py_NewRef(column->gradient);
    PyObject *axes = PyTuple_GET_ITEM(key, 1);
    int nested = PyTuple_GET_SIZE(axes) > 0;
    Py_ssize_t width = nested ? PyLong_AsSsize_t(PyTuple_GET_ITEM(axes, 0)) : 1;
    return list_from(column->own_gradient, a->samples, width, nested);
}

static PyObject *
dataclass_like(Answer *a, PyObject *key)
{
    PyObject *kind_and_names = PyTuple_GET_ITEM(key, 1), *no_arguments = PyTuple_New(0);
    PyTypeObject *kind = (PyTypeObject *)PyTuple_GET_ITEM(kind_and_names, 0);
    PyObject *made = no_arguments ? PyBaseObject_Type.tp_new(kind, no_arguments, NULL) : NULL;
    Py_XDECREF(no_arguments);
    for (Py_ssize_t i = 2; made && i < PyTuple_GET_SIZE(key); i++) {
        PyObject *entry = answer_like(a, PyTuple_GET_ITEM(key, i));
        if (!entry ||
            PyObject_GenericSetAttr(made, PyTuple_GET_ITEM(kind_and_names, i - 1), entry) < 0)
            Py_CLEAR(made);
        Py_XDECREF(entry);
    }
    return made;
}

static PyObject *
dict_like(Answer *a, PyObject *key)
{
    PyObject *names = PyTuple_GET_ITEM(key, 1), *made = PyDict_New();
    for (Py_ssize_t i = 0; made && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *entry = answer_like(a, PyTuple_GET_ITEM(key, i + 2));
        if (!entry || PyDict_SetItem(made, PyTuple_GET_ITEM(names, i), entry) < 0)
            Py_CLEAR(made);
        Py_XDECREF(entry);
    }
    return made;
}

/* Numbers in a structure: `unflatten` of structure.py. */
static PyObject *
answer_like(Answer *a, PyObject *key)
{
    if (key == a->call->number)
        return next_of(a);
    PyObject *head = PyTuple_GET_ITEM(key, 0);
    if (head == call_words.list)
        return sequence_like(a, key, 1, 1);
    if (head == call_words.samples)
        return samples_like(a, key);
    if (head == call_words.array)
        return array_like(a, PyTuple_GET_ITEM(key, 1));
    if (head == call_words.dict)
        return dict_like(a, key);
    if (head == call_words.dataclass)
        return dataclass_like(a, key);
    if (head == call_words.constant)
        return a->constants ? PyObject_GetAttr(PyTuple_GET_ITEM(key, 1), call_words.attribute)
                            : Py_NewRef(Py_None);
    PyObject *entries = sequence_like(a, key, 1, 0);
    if (!entries || head == (PyObject *)&PyTuple_Type)
        return entries;
    /* A named tuple: not by a `__new__` of its own, which may want something else. */
    PyObject *made = NULL, *arguments = PyTuple_Pack(1, entries);
    if (arguments)
        made = PyTuple_Type.tp_new((PyTypeObject *)head, arguments, NULL);
    Py_XDECREF(arguments);
    Py_DECREF(entries);
    return made;
}

/* The derivatives in the structure of the arguments, or of those in `places`. */
static PyObject *
derivatives(const Call *call, Reading *r, const double *gradient)
{
    Answer a = {.call = call, .next = gradient, .column = r->column,
                .samples = r->samples};
    Py_ssize_t count = PyTuple_GET_SIZE(call->keys);
    Py_ssize_t wanted = call->places == Py_None ? count : PyTuple_GET_SIZE(call->places);
    PyObject *made = call->alone ? NULL : PyTuple_New(wanted);
    if (!call->alone && !made)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *one_made = answer_like(&a, PyTuple_GET_ITEM(PyTuple_GET_ITEM(call->keys, i), 1));
        Py_ssize_t to = call->places == Py_None ? i : 0;
        while (to < wanted && call->places != Py_None &&
               PyLong_AsSsize_t(PyTuple_GET_ITEM(call->places, to)) != i)
            to++;
        if (!one_made) {
            Py_XDECREF(made);
            return NULL;
        }
        if (to == wanted)
            Py_DECREF(one_made);
        else if (call->alone)
            made = one_made;
        else
            PyTuple_SET_ITEM(made, to, one_made);
    }
    return made;
}

/* The results in the structure of what the function returned. */
static PyObject *
results_like(const Call *call, const Reading *r, PyObject *key, const double *results,
             double *totals, Py_ssize_t outputs)
{
    Answer a = {.call = call, .next = results, .constants = 1};
    if (call->reduction == SINGLE)
        return answer_like(&a, key);
    if (call->reduction != EACH) {
        const double weight = call->reduction == MEAN ? 1.0 / (double)r->samples : 1.0;
        for (Py_ssize_t k = 0; k < outputs; k++)
            totals[k] *= weight;
        a.next = totals;
        return answer_like(&a, key);
    }
    PyObject *columns = PyList_New(outputs), *made = NULL, *shape = NULL;
    double *column = checked_malloc((size_t)r->samples * sizeof(double));
    if (!column) {
        PyErr_NoMemory();
        goto end;
    }
    if (!columns || !(shape = PyLong_FromSsize_t(r->samples)))
        goto end;
    for (Py_ssize_t k = 0; k < outputs; k++) {
        for (Py_ssize_t i = 0; i < r->samples; i++)
            column[i] = results[i * outputs + k];
        PyObject *made_column =
            r->arrays ? array_from(call, shape, column) : list_from(column, r->samples, 1, 0);
        if (!made_column)
            goto end;
        PyList_SET_ITEM(columns, k, made_column);
    }
    a.next = NULL;
    a.objects = ((PyListObject *)columns)->ob_item;
    made = answer_like(&a, key);
end:
    free(column);
    Py_XDECREF(shape);
    Py_XDECREF(columns);
    return made;
}

#endif
