/* A loop whose step is a tape: the same steps as in compiler/loop_operations.py, without Python in
 * between.
 *
 * The inputs of the tape are the state, the x of a step and what is captured; its outputs are the
 * next state and the y. All of them are uniform slots, and a step has the bits of a single sample;
 * flat.h replays it. */
#ifndef AUTOGRAD_LITE_LOOP_H
#define AUTOGRAD_LITE_LOOP_H

#include "engine.h"
#include "buffers.h"
#include "flat.h"
#include "job.h"
#include "replay.h"

enum { OPERATIONS_BETWEEN_SIGNALS = 1 << 24, FIRST_STATES = 64 };

typedef struct {
    TapeObject *tape;
    Part part;
    Py_ssize_t n, every, carried, entries, captured, ys;
    int backwards;
    /* Sequences: of n doubles each, or NULL for none. */
    double **xs, **y, **x_out, **before;
    double *kept, *state, *constants, *constants_out;
} Loop;

static inline Py_ssize_t
place_of_step(const Loop *loop, Py_ssize_t t)
{
    return loop->backwards ? loop->n - 1 - t : t;
}

static inline void
put(const TapeObject *tape, double *slots, Py_ssize_t first, const double *from, Py_ssize_t count)
{
    for (Py_ssize_t j = 0; j < count; j++)
        slots[tape->uniform_input_slots[first + j]] = from[j];
}

static inline void
get(const TapeObject *tape, const double *slots, Py_ssize_t first, double *to, Py_ssize_t count)
{
    for (Py_ssize_t j = 0; j < count; j++)
        to[j] = slots[tape->output_slots[first + j]];
}

/* Replay the tape on a state and the x at a place. */
static inline void
step_forward(const Loop *loop, const double *state, Py_ssize_t place)
{
    const TapeObject *tape = loop->tape;
    double *values = loop->part.w->values.uniform;
    put(tape, values, 0, state, loop->carried);
    for (Py_ssize_t j = 0; j < loop->entries; j++)
        values[tape->uniform_input_slots[loop->carried + j]] = loop->xs[j][place];
    flat_forward(&loop->part);
}

static void
begin_loop(const Loop *loop)
{
    put(loop->tape, loop->part.w->values.uniform, loop->carried + loop->entries, loop->constants,
        loop->captured);
}

/* Steps from `first` on, and before `last`. */
static void
loop_forward(const Loop *loop, Py_ssize_t first, Py_ssize_t last)
{
    const TapeObject *tape = loop->tape;
    const double *values = loop->part.w->values.uniform;
    double *kept = loop->kept + (first + loop->every - 1) / loop->every * loop->carried;
    Py_ssize_t next = (first + loop->every - 1) / loop->every * loop->every; /* that is kept */
    for (Py_ssize_t t = first; t < last; t++) {
        const Py_ssize_t place = place_of_step(loop, t);
        if (t == next) {
            for (Py_ssize_t j = 0; j < loop->carried; j++)
                *kept++ = loop->state[j];
            next += loop->every;
        }
        step_forward(loop, loop->state, place);
        get(tape, values, 0, loop->state, loop->carried);
        for (Py_ssize_t j = 0; j < loop->ys; j++)
            loop->y[j][place] = values[tape->output_slots[loop->carried + j]];
    }
}

/* The same with rates: the state, the xs, the ys and what is kept of `loop` are rates; the numbers
 * of the state and of the xs are `state` and `xs`. */
static void
loop_tangents(const Loop *loop, double *state, const double *const *xs, Py_ssize_t first,
              Py_ssize_t last)
{
    const TapeObject *tape = loop->tape;
    Workspace *w = loop->part.w;
    const size_t size = (size_t)loop->carried * sizeof(double);
    Loop values = *loop;
    values.xs = (double **)xs;
    for (Py_ssize_t t = first; t < last; t++) {
        const Py_ssize_t place = place_of_step(loop, t);
        if (size)
            memcpy(loop->kept + t * loop->carried, loop->state, size);
        step_forward(&values, state, place);
        put(tape, w->rates.uniform, 0, loop->state, loop->carried);
        for (Py_ssize_t j = 0; j < loop->entries; j++)
            w->rates.uniform[tape->uniform_input_slots[loop->carried + j]] =
                loop->xs[j] ? loop->xs[j][place] : 0.0;
        put(tape, w->rates.uniform, loop->carried + loop->entries, loop->constants_out,
            loop->captured);
        tangents(&loop->part, 0, tape->uniform_count);
        get(tape, w->values.uniform, 0, state, loop->carried);
        get(tape, w->rates.uniform, 0, loop->state, loop->carried);
        for (Py_ssize_t j = 0; j < loop->ys; j++)
            loop->y[j][place] = w->rates.uniform[tape->output_slots[loop->carried + j]];
    }
}

static void
seed_step(const Loop *loop, Py_ssize_t place)
{
    const TapeObject *tape = loop->tape;
    double *gradients = loop->part.w->gradients.uniform;
    memset(gradients, 0, (size_t)(tape->uniform + tape->copies) * sizeof(double));
    for (Py_ssize_t j = 0; j < loop->carried; j++)
        gradients[tape->output_slots[j]] += loop->state[j];
    for (Py_ssize_t j = 0; j < loop->ys; j++)
        if (loop->y[j])
            gradients[tape->output_slots[loop->carried + j]] += loop->y[j][place];
}

/* The gradient of one step, whose values are in the workspace. `state` is the gradient with respect
 * to the state after it, and then before it.
 *
 * flat_reverse does not look at masks: where 0 is multiplied with an infinite partial it gives a
 * nan. Only if there is one is the step done again with masks, which takes longer. */
static void
step_reverse(const Loop *loop, Py_ssize_t place)
{
    const TapeObject *tape = loop->tape;
    const int *slots = tape->uniform_input_slots, *rest = slots + loop->carried + loop->entries;
    double *gradients = loop->part.w->gradients.uniform;
    seed_step(loop, place);
    flat_reverse(&loop->part);
    for (int i = 0; i < tape->uniform_inputs; i++)
        if (gradients[slots[i]] != gradients[slots[i]]) {
            seed_step(loop, place);
            uniform_reverse(&loop->part);
            break;
        }
    for (Py_ssize_t j = 0; j < loop->carried; j++) {
        loop->state[j] = gradients[slots[j]];
        if (loop->before[j])
            loop->state[j] += loop->before[j][place];
    }
    for (Py_ssize_t j = 0; j < loop->entries; j++)
        if (loop->x_out[j])
            loop->x_out[j][place] = gradients[slots[loop->carried + j]] + 0.0;
    for (Py_ssize_t j = 0; j < loop->captured; j++)
        loop->constants_out[j] += gradients[rest[j]];
}

/* Groups of `every` steps, from the one that ends before step `last` down to step `first`; `states`
 * has room for the states of one group. */
static void
loop_reverse(const Loop *loop, double *states, Py_ssize_t first, Py_ssize_t last)
{
    const TapeObject *tape = loop->tape;
    const Py_ssize_t carried = loop->carried;
    if (loop->every == 1) { /* without the divisions below, which take as long as a small step */
        for (Py_ssize_t t = last; t-- > first;) {
            step_forward(loop, loop->kept + t * carried, place_of_step(loop, t));
            step_reverse(loop, place_of_step(loop, t));
        }
        return;
    }
    for (Py_ssize_t end = last, begin; end > first; end = begin) {
        begin = (end - 1) / loop->every * loop->every;
        const double *now = loop->kept + begin / loop->every * carried;
        for (Py_ssize_t t = begin; t + 1 < end; t++) { /* the states that were not kept */
            double *next = states + (t + 1 - begin) * carried;
            step_forward(loop, now, place_of_step(loop, t));
            get(tape, loop->part.w->values.uniform, 0, next, carried);
            now = next;
        }
        for (Py_ssize_t t = end; t-- > begin;) {
            const double *state = t > begin ? states + (t - begin) * carried
                                            : loop->kept + begin / loop->every * carried;
            step_forward(loop, state, place_of_step(loop, t));
            step_reverse(loop, place_of_step(loop, t));
        }
    }
}

/* From Python ---------------------------------------------------------------------------------- */

/* Sequences of n doubles, NULL in the place of None; NULL with an error. */
static double **
sequences_of(Views *views, PyObject *sources, Py_ssize_t n, int writable, double ***next)
{
    double **found = *next;
    for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(sources); j++) {
        PyObject *source = PyTuple_GET_ITEM(sources, j);
        found[j] = NULL;
        if (source != Py_None && !(found[j] = doubles_of(views, source, n, writable)))
            return NULL;
    }
    *next += PyTuple_GET_SIZE(sources);
    return found;
}

/* How many steps, in whole groups, until signals are looked at. */
static Py_ssize_t
steps_at_once(const Loop *loop)
{
    Py_ssize_t steps = OPERATIONS_BETWEEN_SIGNALS / (loop->tape->operations + 8);
    return (steps / loop->every + 1) * loop->every;
}

/* loop(kind, n, every, backwards, state, xs, captured, kept, ys, before, x_out, captured_out, more)
 *
 * kind 0, forward: `state` is the first state and becomes the last one; `kept` and `ys` are filled.
 * kind 1, reverse: `state` is the gradient of the last state and becomes that of the first one;
 *     `ys` and `before` are gradients, or None; `x_out` is filled, `captured_out` is added to.
 * kind 2, tangents: `state`, `x_out`, `captured_out` are rates, `more` is the first state, and
 *     becomes the last one; `kept` and `ys` are filled with rates. */
static PyObject *
tape_loop(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self;
    Loop loop = {.tape = tape};
    Views views = {NULL, 0};
    PyObject *state, *xs, *captured, *kept, *ys, *before, *x_out, *captured_out, *more;
    PyObject *answer = NULL;
    int kind;
    double **sequences = NULL, *states = NULL, *moving = NULL;
    Workspace *w = NULL;
    if (!PyArg_ParseTuple(args, "innpOO!OOO!O!O!OO:loop", &kind, &loop.n, &loop.every,
                          &loop.backwards, &state, &PyTuple_Type, &xs, &captured, &kept,
                          &PyTuple_Type, &ys, &PyTuple_Type, &before, &PyTuple_Type, &x_out,
                          &captured_out, &more))
        return NULL;
    loop.entries = PyTuple_GET_SIZE(xs);
    loop.ys = PyTuple_GET_SIZE(ys);
    loop.carried = tape->outputs - loop.ys;
    loop.captured = tape->uniform_inputs - loop.carried - loop.entries;
    const Py_ssize_t most = PTRDIFF_MAX / 64 / (tape->outputs + 1);
    int fits = kind >= 0 && kind <= 2 && loop.n >= 0 && loop.n < most && loop.every >= 1 &&
               loop.every < most && loop.carried >= 0 && loop.captured >= 0 && !tape->varying;
    fits = fits && (kind != 1 || PyTuple_GET_SIZE(before) == loop.carried) &&
           (kind == 0 || PyTuple_GET_SIZE(x_out) == loop.entries);
    if (!fits) {
        PyErr_SetString(PyExc_ValueError, "the parts of a loop do not agree with its tape");
        return NULL;
    }
    const size_t count = (size_t)(2 * loop.entries + loop.ys + loop.carried);
    views.views = checked_malloc((count + 5) * sizeof(Py_buffer));
    sequences = checked_malloc((count + 1) * sizeof(double *));
    if (!views.views || !sequences) {
        PyErr_NoMemory();
        goto end;
    }
    const Py_ssize_t every = kind == 2 ? 1 : loop.every;
    const Py_ssize_t groups = (loop.n + every - 1) / every;
    double **next = sequences;
    if (!(loop.state = doubles_of(&views, state, loop.carried, 1)) ||
        !(loop.constants = doubles_of(&views, captured, loop.captured, 0)) ||
        !(loop.kept = doubles_of(&views, kept, groups * loop.carried, kind != 1)) ||
        !(loop.xs = sequences_of(&views, xs, loop.n, 0, &next)) ||
        !(loop.y = sequences_of(&views, ys, loop.n, kind != 1, &next)))
        goto end;
    if (kind && (!(loop.x_out = sequences_of(&views, x_out, loop.n, kind == 1, &next)) ||
                 !(loop.constants_out =
                       doubles_of(&views, captured_out, loop.captured, kind == 1))))
        goto end;
    if (kind == 1 && !(loop.before = sequences_of(&views, before, loop.n, 0, &next)))
        goto end;
    if (kind == 2 && !(moving = doubles_of(&views, more, loop.carried, 1)))
        goto end;
    for (Py_ssize_t j = 0; j < loop.entries + (kind == 1 ? 0 : loop.ys); j++)
        if (!sequences[j]) {
            PyErr_SetString(PyExc_ValueError, "a sequence of a loop is None");
            goto end;
        }
    if (kind == 1 && loop.every > 1 && loop.n > 1) {
        const Py_ssize_t room = loop.every < loop.n ? loop.every : loop.n;
        states = checked_malloc((size_t)(room * loop.carried + 1) * sizeof(double));
        if (!states) {
            PyErr_NoMemory();
            goto end;
        }
    }
    if (!flat_rows(tape) || !(w = take_workspace(tape)))
        goto end;
    loop.part = uniform_part(tape, w);
    begin_loop(&loop);
    if (kind == 2)
        memset(w->rates.uniform, 0, (size_t)(tape->uniform + tape->copies) * sizeof(double));
    const double *const *numbers = (const double *const *)loop.xs;
    if (kind == 2)
        loop.xs = loop.x_out;
    const Py_ssize_t at_once = steps_at_once(&loop);
    for (Py_ssize_t done = 0, size; done < loop.n; done += size) {
        /* In reverse the last group comes first, which may not be whole. */
        size = loop.n - done < at_once ? loop.n - done : at_once;
        if (kind == 1 && done == 0 && loop.n > at_once)
            size = loop.n - (loop.n - 1) / at_once * at_once;
        Py_BEGIN_ALLOW_THREADS
        if (kind == 0)
            loop_forward(&loop, done, done + size);
        else if (kind == 1)
            loop_reverse(&loop, states, loop.n - done - size, loop.n - done);
        else
            loop_tangents(&loop, moving, numbers, done, done + size);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0)
            goto end;
    }
    answer = Py_NewRef(Py_None);
end:
    if (w)
        keep_workspace(tape, w);
    release_views(&views);
    free(views.views);
    free(sequences);
    free(states);
    return answer;
}

/* loop_while(condition, state, captured, captured_by_the_condition) -> (steps, states before them):
 * steps for as long as the tape `condition`, of the state, gives no 0. `state` becomes the last. */
static PyObject *
tape_loop_while(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self, *condition = NULL;
    PyObject *state, *captured, *more, *other, *answer = NULL;
    Loop loop = {.tape = tape, .every = 1}, check = {.every = 1};
    Views views = {checked_malloc(3 * sizeof(Py_buffer)), 0};
    Workspace *w = NULL, *w_of_check = NULL;
    double *kept = NULL;
    if (!views.views)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(args, "O!OOO:loop_while", Py_TYPE(self), &other, &state, &captured,
                          &more))
        goto end;
    check.tape = condition = (TapeObject *)other;
    loop.carried = check.carried = tape->outputs;
    loop.captured = tape->uniform_inputs - loop.carried;
    check.captured = condition->uniform_inputs - loop.carried;
    if (loop.captured < 0 || check.captured < 0 || condition->outputs != 1 || tape->varying ||
        condition->varying || loop.carried < 1) {
        PyErr_SetString(PyExc_ValueError, "the parts of a loop do not agree with its tape");
        goto end;
    }
    if (!(loop.state = doubles_of(&views, state, loop.carried, 1)) ||
        !(loop.constants = doubles_of(&views, captured, loop.captured, 0)) ||
        !(check.constants = doubles_of(&views, more, check.captured, 0)) ||
        !flat_rows(tape) || !flat_rows(condition) || !(w = take_workspace(tape)) ||
        !(w_of_check = take_workspace(condition)))
        goto end;
    loop.part = uniform_part(tape, w);
    check.part = uniform_part(condition, w_of_check);
    begin_loop(&loop);
    begin_loop(&check);
    const size_t size = (size_t)loop.carried * sizeof(double);
    const Py_ssize_t at_once = steps_at_once(&loop);
    Py_ssize_t n = 0, room = 0;
    for (int on = 1; on;) {
        if (n == room) {
            const Py_ssize_t more_room = room ? 2 * room : FIRST_STATES;
            double *grown = more_room > PTRDIFF_MAX / 64 / loop.carried
                                ? NULL
                                : checked_realloc(kept, (size_t)more_room * size);
            if (!grown) {
                PyErr_NoMemory();
                goto end;
            }
            kept = grown;
            room = more_room;
        }
        const Py_ssize_t until = room - n < at_once ? room : n + at_once;
        Py_BEGIN_ALLOW_THREADS
        for (; n < until; n++) {
            step_forward(&check, loop.state, 0);
            if (w_of_check->values.uniform[condition->output_slots[0]] == 0.0) {
                on = 0;
                break;
            }
            memcpy(kept + n * loop.carried, loop.state, size);
            step_forward(&loop, loop.state, 0);
            get(tape, w->values.uniform, 0, loop.state, loop.carried);
        }
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0)
            goto end;
    }
    answer = Py_BuildValue("(ny#)", n, (const char *)kept, n * (Py_ssize_t)size);
end:
    if (w)
        keep_workspace(tape, w);
    if (w_of_check)
        keep_workspace(condition, w_of_check);
    release_views(&views);
    free(views.views);
    free(kept);
    return answer;
}

#endif
