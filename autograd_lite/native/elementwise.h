/* The steps of optimisers: one formula for the data and the gradients of many leaves.
 *
 * Why a second machine beside the tape: it reads and writes the Values itself, a chunk of leaves at
 * a time, so that everything stays in the nearest cache. Adam on 337 / 4,192 / 50,000 leaves costs
 * 5 / 38 / 734 us by it, and 20 / 98 / 1,484 us by the replay of a tape alone, which would still
 * have to gather and scatter. */
#ifndef AUTOGRAD_LITE_ELEMENTWISE_H
#define AUTOGRAD_LITE_ELEMENTWISE_H

#include "engine.h"
#include "memory.h"
#include "modes.h"
#include "node.h"
#include "table.inc"
#include "value.h"

/* Elementwise -------------------------------------------------------------------------------------
 *
 * A short list of operations, done for many leaves at once, so that the compiler can vectorise.
 */

#define CHUNK 64

typedef void (*ChunkLoop)(double *restrict, const double *, const double *);

#define CHUNK_1(name)                                                                             \
    static void name##_chunk(double *restrict out, const double *x, const double *y)              \
    {                                                                                             \
        (void)y;                                                                                  \
        for (int i = 0; i < CHUNK; i++) {                                                         \
            double p[1];                                                                          \
            out[i] = name##_forward(&x[i], p);                                                    \
        }                                                                                         \
    }
#define CHUNK_2(name)                                                                             \
    static void name##_chunk(double *restrict out, const double *x, const double *y)              \
    {                                                                                             \
        for (int i = 0; i < CHUNK; i++) {                                                         \
            double a[2] = {x[i], y[i]}, p[2];                                                     \
            out[i] = name##_forward(a, p);                                                        \
        }                                                                                         \
    }
#define CHUNK_3(name)
#define CHUNK_LOOP(name, arity) CHUNK_##arity(name)
FIXED_ROWS(CHUNK_LOOP)

#define CHUNK_ENTRY_1(name) [OP_##name] = name##_chunk,
#define CHUNK_ENTRY_2(name) [OP_##name] = name##_chunk,
#define CHUNK_ENTRY_3(name)
#define CHUNK_ENTRY(name, arity) CHUNK_ENTRY_##arity(name)
static const ChunkLoop chunk_loops[OPCODES] = {FIXED_ROWS(CHUNK_ENTRY)};

enum { LITERALS, OPERATIONS, OUTPUTS, CONSTANTS, STATES, MOST_STATES = 8 };

/* Do it for leaves[first] and those after it; `slots` are rows of CHUNK numbers. */
static void
elementwise_chunk(double *slots, const Py_buffer *views, Py_ssize_t states, PyObject **leaves,
                  Py_ssize_t first, Py_ssize_t count)
{
    const int *operations = views[OPERATIONS].buf, *outputs = views[OUTPUTS].buf;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    Py_ssize_t constants = views[CONSTANTS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t literals = views[LITERALS].len / (Py_ssize_t)sizeof(double);
    double *result = slots + (2 + states + constants + literals) * CHUNK;
    for (Py_ssize_t i = 0; i < count; i++) {
        slots[i] = ((Value *)leaves[first + i])->data;
        slots[CHUNK + i] = ((Value *)leaves[first + i])->grad;
    }
    for (Py_ssize_t k = 0; k < states; k++)
        memcpy(slots + (2 + k) * CHUNK, (double *)views[STATES + k].buf + first,
               (size_t)count * sizeof(double));
    for (Py_ssize_t k = 0; k < total; k++, operations += 3, result += CHUNK)
        chunk_loops[operations[0]](result, slots + (Py_ssize_t)operations[1] * CHUNK,
                                slots + (Py_ssize_t)operations[2] * CHUNK);
    for (Py_ssize_t i = 0; i < count; i++)
        ((Value *)leaves[first + i])->data = slots[(Py_ssize_t)outputs[0] * CHUNK + i];
    for (Py_ssize_t k = 0; k < states; k++)
        memcpy((double *)views[STATES + k].buf + first, slots + (Py_ssize_t)outputs[1 + k] * CHUNK,
               (size_t)count * sizeof(double));
}

/* Whether the program stays within its slots. */
static int
elementwise_is_sound(const Py_buffer *views, Py_ssize_t inputs, Py_ssize_t states)
{
    const int *operations = views[OPERATIONS].buf, *outputs = views[OUTPUTS].buf;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    if (views[OUTPUTS].len != (1 + states) * (Py_ssize_t)sizeof(int))
        return 0;
    for (Py_ssize_t k = 0; k < total; k++, operations += 3)
        if (operations[0] < 0 || operations[0] >= OPCODES || !chunk_loops[operations[0]] ||
            operations[1] < 0 || operations[1] >= inputs + k || operations[2] < 0 ||
            operations[2] >= inputs + k)
            return 0;
    for (Py_ssize_t k = 0; k < 1 + states; k++)
        if (outputs[k] < 0 || outputs[k] >= inputs + total)
            return 0;
    return 1;
}

/* elementwise(program, leaves, states, constants): see elementwise.Elementwise. */
static PyObject *
module_elementwise(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *program, *leaves, *states, *constants, *done = NULL;
    Py_buffer views[STATES + MOST_STATES];
    int got = 0;
    double *slots = NULL;
    if (!PyArg_ParseTuple(args, "O!O!O!O:elementwise", &PyTuple_Type, &program, &PyList_Type,
                          &leaves, &PyTuple_Type, &states, &constants))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(leaves), state_count = PyTuple_GET_SIZE(states);
    if (PyTuple_GET_SIZE(program) != 3 || state_count > MOST_STATES)
        Py_RETURN_NOTIMPLEMENTED;
    for (; got < STATES + state_count; got++) {
        PyObject *source = got < CONSTANTS    ? PyTuple_GET_ITEM(program, got)
                           : got == CONSTANTS ? constants
                                              : PyTuple_GET_ITEM(states, got - STATES);
        int numbers = got != OPERATIONS && got != OUTPUTS;
        int flags = PyBUF_FORMAT | PyBUF_ND | (got >= STATES ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(source, &views[got], flags) < 0)
            goto end;
        if (!views[got].format || strcmp(views[got].format, numbers ? "d" : "i") != 0 ||
            (got >= STATES && views[got].len != count * (Py_ssize_t)sizeof(double))) {
            got++;
            PyErr_SetString(PyExc_ValueError, "states are arrays of doubles, one for each leaf");
            goto end;
        }
    }
    /* From here on no Python code runs that could change the list. */
    if (PyList_GET_SIZE(leaves) != count) {
        PyErr_SetString(PyExc_ValueError, "the list of leaves changed while it was read");
        goto end;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyList_GET_ITEM(leaves, i))) {
            done = Py_NewRef(Py_NotImplemented);
            goto end;
        }
    Py_ssize_t literals = views[LITERALS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t constant_count = views[CONSTANTS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t inputs = 2 + state_count + constant_count + literals;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    if (!elementwise_is_sound(views, inputs, state_count)) {
        PyErr_SetString(PyExc_ValueError, "the elementwise program is damaged");
        goto end;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (((Value *)PyList_GET_ITEM(leaves, i))->arity != 0) {
            set_data(PyList_GET_ITEM(leaves, i), Py_None, NULL); /* only for its error */
            goto end;
        }
    slots = checked_malloc((size_t)(inputs + total) * CHUNK * sizeof(double));
    if (!slots) {
        PyErr_NoMemory();
        goto end;
    }
    memset(slots, 0, (size_t)inputs * CHUNK * sizeof(double));
    for (Py_ssize_t k = 0; k < constant_count + literals; k++) {
        const double *numbers = views[k < constant_count ? CONSTANTS : LITERALS].buf;
        double number = numbers[k < constant_count ? k : k - constant_count];
        for (int i = 0; i < CHUNK; i++)
            slots[(2 + state_count + k) * CHUNK + i] = number;
    }
    writes++;
    for (Py_ssize_t first = 0; first < count; first += CHUNK)
        elementwise_chunk(slots, views, state_count, PySequence_Fast_ITEMS(leaves), first,
                          count - first < CHUNK ? count - first : CHUNK);
    done = Py_NewRef(Py_None);
end:
    free(slots);
    while (got > 0)
        PyBuffer_Release(&views[--got]);
    return done;
}

/* zero_grad(leaves): see elementwise.zero_grad. */
static PyObject *
module_zero_grad(PyObject *Py_UNUSED(module), PyObject *leaves)
{
    PyObject *trace = current_trace();
    Py_XDECREF(trace);
    if (!PyList_CheckExact(leaves) || trace) /* which refuses it */
        Py_RETURN_NOTIMPLEMENTED;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(leaves); i++) {
        if (!is_value(PyList_GET_ITEM(leaves, i)))
            Py_RETURN_NOTIMPLEMENTED;
        ((Value *)PyList_GET_ITEM(leaves, i))->grad = 0.0;
    }
    Py_RETURN_NONE;
}

#endif
