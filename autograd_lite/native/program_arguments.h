/* What a call of a compiled function is given: numbers in structures that are known beforehand. */
#ifndef AUTOGRAD_LITE_PROGRAM_ARGUMENTS_H
#define AUTOGRAD_LITE_PROGRAM_ARGUMENTS_H

#include "engine.h"
#include "memory.h"
#include "node.h"
#include "tape.h"

enum { WANT_VALUE, WANT_BACKWARD, WANT_BOTH, WANT_GRAD, WANT_NODE, WANT_RATES };
enum { SINGLE, MEAN, SUM, EACH }; /* no batch, and what is made of one */
enum { FEW_NUMBERS = 96, MOST_BATCHES = 16 };

static struct { /* heads of keys, and what makes arrays */
    PyObject *list, *array, *constant, *dict, *dataclass, *samples, *attribute, *shape, *quick;
} call_words;

typedef struct {
    PyObject_HEAD
    PyObject *branches; /* a list of tuples: tape, references, key of the result or None,
                           whether it is one Value, specialization, primitive or None */
    PyObject *use;      /* is told the specialization of a branch that was not the first */
    PyObject *number;   /* the key of a number */
    PyObject *keys;     /* of the arguments, a tuple of (place or name, key) */
    PyObject *names;    /* of the parameters, a tuple; or None */
    PyObject *places;   /* of the arguments with derivatives, in order; or None for all */
    PyObject *empty, *ndarray; /* of NumPy; None where it is not in use */
    PyObject *zero, *array;    /* array('d', [0.0]), and its type */
    Py_ssize_t numbers; /* among the arguments that are the same for all samples */
    int reduction, threads, alone; /* alone: the derivatives are of one argument, without a tuple */
} Call;

typedef struct { /* an argument that differs from sample to sample */
    PyObject *source, *gradient; /* references of its own: other threads may run meanwhile */
    Py_buffer view, gradient_view;
    double *own, *own_gradient; /* of a list */
} Column;

typedef struct {
    const Call *call;
    double *next, *end;  /* for the numbers that are the same for all samples */
    Value **values;      /* the Values among these, if they are wanted; new references */
    Py_ssize_t samples;
    int batches, interior; /* interior: whether a Value is no leaf */
    int arrays;            /* whether samples come in an array of NumPy */
    Batch batch[MOST_BATCHES];
    Column column[MOST_BATCHES];
} Reading;

static inline int
put_number(Reading *r, double x)
{
    if (UNLIKELY(r->next == r->end))
        return 0;
    *r->next++ = x;
    return 1;
}

static inline int
read_number(Reading *r, PyObject *x)
{
    if (LIKELY(PyFloat_CheckExact(x)))
        return put_number(r, PyFloat_AS_DOUBLE(x));
    if (is_value(x)) {
        Value *value = (Value *)x;
        r->interior |= value->arity != 0;
        if (r->values && r->next < r->end)
            r->values[r->next - r->end + r->call->numbers] = (Value *)Py_NewRef(x);
        return put_number(r, value->data);
    }
    if (!PyLong_CheckExact(x))
        return 0;
    double number = PyLong_AsDouble(x);
    if (number == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return put_number(r, number);
}

/* A view of contiguous doubles with these axes after `first` ones; 0, without an error, if `x` has
 * none. */
static int
doubles_in(PyObject *x, Py_buffer *view, int first, PyObject *axes)
{
    if (PyObject_GetBuffer(x, view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) < 0) {
        PyErr_Clear();
        return 0;
    }
    int fits = view->format && !strcmp(view->format, "d") && (uintptr_t)view->buf % 8 == 0 &&
               view->len > 0 && view->ndim == first + (int)PyTuple_GET_SIZE(axes);
    for (int i = first; fits && i < view->ndim; i++)
        fits = view->shape[i] == PyLong_AsSsize_t(PyTuple_GET_ITEM(axes, i - first));
    if (!fits)
        PyBuffer_Release(view);
    return fits;
}

/* `count` doubles from a buffer without samples. */
static int
read_doubles(Reading *r, PyObject *x, PyObject *axes, int first, Py_ssize_t count)
{
    Py_buffer view;
    if (!doubles_in(x, &view, first, axes))
        return 0;
    int fits = view.len == count * 8 && count <= r->end - r->next;
    if (fits) {
        memcpy(r->next, view.buf, (size_t)view.len);
        r->next += count;
    }
    PyBuffer_Release(&view);
    return fits;
}

/* A list of floats, or of lists of `width` floats. */
static int
read_listed(Column *column, PyObject *x, int nested, Py_ssize_t width)
{
    Py_ssize_t samples = PyList_GET_SIZE(x);
    double *to = column->own = checked_malloc((size_t)(samples * width) * sizeof(double));
    for (Py_ssize_t i = 0; to && i < samples; i++) {
        PyObject *row = PyList_GET_ITEM(x, i);
        if (nested && (!PyList_CheckExact(row) || PyList_GET_SIZE(row) != width))
            return 0;
        for (Py_ssize_t k = 0; k < width; k++) {
            PyObject *entry = nested ? PyList_GET_ITEM(row, k) : row;
            if (!PyFloat_CheckExact(entry))
                return 0;
            *to++ = PyFloat_AS_DOUBLE(entry);
        }
    }
    return to != NULL;
}

static int
read_samples(Reading *r, PyObject *key, PyObject *x)
{
    if (r->batches == MOST_BATCHES)
        return 0;
    PyObject *axes = PyTuple_GET_ITEM(key, 1);
    const int nested = PyTuple_GET_SIZE(axes) > 0, arrays = PyTuple_GET_SIZE(key) > 2;
    const int is_ndarray = Py_IS_TYPE(x, (PyTypeObject *)r->call->ndarray);
    Column *column = &r->column[r->batches];
    *column = (Column){.source = Py_NewRef(x)};
    r->batches++; /* to be released */
    Py_ssize_t width = 1, samples;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(axes); i++)
        width *= PyLong_AsSsize_t(PyTuple_GET_ITEM(axes, i));
    if (PyList_CheckExact(x)) {
        samples = PyList_GET_SIZE(x);
        if (arrays || PyTuple_GET_SIZE(axes) > 1 || samples == 0 || width == 0 ||
            !read_listed(column, x, nested, width))
            return 0;
    } else {
        const int is_array = Py_IS_TYPE(x, (PyTypeObject *)r->call->array) && !nested;
        if (!is_ndarray && !is_array && !PyMemoryView_Check(x))
            return 0;
        if (arrays != (is_ndarray && nested) || !doubles_in(x, &column->view, 1, axes))
            return 0;
        samples = column->view.shape[0];
        r->arrays |= is_ndarray;
    }
    if (r->samples >= 0 && r->samples != samples)
        return 0;
    r->samples = samples;
    r->batch[r->batches - 1] = (Batch){
        .numbers = column->own ? column->own : column->view.buf, .width = width};
    return 1;
}

static int read_argument(Reading *r, PyObject *key, PyObject *x);

/* An entry of something that may change, for reading an attribute may run Python code. */
static inline int
read_entry(Reading *r, PyObject *key, PyObject *x)
{
    if (LIKELY(key == r->call->number))
        return read_number(r, x);
    Py_INCREF(x);
    int fits = read_argument(r, key, x);
    Py_DECREF(x);
    return fits;
}

static int
read_list(Reading *r, PyObject *key, PyObject *x)
{
    Py_ssize_t n = PyTuple_GET_SIZE(key) - 1;
    if (LIKELY(PyList_CheckExact(x))) {
        for (Py_ssize_t i = 0; i < n; i++)
            if (PyList_GET_SIZE(x) != n ||
                !read_entry(r, PyTuple_GET_ITEM(key, i + 1), PyList_GET_ITEM(x, i)))
                return 0;
        return PyList_GET_SIZE(x) == n;
    }
    if (!Py_IS_TYPE(x, (PyTypeObject *)r->call->array))
        return 0;
    for (Py_ssize_t i = 1; i <= n; i++)
        if (PyTuple_GET_ITEM(key, i) != r->call->number)
            return 0;
    PyObject *no_axes = PyTuple_New(0);
    int fits = no_axes && read_doubles(r, x, no_axes, 1, n);
    Py_XDECREF(no_axes);
    return fits;
}

static int
read_dict(Reading *r, PyObject *key, PyObject *x)
{
    PyObject *names = PyTuple_GET_ITEM(key, 1), *name, *entry;
    Py_ssize_t place = 0, i = 0;
    if (!PyDict_CheckExact(x) || PyDict_GET_SIZE(x) != PyTuple_GET_SIZE(names))
        return 0;
    for (; PyDict_Next(x, &place, &name, &entry); i++) /* in the same order */
        if (i == PyTuple_GET_SIZE(names) || name != PyTuple_GET_ITEM(names, i) ||
            !read_entry(r, PyTuple_GET_ITEM(key, i + 2), entry))
            return 0;
    return i == PyTuple_GET_SIZE(names);
}

static int
read_dataclass(Reading *r, PyObject *key, PyObject *x)
{
    PyObject *kind_and_names = PyTuple_GET_ITEM(key, 1);
    if ((PyObject *)Py_TYPE(x) != PyTuple_GET_ITEM(kind_and_names, 0))
        return 0;
    for (Py_ssize_t i = 2; i < PyTuple_GET_SIZE(key); i++) {
        PyObject *entry = PyObject_GetAttr(x, PyTuple_GET_ITEM(kind_and_names, i - 1));
        int fits = entry && read_argument(r, PyTuple_GET_ITEM(key, i), entry);
        Py_XDECREF(entry);
        if (!fits) {
            if (PyErr_ExceptionMatches(PyExc_AttributeError))
                PyErr_Clear();
            return 0;
        }
    }
    return 1;
}

/* Whether something, of whose class instances may have attributes, has some. */
static int
has_attributes(PyObject *x)
{
    if (LIKELY(Py_TYPE(x)->tp_dictoffset == 0))
        return 0;
    PyObject *attributes = PyObject_GenericGetDict(x, NULL);
    int some = !attributes || PyDict_GET_SIZE(attributes) > 0;
    if (!attributes)
        PyErr_Clear();
    Py_XDECREF(attributes);
    return some;
}

static int
read_argument(Reading *r, PyObject *key, PyObject *x)
{
    if (LIKELY(key == r->call->number))
        return read_number(r, x);
    PyObject *head = PyTuple_GET_ITEM(key, 0);
    if (head == call_words.list)
        return read_list(r, key, x);
    if (head == call_words.samples)
        return read_samples(r, key, x);
    if (head == call_words.array) {
        PyObject *axes = PyTuple_GET_ITEM(key, 1);
        Py_ssize_t count = 1;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(axes); i++)
            count *= PyLong_AsSsize_t(PyTuple_GET_ITEM(axes, i));
        return Py_IS_TYPE(x, (PyTypeObject *)r->call->ndarray) &&
               read_doubles(r, x, axes, 0, count);
    }
    if (head == call_words.dict)
        return read_dict(r, key, x);
    if (head == call_words.dataclass)
        return read_dataclass(r, key, x);
    if (head == call_words.constant) { /* whatever else is equal to it, is for the Python code */
        PyObject *constant = PyObject_GetAttr(PyTuple_GET_ITEM(key, 1), call_words.attribute);
        if (!constant)
            PyErr_Clear();
        Py_XDECREF(constant);
        return constant == x;
    }
    /* A tuple, or a named one. */
    const Py_ssize_t n = PyTuple_GET_SIZE(key) - 1;
    if ((PyObject *)Py_TYPE(x) != head || PyTuple_GET_SIZE(x) != n || has_attributes(x))
        return 0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (!read_argument(r, PyTuple_GET_ITEM(key, i + 1), PyTuple_GET_ITEM(x, i)))
            return 0;
    return 1;
}

/* All arguments, those by name in the places of their parameters. */
static int
read_arguments(Reading *r, PyObject *const *args, Py_ssize_t nargs, PyObject *given)
{
    PyObject *keys = r->call->keys, *names = r->call->names;
    Py_ssize_t named = given ? PyTuple_GET_SIZE(given) : 0;
    if (PyTuple_GET_SIZE(keys) != nargs + named)
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); i++) {
        PyObject *entry = PyTuple_GET_ITEM(keys, i), *name = PyTuple_GET_ITEM(entry, 0);
        Py_ssize_t at = i;
        if (i >= nargs) {
            if (PyLong_CheckExact(name)) {
                if (names == Py_None || i >= PyTuple_GET_SIZE(names))
                    return 0;
                name = PyTuple_GET_ITEM(names, i);
            }
            for (at = 0; at < named && PyTuple_GET_ITEM(given, at) != name; at++)
                ;
            if (at == named)
                return 0;
            at += nargs;
        } else if (!PyLong_CheckExact(name)) {
            return 0;
        }
        if (!read_argument(r, PyTuple_GET_ITEM(entry, 1), args[at]))
            return 0;
    }
    return r->next == r->end;
}

#endif
