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

#include "leaves.h"
#include "program_answers.h"

enum { /* what a branch holds, see Call */
    BRANCH_TAPE, BRANCH_LEAVES, BRANCH_RESULT, BRANCH_IS_ONE, BRANCH_KEPT, BRANCH_NODE
};

/* The doubles of one call on one branch. For tangents `gradient` holds the rates of the inputs, and
 * `seeds` is where those of the results go. */
typedef struct {
    double *memory, few[FEW_NUMBERS];
    double *uniform, *gradient, *totals, *seeds, *results;
} Room;

static int
make_room(Room *room, Py_ssize_t inputs, Py_ssize_t outputs, Py_ssize_t samples)
{
    size_t wanted = (size_t)(2 * inputs + (2 + samples) * outputs + 1);
    room->memory = NULL;
    room->uniform = room->few;
    if (wanted > FEW_NUMBERS) {
        room->uniform = room->memory = checked_malloc(wanted * sizeof(double));
        if (!room->memory)
            return 0;
    }
    room->gradient = room->uniform + inputs;
    room->totals = room->gradient + inputs;
    room->seeds = room->totals + outputs;
    room->results = room->seeds + outputs;
    memset(room->gradient, 0, (size_t)(inputs + outputs) * sizeof(double));
    return 1;
}

/* Replay all samples: -1 with an error, 0 if a guard does not hold, else 1. */
static int
replay_all(PyObject *tape, const Call *call, Reading *r, Room *room, int wanted)
{
    Job job = {
        .samples = r->samples,
        .batches = r->batches,
        .batch = r->batch,
        .uniform = room->uniform,
        .results = room->results,
        .totals = room->totals,
        .uniform_gradient = room->gradient,
        .broken_guard = -1,
        .threads = call->threads,
    };
    if (wanted == WANT_RATES) { /* of one sample */
        job.uniform_rates = room->gradient;
        job.rates = room->seeds;
    } else if (wanted != WANT_VALUE) {
        job.seeds = room->seeds;
    }
    if (replay_job(tape, &job) < 0)
        return -1;
    return job.broken_guard < 0;
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
        if (PyMemoryView_Check(column->source))
            return 0; /* whose gradient is in lists */
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
        Py_DECREF(column->source);
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

/* The result as a node: the primitive of the branch on its leaves and the arguments. NULL with an
 * error, or without one if a leaf is gone by now, for other threads may have run. */
static PyObject *
node_on_arguments(const Reading *r, PyObject *branch, double value, const double *given,
                  const double *gradient)
{
    PyObject *references = PyTuple_GET_ITEM(branch, BRANCH_LEAVES);
    const Py_ssize_t leaves = PyList_GET_SIZE(references), numbers = r->call->numbers;
    Py_ssize_t values = leaves;
    for (Py_ssize_t i = 0; i < numbers; i++)
        values += r->values[i] != NULL;
    if (values == 0)
        return (PyObject *)new_node(value, LEAF, 0);
    Operands *operands = new_operands(leaves + numbers);
    if (!operands)
        return NULL;
    Value **nodes = nodes_in(operands);
    int lost = 0;
    for (Py_ssize_t i = 0; i < leaves; i++) {
        nodes[i] = value_behind(PyList_GET_ITEM(references, i));
        operands->numbers[i] = gradient[i];
        lost |= !nodes[i];
    }
    for (Py_ssize_t i = 0; i < numbers; i++) {
        nodes[leaves + i] = r->values[i];
        operands->numbers[leaves + i] = r->values[i] ? gradient[leaves + i] : given[i];
    }
    operands->op = PyTuple_GET_ITEM(branch, BRANCH_NODE);
    Value *node = lost ? NULL : node_on(value, CUSTOM, operands, operands->numbers);
    if (!node)
        free_operands(operands);
    return (PyObject *)node;
}

/* The branch that was replayed goes first, here and where the program keeps it; 0 with an error. */
static int
goes_first(const Call *call, PyObject *branch)
{
    if (PyList_GET_SIZE(call->branches) > 0 && PyList_GET_ITEM(call->branches, 0) == branch)
        return 1;
    PyObject *told = PyObject_CallOneArg(call->use, PyTuple_GET_ITEM(branch, BRANCH_KEPT));
    if (!told)
        return 0;
    Py_DECREF(told);
    /* From here on no Python code runs. */
    PyObject **branches = ((PyListObject *)call->branches)->ob_item;
    Py_ssize_t at = 0, count = PyList_GET_SIZE(call->branches);
    while (at < count && branches[at] != branch)
        at++;
    if (at < count) {
        memmove(branches + 1, branches, (size_t)at * sizeof *branches);
        branches[0] = branch;
    }
    return 1;
}

/* One branch: 1 with the answer, or an error; 0 if its guards do not hold, or it is for the Python
 * code. */
static int
call_branch(Call *call, PyObject *branch, Reading *r, const double *given, const double *rates,
            int wanted, PyObject **answer)
{
    PyObject *tape = PyTuple_GET_ITEM(branch, BRANCH_TAPE);
    PyObject *references = PyTuple_GET_ITEM(branch, BRANCH_LEAVES);
    Py_ssize_t leaves = PyList_GET_SIZE(references), inputs = leaves + call->numbers;
    Py_ssize_t outputs = tape_outputs(tape);
    const int reverse = wanted != WANT_VALUE && wanted != WANT_RATES;
    if ((reverse && PyTuple_GET_ITEM(branch, BRANCH_IS_ONE) != Py_True) ||
        PyTuple_GET_ITEM(branch, BRANCH_RESULT) == Py_None ||
        (wanted == WANT_NODE && PyTuple_GET_ITEM(branch, BRANCH_NODE) == Py_None) ||
        !tape_takes(tape, inputs, r->batch, r->batches))
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
    if (rates) /* leaves do not move */
        memcpy(room.gradient + leaves, rates, (size_t)call->numbers * sizeof(double));
    int done = fits ? replay_all(tape, call, r, &room, wanted) : 0;
    if (done == 1 && wanted == WANT_NODE) {
        *answer = node_on_arguments(r, branch, room.results[0], given, room.gradient);
    } else if (done == 1) {
        PyObject *value = NULL, *slopes = NULL;
        const double *results = rates ? room.seeds : room.results;
        if (wanted != WANT_GRAD)
            value = results_like(call, r, PyTuple_GET_ITEM(branch, BRANCH_RESULT), results,
                                 room.totals, outputs);
        if (wanted == WANT_GRAD || (wanted == WANT_BOTH && value))
            slopes = derivatives(call, r, room.gradient + leaves);
        if (wanted == WANT_BOTH) {
            *answer = value && slopes ? PyTuple_Pack(2, value, slopes) : NULL;
            Py_XDECREF(value);
            Py_XDECREF(slopes);
        } else {
            *answer = wanted == WANT_GRAD ? slopes : value;
        }
    }
    if (*answer && !goes_first(call, branch))
        Py_CLEAR(*answer);
    if (*answer && wanted == WANT_BACKWARD) /* when nothing can go wrong any more */
        add_to_leaves(r, references, room.gradient);
    free(room.memory);
    return done != 0;
}

/* The first branch that takes what was read: the answer; NULL with an error, or without one if
 * the call is for the Python code. */
static PyObject *
call_branches(Call *call, Reading *r, const double *given, const double *rates, int wanted)
{
    PyObject *answer = NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(call->branches); i++) {
        PyObject *branch = Py_NewRef(PyList_GET_ITEM(call->branches, i));
        int done = call_branch(call, branch, r, given, rates, wanted, &answer);
        Py_DECREF(branch);
        if (done || PyErr_Occurred())
            break;
    }
    return answer;
}

/* Where the numbers of all arguments go, with room for `times` as many: `few`, or new memory. */
static double *
numbers_for(const Call *call, int times, double *few)
{
    size_t wanted = (size_t)(times * call->numbers);
    return wanted <= FEW_NUMBERS ? few : checked_malloc(wanted * sizeof(double));
}

/* The answer of a call; NULL likewise. */
static PyObject *
quick_call(Call *call, PyObject *const *args, Py_ssize_t nargs, PyObject *names, int wanted)
{
    Reading r = {.call = call, .samples = call->reduction == SINGLE ? 1 : -1};
    double few[FEW_NUMBERS], *given = numbers_for(call, 1, few);
    PyObject *answer = NULL;
    if (!given)
        return NULL;
    if (wanted == WANT_BACKWARD || wanted == WANT_NODE) {
        size_t size = (size_t)(call->numbers + 1) * sizeof(Value *);
        if (!(r.values = checked_malloc(size)))
            goto end;
        memset(r.values, 0, size);
    }
    r.next = given;
    r.end = given + call->numbers;
    if (read_arguments(&r, args, nargs, names) && r.samples > 0 &&
        !(wanted == WANT_BACKWARD && r.interior) &&
        ((wanted != WANT_BOTH && wanted != WANT_GRAD) || make_gradients(call, &r)))
        answer = call_branches(call, &r, given, NULL, wanted);
    end_reading(&r);
end:
    if (given != few)
        free(given);
    return answer;
}

/* Arguments or tangents that came as a tuple, or as the only one by itself. */
static int
read_together(Reading *r, PyObject *x)
{
    return PyTuple_CheckExact(x)
               ? read_arguments(r, ((PyTupleObject *)x)->ob_item, PyTuple_GET_SIZE(x), NULL)
               : read_arguments(r, &x, 1, NULL);
}

/* The rates of the results when the arguments, which are no samples, change at the rates
 * `tangents`: the answer, or NULL likewise. */
static PyObject *
quick_jvp(Call *call, PyObject *args, PyObject *tangents)
{
    Reading r = {.call = call, .samples = 1};
    if (call->reduction != SINGLE || call->places != Py_None ||
        PyTuple_CheckExact(args) != PyTuple_CheckExact(tangents))
        return NULL; /* with argnums tangents are of some arguments, in another order */
    double few[FEW_NUMBERS], *given = numbers_for(call, 2, few);
    PyObject *answer = NULL;
    if (!given)
        return NULL;
    double *rates = given + call->numbers;
    r.next = given;
    r.end = rates;
    int fits = read_together(&r, args);
    r.end = rates + call->numbers;
    if (fits && read_together(&r, tangents))
        answer = call_branches(call, &r, given, rates, WANT_RATES);
    if (given != few)
        free(given);
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

#endif
