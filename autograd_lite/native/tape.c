/* The tape: replay of compiled functions.
 *
 * A tape is checked once, when it is made; a replay then touches nothing but its own workspace and
 * the buffers it was given, runs no Python code, and lets other threads run meanwhile. It knows
 * numbers only: Values are read, and get their gradients, in leaves.h.
 *
 * tape_object.h is what a tape is, tape_reading.h makes one of arrays, replay.h runs it, job.h
 * shares that among threads, loop.h runs it again and again. This file is the Python type and its
 * calls.
 */
#include "engine.h"

#include "buffers.h"
#include "dependencies.h"
#include "directions.h"
#include "few_directions.h"
#include "job.h"
#include "loop.h"
#include "memory.h"
#include "tape.h"
#include "tape_reading.h"

static void
tape_dealloc(PyObject *self)
{
    TapeObject *tape = (TapeObject *)self;
    PyTypeObject *type = Py_TYPE(self);
    free(tape->code);
    free(tape->starts);
    free(tape->copied);
    free(tape->spread_slots);
    free(tape->cleared_rows);
    free(tape->slot_lists);
    free(tape->constants);
    free(tape->flat);
    while (tape->spare) {
        Workspace *w = tape->spare;
        tape->spare = w->next;
        free_workspace(w);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
tape_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(named))
{
    PyObject *sources[TAPE_BUFFERS];
    Py_buffer views[TAPE_BUFFERS];
    int uniform, varying, reorder, got = 0, filled = -1;
    if (!PyArg_ParseTuple(args, "iiOOOOOOOOp:Tape", &uniform, &varying, &sources[0], &sources[1],
                          &sources[2], &sources[3], &sources[4], &sources[5], &sources[6],
                          &sources[7], &reorder))
        return NULL;
    if (uniform < 0 || varying < 0 || uniform > INT32_MAX / 2 || varying > INT32_MAX / 2) {
        damaged("it has no sensible number of slots");
        return NULL;
    }
    TapeObject *tape = (TapeObject *)type->tp_alloc(type, 0);
    if (!tape)
        return NULL;
    tape->uniform = uniform;
    tape->varying = varying;
    for (; got < TAPE_BUFFERS; got++)
        if (get_buffer(sources[got], &views[got], got == CONSTANT_NUMBERS ? "d" : "i", 0) < 0)
            break;
    if (got == TAPE_BUFFERS)
        filled = fill_tape(tape, views, reorder);
    while (got > 0)
        PyBuffer_Release(&views[--got]);
    if (filled < 0) {
        Py_DECREF(tape);
        return NULL;
    }
    return (PyObject *)tape;
}

int
replay_job(PyObject *tape, Job *job)
{
    return run_job((TapeObject *)tape, job);
}

Py_ssize_t
tape_outputs(PyObject *tape)
{
    return ((TapeObject *)tape)->outputs;
}

int
tape_takes(PyObject *self, Py_ssize_t uniform, const Batch *batch, Py_ssize_t batches)
{
    const TapeObject *tape = (TapeObject *)self;
    Py_ssize_t varying = 0;
    for (Py_ssize_t c = 0; c < batches; c++)
        varying += batch[c].width;
    return tape->uniform_inputs == uniform && tape->varying_inputs == varying;
}

static int
read_batch(PyObject *batch, PyObject **numbers, Py_ssize_t *width)
{
    if (!PyTuple_Check(batch)) {
        PyErr_SetString(PyExc_TypeError, "a batch is a tuple (doubles, width)");
        return -1;
    }
    return PyArg_ParseTuple(batch, "On;a batch is (doubles, width)", numbers, width) ? 0 : -1;
}

/* replay(samples, uniform, batches, seeds, uniform_rates, batch_rates, results, totals,
 * uniform_gradient, batch_gradients, rates, threads=1): see compiler/replay.py. Batches are tuples
 * of (doubles, width). */
static PyObject *
tape_replay(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self;
    PyObject *uniform, *batches, *seeds, *uniform_rates, *batch_rates, *results, *totals;
    PyObject *uniform_gradient, *batch_gradients, *rates, *answer = NULL;
    Job job = {.broken_guard = -1, .threads = 1};
    Views views = {NULL, 0};
    if (!PyArg_ParseTuple(args, "nOO!OOO!OOOO!O|i:replay", &job.samples, &uniform, &PyTuple_Type,
                          &batches, &seeds, &uniform_rates, &PyTuple_Type, &batch_rates, &results,
                          &totals, &uniform_gradient, &PyTuple_Type, &batch_gradients, &rates,
                          &job.threads))
        return NULL;
    job.batches = PyTuple_GET_SIZE(batches);
    Py_ssize_t most = PTRDIFF_MAX / 64 / ((Py_ssize_t)tape->varying_inputs + tape->outputs + 1);
    if (job.samples < 1 || job.samples > most) {
        PyErr_SetString(PyExc_ValueError, "there is no sensible number of samples");
        return NULL;
    }
    views.views = checked_malloc((size_t)(7 + 3 * job.batches) * sizeof(Py_buffer));
    job.batch = checked_malloc((size_t)(job.batches + 1) * sizeof(Batch));
    if (!views.views || !job.batch) {
        PyErr_NoMemory();
        goto end;
    }
    int reverse = seeds != Py_None, forward = uniform_rates != Py_None;
    int by_sample = PyTuple_GET_SIZE(batch_gradients) > 0;
    if ((reverse && by_sample && PyTuple_GET_SIZE(batch_gradients) != job.batches) ||
        (forward && PyTuple_GET_SIZE(batch_rates) != job.batches)) {
        PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree");
        goto end;
    }
    Py_ssize_t wanted = job.samples * tape->outputs, varying_inputs = 0;
    if (!(job.uniform = doubles_of(&views, uniform, tape->uniform_inputs, 0)) ||
        !(job.results = doubles_of(&views, results, wanted, 1)) ||
        !(job.totals = doubles_of(&views, totals, tape->outputs, 1)))
        goto end;
    Py_ssize_t inputs = tape->uniform_inputs;
    if (reverse && (!(job.seeds = doubles_of(&views, seeds, tape->outputs, 0)) ||
                    !(job.uniform_gradient = doubles_of(&views, uniform_gradient, inputs, 1))))
        goto end;
    if (forward && (!(job.uniform_rates = doubles_of(&views, uniform_rates, inputs, 0)) ||
                    !(job.rates = doubles_of(&views, rates, wanted, 1))))
        goto end;
    for (Py_ssize_t c = 0; c < job.batches; c++) {
        Batch *batch = &job.batch[c];
        PyObject *numbers, *moving;
        Py_ssize_t width;
        if (read_batch(PyTuple_GET_ITEM(batches, c), &numbers, &width) < 0)
            goto end;
        if (width < 0 || width > tape->varying_inputs - varying_inputs) {
            PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree with the tape");
            goto end;
        }
        varying_inputs += width;
        batch->width = width;
        batch->gradient = NULL;
        batch->rates = NULL;
        if (!(batch->numbers = doubles_of(&views, numbers, job.samples * width, 0)))
            goto end;
        if (reverse && by_sample &&
            !(batch->gradient = doubles_of(&views, PyTuple_GET_ITEM(batch_gradients, c),
                                           job.samples * width, 1)))
            goto end;
        if (forward) {
            if (read_batch(PyTuple_GET_ITEM(batch_rates, c), &moving, &width) < 0)
                goto end;
            if (width != batch->width) {
                PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree");
                goto end;
            }
            if (!(batch->rates = doubles_of(&views, moving, job.samples * batch->width, 0)))
                goto end;
        }
    }
    if (varying_inputs != tape->varying_inputs) {
        PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree with the tape");
        goto end;
    }
    if (replay_job(self, &job) < 0)
        goto end;
    answer = job.broken_guard < 0 ? Py_NewRef(Py_None)
                                  : Py_BuildValue("(nn)", job.broken_guard, job.broken_sample);
end:
    release_views(&views);
    free(views.views);
    free(job.batch);
    return answer;
}

/* directions(count, forward, uniform, given, answers): see replay_directions in
 * compiler/interpreter.py. */
static PyObject *
tape_directions(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self;
    PyObject *uniform, *given, *answers, *answer = NULL;
    Py_ssize_t count;
    int forward;
    if (!PyArg_ParseTuple(args, "npOOO:directions", &count, &forward, &uniform, &given, &answers))
        return NULL;
    Py_ssize_t inputs = tape->uniform_inputs, outputs = tape->outputs;
    if (tape->varying || count < 0 || count > PTRDIFF_MAX / 64 / (inputs + outputs + 1)) {
        PyErr_SetString(PyExc_ValueError,
                        "directions are for a tape without a batch, some of them");
        return NULL;
    }
    Py_buffer room[3];
    Views views = {room, 0};
    Workspace *w = NULL;
    Py_ssize_t most = count < MOST_DIRECTIONS ? count + SOME_LANES : MOST_DIRECTIONS;
    const double *numbers, *moving;
    double *to;
    if (!(numbers = doubles_of(&views, uniform, inputs, 0)) ||
        !(moving = doubles_of(&views, given, count * (forward ? inputs : outputs), 0)) ||
        !(to = doubles_of(&views, answers, count * (forward ? outputs : inputs), 1)) ||
        !(w = take_workspace(tape)))
        goto end;
    Py_ssize_t broken = UNDEFINED;
    if (forward && are_few(tape, count)) {
        if (!plan_of_tape(tape, w, (int)count))
            goto end;
        Py_BEGIN_ALLOW_THREADS
        broken = few_directions(tape, w, numbers, (int)count, moving, to);
        Py_END_ALLOW_THREADS
    }
    if (broken == UNDEFINED) {
        if (!make_lanes(w, (size_t)tape->uniform * (size_t)most))
            goto end;
        Py_BEGIN_ALLOW_THREADS
        broken = replay_directions(tape, w, numbers, forward, count, moving, to);
        Py_END_ALLOW_THREADS
    }
    answer = PyLong_FromSsize_t(broken);
end:
    if (w)
        keep_workspace(tape, w);
    release_views(&views);
    return answer;
}

/* directions_at(count, forward, uniform, put, take, answers) -> the guard that does not hold, or
 * -1: see replay_places. */
static PyObject *
tape_directions_at(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self;
    PyObject *uniform, *put, *take, *answers, *answer = NULL;
    Py_ssize_t count, broken = UNDEFINED;
    int forward;
    if (!PyArg_ParseTuple(args, "npOOOO:directions_at", &count, &forward, &uniform, &put, &take,
                          &answers))
        return NULL;
    if (tape->varying || count < 1 || count > MOST_DIRECTIONS ||
        tape->uniform > INT32_MAX / count) {
        PyErr_SetString(PyExc_ValueError,
                        "directions are for a tape without a batch, some of them");
        return NULL;
    }
    Py_buffer room[4];
    Views views = {room, 0};
    Workspace *w = NULL;
    const double *numbers;
    double *to;
    if (get_buffer(put, &room[0], "i", 0) < 0)
        return NULL;
    views.count++;
    if (get_buffer(take, &room[1], "i", 0) < 0)
        goto end;
    views.count++;
    const Py_ssize_t puts = room[0].len / (Py_ssize_t)sizeof(int);
    const Py_ssize_t takes = room[1].len / (Py_ssize_t)sizeof(int);
    if (!(numbers = doubles_of(&views, uniform, tape->uniform_inputs, 0)) ||
        !(to = doubles_of(&views, answers, takes, 1)) || !(w = take_workspace(tape)))
        goto end;
    if (!are_places(tape, count, room[0].buf, puts) ||
        !are_places(tape, count, room[1].buf, takes)) {
        PyErr_SetString(PyExc_ValueError, "a place of a direction is none of the tape");
        goto end;
    }
    if (forward && are_few(tape, count)) {
        if (!plan_of_tape(tape, w, (int)count))
            goto end;
        Py_BEGIN_ALLOW_THREADS
        broken = few_places(tape, w, numbers, (int)count, room[0].buf, puts, room[1].buf, takes,
                            to);
        Py_END_ALLOW_THREADS
    }
    if (broken == UNDEFINED) {
        if (!make_lanes(w, (size_t)tape->uniform * (size_t)whole_lanes(count)))
            goto end;
        Py_BEGIN_ALLOW_THREADS
        broken = replay_places(tape, w, numbers, forward, count, room[0].buf, puts, room[1].buf,
                               takes, to);
        Py_END_ALLOW_THREADS
    }
    answer = PyLong_FromSsize_t(broken);
end:
    if (w)
        keep_workspace(tape, w);
    release_views(&views);
    return answer;
}

/* dependencies(inputs, passive) -> (counts, members): see dependencies_of_outputs. */
static PyObject *
tape_dependencies(PyObject *self, PyObject *args)
{
    const TapeObject *tape = (TapeObject *)self;
    PyObject *inputs, *answer = NULL;
    const char *passive;
    Py_ssize_t opcodes;
    Py_buffer view;
    Dependencies d;
    if (!PyArg_ParseTuple(args, "Oy#:dependencies", &inputs, &passive, &opcodes) ||
        get_buffer(inputs, &view, "i", 0) < 0)
        return NULL;
    memset(&d, 0, sizeof(d));
    if (tape->varying || opcodes != TAPE_OPCODES)
        PyErr_SetString(PyExc_ValueError, "dependencies are for a tape without a batch");
    else if (begin_dependencies(&d, tape, view.buf, view.len / (Py_ssize_t)sizeof(int)) == 0)
        answer = dependencies_of_outputs(&d, tape, (const unsigned char *)passive);
    free_dependencies(&d);
    PyBuffer_Release(&view);
    return answer;
}

static PyMethodDef tape_methods[] = {
    {"dependencies", tape_dependencies, METH_VARARGS, NULL},
    {"replay", tape_replay, METH_VARARGS, NULL},
    {"directions", tape_directions, METH_VARARGS, NULL},
    {"directions_at", tape_directions_at, METH_VARARGS, NULL},
    {"loop", tape_loop, METH_VARARGS, NULL},
    {"loop_forward", tape_loop_forward, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tape_slots[] = {
    {Py_tp_new, tape_new},
    {Py_tp_dealloc, tape_dealloc},
    {Py_tp_methods, tape_methods},
    {0, NULL},
};

static PyType_Spec tape_spec = {
    .name = "autograd_lite.native.engine.Tape",
    .basicsize = sizeof(TapeObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = tape_slots,
};

PyObject *
new_tape_type(void)
{
    choose_kernels();
    return PyType_FromSpec(&tape_spec);
}

PyObject *
module_use_kernels(PyObject *Py_UNUSED(module), PyObject *number)
{
    long set = PyLong_AsLong(number);
    if (set == -1 && PyErr_Occurred())
        return NULL;
    int before = kernel_set;
    if (set >= 0 && set <= best_set)
        kernel_set = (int)set;
    return PyLong_FromLong(before);
}
