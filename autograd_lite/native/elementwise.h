/* The steps of optimisers. */
#ifndef AUTOGRAD_LITE_ELEMENTWISE_H
#define AUTOGRAD_LITE_ELEMENTWISE_H

#include "engine.h"
#include "memory.h"
#include "node.h"
#include "table.inc"
#include "value.h"

/* Elementwise -------------------------------------------------------------------------------------
 *
 * A short list of operations, done for many leaves at once, so that the compiler can vectorise.
 */

#define LANES 64

typedef void (*Lanes)(double *restrict, const double *, const double *);

#define LANES_1(name)                                                                             \
    static void name##_lanes(double *restrict out, const double *x, const double *y)              \
    {                                                                                             \
        (void)y;                                                                                  \
        for (int i = 0; i < LANES; i++) {                                                         \
            double p[1];                                                                          \
            out[i] = name##_forward(&x[i], p);                                                    \
        }                                                                                         \
    }
#define LANES_2(name)                                                                             \
    static void name##_lanes(double *restrict out, const double *x, const double *y)              \
    {                                                                                             \
        for (int i = 0; i < LANES; i++) {                                                         \
            double a[2] = {x[i], y[i]}, p[2];                                                     \
            out[i] = name##_forward(a, p);                                                        \
        }                                                                                         \
    }
#define LANES_3(name)
#define LANES_OF(name, arity) LANES_##arity(name)
FIXED_ROWS(LANES_OF)

#define LANES_ENTRY_1(name) [OP_##name] = name##_lanes,
#define LANES_ENTRY_2(name) [OP_##name] = name##_lanes,
#define LANES_ENTRY_3(name)
#define LANES_ENTRY(name, arity) LANES_ENTRY_##arity(name)
static const Lanes lanes_of[OPCODES] = {FIXED_ROWS(LANES_ENTRY)};

enum { LITERALS, OPERATIONS, OUTPUTS, CONSTANTS, STATES, MOST_STATES = 8 };

/* Do it for leaves[first] and those after it; `places` are rows of LANES numbers. */
static void
elementwise_chunk(double *places, const Py_buffer *views, Py_ssize_t states, PyObject **leaves,
                  Py_ssize_t first, Py_ssize_t count)
{
    const int *operations = views[OPERATIONS].buf, *outputs = views[OUTPUTS].buf;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    Py_ssize_t constants = views[CONSTANTS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t literals = views[LITERALS].len / (Py_ssize_t)sizeof(double);
    double *result = places + (2 + states + constants + literals) * LANES;
    for (Py_ssize_t i = 0; i < count; i++) {
        places[i] = ((Value *)leaves[first + i])->data;
        places[LANES + i] = ((Value *)leaves[first + i])->grad;
    }
    for (Py_ssize_t k = 0; k < states; k++)
        memcpy(places + (2 + k) * LANES, (double *)views[STATES + k].buf + first,
               (size_t)count * sizeof(double));
    for (Py_ssize_t k = 0; k < total; k++, operations += 3, result += LANES)
        lanes_of[operations[0]](result, places + (Py_ssize_t)operations[1] * LANES,
                                places + (Py_ssize_t)operations[2] * LANES);
    for (Py_ssize_t i = 0; i < count; i++)
        ((Value *)leaves[first + i])->data = places[(Py_ssize_t)outputs[0] * LANES + i];
    for (Py_ssize_t k = 0; k < states; k++)
        memcpy((double *)views[STATES + k].buf + first, places + (Py_ssize_t)outputs[1 + k] * LANES,
               (size_t)count * sizeof(double));
}

/* Whether the program stays within its places. */
static int
elementwise_is_sound(const Py_buffer *views, Py_ssize_t inputs, Py_ssize_t states)
{
    const int *operations = views[OPERATIONS].buf, *outputs = views[OUTPUTS].buf;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    if (views[OUTPUTS].len != (1 + states) * (Py_ssize_t)sizeof(int))
        return 0;
    for (Py_ssize_t k = 0; k < total; k++, operations += 3)
        if (operations[0] < 0 || operations[0] >= OPCODES || !lanes_of[operations[0]] ||
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
    double *places = NULL;
    if (!PyArg_ParseTuple(args, "O!O!O!O:elementwise", &PyTuple_Type, &program, &PyList_Type,
                          &leaves, &PyTuple_Type, &states, &constants))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(leaves), kept = PyTuple_GET_SIZE(states);
    if (PyTuple_GET_SIZE(program) != 3 || kept > MOST_STATES)
        Py_RETURN_NOTIMPLEMENTED;
    for (; got < STATES + kept; got++) {
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
    Py_ssize_t same = views[CONSTANTS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t inputs = 2 + kept + same + literals;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    if (!elementwise_is_sound(views, inputs, kept)) {
        PyErr_SetString(PyExc_ValueError, "the elementwise program is damaged");
        goto end;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (((Value *)PyList_GET_ITEM(leaves, i))->arity != 0) {
            set_data(PyList_GET_ITEM(leaves, i), Py_None, NULL); /* only for its error */
            goto end;
        }
    places = checked_malloc((size_t)(inputs + total) * LANES * sizeof(double));
    if (!places) {
        PyErr_NoMemory();
        goto end;
    }
    memset(places, 0, (size_t)inputs * LANES * sizeof(double));
    for (Py_ssize_t k = 0; k < same + literals; k++) {
        const double *numbers = views[k < same ? CONSTANTS : LITERALS].buf;
        double number = numbers[k < same ? k : k - same];
        for (int i = 0; i < LANES; i++)
            places[(2 + kept + k) * LANES + i] = number;
    }
    writes++;
    for (Py_ssize_t first = 0; first < count; first += LANES)
        elementwise_chunk(places, views, kept, PySequence_Fast_ITEMS(leaves), first,
                          count - first < LANES ? count - first : LANES);
    done = Py_NewRef(Py_None);
end:
    free(places);
    while (got > 0)
        PyBuffer_Release(&views[--got]);
    return done;
}

/* zero_grad(leaves): see elementwise.zero_grad. */
static PyObject *
module_zero_grad(PyObject *Py_UNUSED(module), PyObject *leaves)
{
    if (!PyList_CheckExact(leaves))
        Py_RETURN_NOTIMPLEMENTED;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(leaves); i++) {
        if (!is_value(PyList_GET_ITEM(leaves, i)))
            Py_RETURN_NOTIMPLEMENTED;
        ((Value *)PyList_GET_ITEM(leaves, i))->grad = 0.0;
    }
    Py_RETURN_NONE;
}

#endif
