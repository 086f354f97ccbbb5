/* A call of a compiled function as one C function.
 *
 * `Program` keeps a Call for the structure of the arguments that it met last: it holds their keys
 * (see structure.py), and of each branch that was traced the tape, weak references to the leaves
 * and the key of the result. A call walks its arguments against the keys, puts their numbers where
 * the tape wants them, replays, and builds the answer. Whatever does not fit (another structure, a
 * branch that was never traced, a lost leaf, a mode that is on) is left to the Python method, which
 * does what there is to do or says what is wrong; nothing has been changed by then.
 */
#ifndef AUTOGRAD_LITE_PROGRAM_CALLS_H
#define AUTOGRAD_LITE_PROGRAM_CALLS_H

#include "engine.h"
#include "leaves.h"
#include "memory.h"
#include "modes.h"
#include "node.h"
#include "tape.h"

enum { WANT_VALUE, WANT_BACKWARD, WANT_BOTH, WANT_GRAD };
enum { SINGLE, MEAN, SUM, EACH }; /* no batch, and what is made of one */
enum { SAMPLES_AT_ONCE = 4096 }; /* that are added up by themselves: CHUNK in replay.py */
enum { FEW_NUMBERS = 96, MOST_BATCHES = 16 };

static struct { /* heads of keys, and what makes arrays */
    PyObject *list, *array, *constant, *dict, *dataclass, *samples, *attribute, *shape, *quick;
} call_words;

typedef struct {
    PyObject_HEAD
    PyObject *branches; /* a list of tuples: tape, references, key of the result or None,
                           whether it is one Value, specialization */
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
    PyObject *source, *gradient;
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

/* Arguments ------------------------------------------------------------------------------------ */

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
    *column = (Column){.source = x};
    Py_ssize_t width = 1, samples;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(axes); i++)
        width *= PyLong_AsSsize_t(PyTuple_GET_ITEM(axes, i));
    if (PyList_CheckExact(x)) {
        samples = PyList_GET_SIZE(x);
        r->batches++; /* to be freed */
        if (arrays || PyTuple_GET_SIZE(axes) > 1 || samples == 0 || width == 0 ||
            !read_listed(column, x, nested, width))
            return 0;
    } else {
        if (!is_ndarray && !(Py_IS_TYPE(x, (PyTypeObject *)r->call->array) && !nested))
            return 0;
        if (arrays != (is_ndarray && nested) || !doubles_in(x, &column->view, 1, axes))
            return 0;
        r->batches++;
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

static int
read_entries(Reading *r, PyObject *key, Py_ssize_t first, PyObject *const *entries)
{
    for (Py_ssize_t i = first; i < PyTuple_GET_SIZE(key); i++)
        if (!read_argument(r, PyTuple_GET_ITEM(key, i), entries[i - first]))
            return 0;
    return 1;
}

static int
read_list(Reading *r, PyObject *key, PyObject *x)
{
    Py_ssize_t n = PyTuple_GET_SIZE(key) - 1;
    if (LIKELY(PyList_CheckExact(x)))
        return PyList_GET_SIZE(x) == n &&
               read_entries(r, key, 1, ((PyListObject *)x)->ob_item);
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
        if (name != PyTuple_GET_ITEM(names, i) ||
            !read_argument(r, PyTuple_GET_ITEM(key, i + 2), entry))
            return 0;
    return 1;
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
            PyErr_Clear();
            return 0;
        }
    }
    return 1;
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
    return (PyObject *)Py_TYPE(x) == head && PyTuple_GET_SIZE(x) == PyTuple_GET_SIZE(key) - 1 &&
           read_entries(r, key, 1, ((PyTupleObject *)x)->ob_item);
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

/* Answers -------------------------------------------------------------------------------------- */

typedef struct {
    const Call *call;
    const double *next;       /* the numbers of a structure, or NULL: */
    PyObject *const *objects; /* what stands for them instead */
    Column *column;           /* the next one */
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
    return list_from(column->own_gradient, PyList_GET_SIZE(column->source), width, nested);
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
    PyObject *made = PyObject_Call(head, entries, NULL); /* a named tuple */
    Py_DECREF(entries);
    return made;
}

/* The derivatives in the structure of the arguments, or of those in `places`. */
static PyObject *
derivatives(const Call *call, Reading *r, const double *gradient)
{
    Answer a = {.call = call, .next = gradient, .column = r->column};
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

/* A call --------------------------------------------------------------------------------------- */

typedef struct { /* the doubles of one call on one branch */
    double *memory, few[FEW_NUMBERS];
    double *uniform, *gradient, *totals, *part, *seeds, *results;
} Room;

static int
make_room(Room *room, Py_ssize_t inputs, Py_ssize_t outputs, Py_ssize_t samples)
{
    size_t wanted = (size_t)(3 * inputs + (3 + samples) * outputs + 1);
    room->memory = NULL;
    room->uniform = room->few;
    if (wanted > FEW_NUMBERS) {
        room->uniform = room->memory = checked_malloc(wanted * sizeof(double));
        if (!room->memory)
            return 0;
    }
    room->gradient = room->uniform + inputs;
    room->totals = room->gradient + inputs;
    room->part = room->totals + outputs; /* totals and gradient of one chunk */
    room->seeds = room->part + outputs + inputs;
    room->results = room->seeds + outputs;
    memset(room->gradient, 0, (size_t)(inputs + outputs) * sizeof(double));
    return 1;
}

/* Replay all samples, in chunks that are added up by themselves: -1 with an error, 0 if a guard
 * does not hold, else 1. */
static int
replay_chunks(PyObject *tape, const Reading *r, Room *room, Py_ssize_t inputs, Py_ssize_t outputs,
              int reverse)
{
    Batch batch[MOST_BATCHES];
    for (Py_ssize_t first = 0; first < r->samples; first += SAMPLES_AT_ONCE) {
        const int whole = r->samples <= SAMPLES_AT_ONCE;
        Job job = {.broken_guard = -1, .batches = r->batches, .batch = batch};
        job.samples = r->samples - first < SAMPLES_AT_ONCE ? r->samples - first : SAMPLES_AT_ONCE;
        for (int c = 0; c < r->batches; c++) {
            batch[c] = r->batch[c];
            batch[c].numbers += first * batch[c].width;
            if (batch[c].gradient)
                batch[c].gradient += first * batch[c].width;
        }
        job.uniform = room->uniform;
        job.results = room->results + first * outputs;
        job.totals = whole ? room->totals : room->part;
        job.seeds = reverse ? room->seeds : NULL;
        job.uniform_gradient = whole ? room->gradient : room->part + outputs;
        if (!whole)
            memset(room->part, 0, (size_t)(inputs + outputs) * sizeof(double));
        if (replay_job(tape, &job) < 0)
            return -1;
        if (job.broken_guard >= 0)
            return 0;
        for (Py_ssize_t k = 0; !whole && k < outputs; k++)
            room->totals[k] += room->part[k];
        for (Py_ssize_t k = 0; !whole && k < inputs; k++)
            room->gradient[k] += room->part[outputs + k];
    }
    return 1;
}

/* Where the derivatives with respect to the samples go; 0, maybe with an error, if nowhere. */
static int
make_gradients(const Call *call, Reading *r)
{
    for (int c = 0; c < r->batches; c++) {
        Column *column = &r->column[c];
        if (column->own) {
            size_t size = (size_t)(r->samples * r->batch[c].width) * sizeof(double);
            r->batch[c].gradient = column->own_gradient = checked_malloc(size);
            if (!column->own_gradient)
                return 0;
            continue;
        }
        PyObject *made;
        if (Py_IS_TYPE(column->source, (PyTypeObject *)call->array)) {
            made = PySequence_Repeat(call->zero, r->samples);
        } else {
            PyObject *shape = PyObject_GetAttr(column->source, call_words.shape);
            made = shape ? PyObject_CallOneArg(call->empty, shape) : NULL;
            Py_XDECREF(shape);
        }
        if (!made)
            return 0;
        if (PyObject_GetBuffer(made, &column->gradient_view,
                               PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) < 0) {
            Py_DECREF(made);
            return 0;
        }
        column->gradient = made;
        r->batch[c].gradient = column->gradient_view.buf;
    }
    return 1;
}

static void
end_reading(Reading *r)
{
    for (int c = 0; c < r->batches; c++) {
        Column *column = &r->column[c];
        if (column->gradient)
            PyBuffer_Release(&column->gradient_view);
        Py_XDECREF(column->gradient);
        if (column->view.obj)
            PyBuffer_Release(&column->view);
        free(column->own);
        free(column->own_gradient);
    }
    for (Py_ssize_t i = 0; r->values && i < r->call->numbers; i++)
        Py_XDECREF((PyObject *)r->values[i]);
    free(r->values);
}

/* Add the gradient to that of the leaves, and of the Values among the arguments. */
static void
add_to_leaves(const Reading *r, PyObject *references, const double *gradient)
{
    Py_ssize_t leaves = PyList_GET_SIZE(references);
    for (Py_ssize_t i = 0; i < r->call->numbers; i++)
        if (r->values[i])
            r->values[i]->grad += gradient[leaves + i];
    for (Py_ssize_t i = 0; i < leaves; i++) {
        Value *leaf = value_behind(PyList_GET_ITEM(references, i));
        if (leaf)
            leaf->grad += gradient[i];
    }
}

/* One branch: 1 with the answer, or an error; 0 if its guards do not hold, or it is for the Python
 * code. */
static int
call_branch(Call *call, PyObject *branch, Reading *r, const double *given, int wanted,
            PyObject **answer)
{
    PyObject *tape = PyTuple_GET_ITEM(branch, 0), *references = PyTuple_GET_ITEM(branch, 1);
    Py_ssize_t leaves = PyList_GET_SIZE(references), inputs = leaves + call->numbers;
    Py_ssize_t outputs = tape_outputs(tape);
    const int reverse = wanted != WANT_VALUE;
    if ((reverse && PyTuple_GET_ITEM(branch, 3) != Py_True) ||
        PyTuple_GET_ITEM(branch, 2) == Py_None || !tape_takes(tape, inputs, r->batch, r->batches))
        return 0;
    Room room;
    if (!make_room(&room, inputs, outputs, r->samples))
        return 0;
    int fits = 1;
    for (Py_ssize_t i = 0; i < leaves && fits; i++) {
        Value *leaf = value_behind(PyList_GET_ITEM(references, i));
        fits = leaf != NULL;
        if (leaf)
            room.uniform[i] = leaf->data;
    }
    memcpy(room.uniform + leaves, given, (size_t)call->numbers * sizeof(double));
    if (reverse && outputs)
        room.seeds[0] = call->reduction == MEAN ? 1.0 / (double)r->samples : 1.0;
    int done = fits ? replay_chunks(tape, r, &room, inputs, outputs, reverse) : 0;
    if (done == 1) {
        if (wanted == WANT_BACKWARD)
            add_to_leaves(r, references, room.gradient);
        PyObject *value = NULL, *slopes = NULL;
        if (wanted != WANT_GRAD)
            value = results_like(call, r, PyTuple_GET_ITEM(branch, 2), room.results, room.totals,
                                 outputs);
        if (wanted >= WANT_BOTH && (value || wanted == WANT_GRAD))
            slopes = derivatives(call, r, room.gradient + leaves);
        if (wanted == WANT_BOTH) {
            *answer = value && slopes ? PyTuple_Pack(2, value, slopes) : NULL;
            Py_XDECREF(value);
            Py_XDECREF(slopes);
        } else {
            *answer = wanted == WANT_GRAD ? slopes : value;
        }
    }
    free(room.memory);
    return done != 0;
}

/* The branch that was replayed goes first, here and where the program keeps it. */
static int
put_first(Call *call, Py_ssize_t i)
{
    PyObject *branch = Py_NewRef(PyList_GET_ITEM(call->branches, i));
    PyObject *told = PyObject_CallOneArg(call->use, PyTuple_GET_ITEM(branch, 4));
    int done = told && i < PyList_GET_SIZE(call->branches) &&
               PySequence_DelItem(call->branches, i) == 0 &&
               PyList_Insert(call->branches, 0, branch) == 0;
    Py_XDECREF(told);
    Py_DECREF(branch);
    return done;
}

/* The answer; NULL with an error, or without one if the call is for the Python code. */
static PyObject *
quick_call(Call *call, PyObject *const *args, Py_ssize_t nargs, PyObject *names, int wanted)
{
    Reading r = {.call = call, .samples = call->reduction == SINGLE ? 1 : -1};
    double few[FEW_NUMBERS], *given = few, *many = NULL;
    PyObject *answer = NULL;
    if (call->numbers > FEW_NUMBERS &&
        !(given = many = checked_malloc((size_t)call->numbers * sizeof(double))))
        return NULL;
    if (wanted == WANT_BACKWARD) {
        size_t size = (size_t)(call->numbers + 1) * sizeof(Value *);
        if (!(r.values = checked_malloc(size))) {
            free(many);
            return NULL;
        }
        memset(r.values, 0, size);
    }
    r.next = given;
    r.end = given + call->numbers;
    if (read_arguments(&r, args, nargs, names) && r.samples > 0 &&
        !(wanted == WANT_BACKWARD && r.interior) &&
        !(call->threads > 1 && r.samples > SAMPLES_AT_ONCE) &&
        (wanted < WANT_BOTH || make_gradients(call, &r)))
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(call->branches); i++) {
            PyObject *branch = Py_NewRef(PyList_GET_ITEM(call->branches, i));
            int done = call_branch(call, branch, &r, given, wanted, &answer);
            Py_DECREF(branch);
            if (done && i > 0 && answer && !put_first(call, i))
                Py_CLEAR(answer);
            if (done || PyErr_Occurred())
                break;
        }
    end_reading(&r);
    free(many);
    return answer;
}

static void
call_dealloc(PyObject *self)
{
    Call *call = (Call *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject *held[] = {call->branches, call->use,   call->number, call->keys, call->names,
                        call->places,   call->empty, call->zero,   call->array, call->ndarray};
    PyObject_GC_UnTrack(self);
    type->tp_free(self);
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        Py_XDECREF(held[i]);
    Py_DECREF(type);
}

static int
call_traverse(PyObject *self, visitproc visit, void *arg)
{
    Call *call = (Call *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(call->branches);
    Py_VISIT(call->use);
    Py_VISIT(call->keys);
    return 0;
}

/* Call(branches, use, number, keys, names, places, empty, zero, ndarray, numbers, reduction,
 * threads, alone): see compiler/quick.py. */
static PyObject *
call_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(named))
{
    Call given, *call;
    if (!PyArg_ParseTuple(args, "O!OUO!OOOOOniip:Call", &PyList_Type, &given.branches, &given.use,
                          &given.number, &PyTuple_Type, &given.keys, &given.names, &given.places,
                          &given.empty, &given.zero, &given.ndarray, &given.numbers,
                          &given.reduction, &given.threads, &given.alone))
        return NULL;
    if (!(call = (Call *)type->tp_alloc(type, 0)))
        return NULL;
    PyObject **held[] = {&call->branches, &call->use,   &call->number, &call->keys,
                         &call->names,    &call->places, &call->empty, &call->zero,
                         &call->ndarray,  &call->array};
    given.array = (PyObject *)Py_TYPE(given.zero);
    given.ob_base = call->ob_base;
    *call = given;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        Py_INCREF(*held[i]);
    return (PyObject *)call;
}

static PyType_Slot call_slots[] = {
    {Py_tp_new, call_new},
    {Py_tp_dealloc, call_dealloc},
    {Py_tp_traverse, call_traverse},
    {0, NULL},
};

static PyType_Spec call_spec = {
    .name = "autograd_lite.native.engine.Call",
    .basicsize = sizeof(Call),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = call_slots,
};

/* Methods -------------------------------------------------------------------------------------- */

typedef struct { /* a method of Program that tries its Call first */
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function, *attributes;
    int wanted;
} QuickMethod;

static PyTypeObject *Call_Type, *QuickMethod_Type;

static PyObject *
quick_vectorcall(PyObject *self, PyObject *const *args, size_t flags, PyObject *names)
{
    QuickMethod *method = (QuickMethod *)self;
    Py_ssize_t nargs = PyVectorcall_NARGS(flags);
    if (LIKELY(!any_mode() && nargs > 0)) {
        PyObject *call = PyObject_GetAttr(args[0], call_words.quick);
        PyObject *answer = NULL;
        if (LIKELY(call && Py_IS_TYPE(call, Call_Type)))
            answer = quick_call((Call *)call, args + 1, nargs - 1, names, method->wanted);
        else if (!call)
            PyErr_Clear();
        Py_XDECREF(call);
        if (LIKELY(answer != NULL) || PyErr_Occurred())
            return answer;
    }
    return PyObject_Vectorcall(method->function, args, flags, names);
}

static PyObject *
quick_get(PyObject *self, PyObject *instance, PyObject *Py_UNUSED(owner))
{
    return instance && instance != Py_None ? PyMethod_New(self, instance) : Py_NewRef(self);
}

static void
quick_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((QuickMethod *)self)->function);
    Py_XDECREF(((QuickMethod *)self)->attributes);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
quick_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((QuickMethod *)self)->function);
    Py_VISIT(((QuickMethod *)self)->attributes);
    return 0;
}

static PyMemberDef quick_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(QuickMethod, vectorcall), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(QuickMethod, attributes), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef quick_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot quick_slots[] = {
    {Py_tp_call, PyVectorcall_Call},    {Py_tp_descr_get, quick_get},
    {Py_tp_dealloc, quick_dealloc},     {Py_tp_traverse, quick_traverse},
    {Py_tp_members, quick_members},     {Py_tp_getset, quick_getset},
    {0, NULL},
};

static PyType_Spec quick_spec = {
    .name = "autograd_lite.native.engine.QuickMethod",
    .basicsize = sizeof(QuickMethod),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR,
    .slots = quick_slots,
};

/* quick_method(function, wanted): the function as a method that tries the Call in the attribute
 * `_quick` first. */
static PyObject *
module_quick_method(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *function;
    int wanted;
    if (!PyArg_ParseTuple(args, "Oi:quick_method", &function, &wanted))
        return NULL;
    QuickMethod *method = (QuickMethod *)QuickMethod_Type->tp_alloc(QuickMethod_Type, 0);
    if (method) {
        method->vectorcall = quick_vectorcall;
        method->function = Py_NewRef(function);
        method->wanted = wanted;
    }
    return (PyObject *)method;
}

static PyObject *
module_quick_call(PyObject *Py_UNUSED(module), PyObject *args)
{
    return PyObject_CallObject((PyObject *)Call_Type, args);
}

static int
prepare_calls(void)
{
    static const struct {
        PyObject **word;
        const char *text;
    } words[] = {
        {&call_words.list, "list"},           {&call_words.array, "array"},
        {&call_words.constant, "constant"},   {&call_words.dict, "dict"},
        {&call_words.dataclass, "dataclass"}, {&call_words.samples, "samples"},
        {&call_words.attribute, "x"},         {&call_words.shape, "shape"},
        {&call_words.quick, "_quick"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!(*words[i].word = PyUnicode_InternFromString(words[i].text)))
            return -1;
    Call_Type = (PyTypeObject *)PyType_FromSpec(&call_spec);
    QuickMethod_Type = (PyTypeObject *)PyType_FromSpec(&quick_spec);
    return Call_Type && QuickMethod_Type ? 0 : -1;
}

#endif
