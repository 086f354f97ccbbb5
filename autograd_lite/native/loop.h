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
#include "loop_plan.h"
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

/* Rates of steps from `first` on, and before `last`, with all care about what is infinite: the
 * state, the xs, the ys and what is kept of `loop` are rates; the numbers of the state and of the
 * xs are `state` and `xs`. */
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
    int fits = kind >= 1 && kind <= 2 && loop.n >= 0 && loop.n < most && loop.every >= 1 &&
               loop.every < most && loop.carried >= 0 && loop.captured >= 0 && !tape->varying;
    fits = fits && (kind != 1 || PyTuple_GET_SIZE(before) == loop.carried) &&
           PyTuple_GET_SIZE(x_out) == loop.entries;
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
    if (!(loop.x_out = sequences_of(&views, x_out, loop.n, kind == 1, &next)) ||
        !(loop.constants_out = doubles_of(&views, captured_out, loop.captured, kind == 1)))
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
        if (kind == 1)
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

/* Sequences as in sequences_of, none of them None. */
static double **
all_sequences_of(Views *views, PyObject *sources, Py_ssize_t n, double ***next)
{
    double **found = sequences_of(views, sources, n, 1, next);
    for (Py_ssize_t j = 0; found && j < PyTuple_GET_SIZE(sources); j++)
        if (!found[j]) {
            PyErr_SetString(PyExc_ValueError, "a sequence of a loop is None");
            return NULL;
        }
    return found;
}

/* Room for the states of a `while`, in `*room` steps: twice as much as before. */
static int
grow_kept(LoopRun *run, Py_ssize_t *room)
{
    const Py_ssize_t wanted = *room ? 2 * *room : FIRST_STATES;
    double *grown = NULL;
    if (wanted <= PTRDIFF_MAX / 64 / (run->carried + 1))
        grown = checked_realloc(run->kept,
                                (size_t)(wanted * run->carried + 1) * sizeof(double));
    if (!grown) {
        PyErr_NoMemory();
        return 0;
    }
    run->kept = grown;
    *room = wanted;
    return 1;
}

/* All steps; how many there were, or -1 with an error. A `while` (n is -1) says so itself. */
static Py_ssize_t
run_loop(LoopRun *run, Py_ssize_t n, Py_ssize_t at_once, int keep)
{
    Py_ssize_t done = 0, room = 0;
    for (int on = 1; on && done != n;) {
        Py_ssize_t until = n < 0 || n - done > at_once ? done + at_once : n;
        if (n < 0 && keep) {
            if (done == room && !grow_kept(run, &room))
                return -1;
            until = until < room ? until : room;
        }
        Py_BEGIN_ALLOW_THREADS
        done = run_steps(run, done, until);
        Py_END_ALLOW_THREADS
        on = done == until;
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
    return done;
}

/* The numbers of a kind and their rates, lanes side by side, into the slots of a run. */
static void
put_numbers(LoopPlan *plan, const int *slots, const int *slot_of, Py_ssize_t count,
            const double *numbers, const double *rates)
{
    const int lanes = plan->run.lanes;
    for (Py_ssize_t j = 0; j < count; j++) {
        const int slot = slot_of[slots[j]];
        plan->run.values[slot] = numbers[j];
        for (int l = 0; rates && l < lanes; l++) {
            plan->run.rates[slot * lanes + l] = rates[j * lanes + l];
            plan->moving[slot] |= rates[j * lanes + l] != 0.0;
        }
    }
}

static void
put_constants(const TapeObject *tape, const int *slot_of, LoopRun *run)
{
    for (int i = 0; i < tape->constant_count; i++)
        run->values[slot_of[tape->constant_slots[i]]] = tape->constants[i];
}

/* loop_forward(check, n, every, backwards, state, xs, captured, captured_by_check, kept, ys, lanes,
 *              state_rates, x_rates, captured_rates, kept_rates, y_rates)
 *     -> (steps, whether a rate is a nan, states)
 *
 * n steps; or, where `check` is a tape and n is -1, steps for as long as that gives no 0. `state`
 * and its rates become the last ones; `kept`, `ys` and their rates are filled. `kept` is None where
 * no states are wanted; those of a `while` are given back if it is not. The rates of numbers have
 * their lanes side by side; of a sequence of numbers there is one of rates for each lane. */
static PyObject *
tape_loop_forward(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self, *check = NULL;
    PyObject *other, *state, *xs, *captured, *more, *kept, *ys, *state_rates, *x_rates;
    PyObject *captured_rates, *kept_rates, *y_rates, *answer = NULL;
    LoopPlan plan = {.ints = NULL};
    LoopRun *run = &plan.run;
    Views views = {NULL, 0};
    double **sequences = NULL, *now, *rates, *constants, *constant_rates, *of_check;
    if (!PyArg_ParseTuple(args, "OnnpOO!OOOO!iOO!OO!O!:loop_forward", &other, &run->n,
                          &run->every, &run->backwards, &state, &PyTuple_Type, &xs, &captured,
                          &more, &kept, &PyTuple_Type, &ys, &run->lanes, &state_rates,
                          &PyTuple_Type, &x_rates, &captured_rates, &PyTuple_Type, &kept_rates,
                          &PyTuple_Type, &y_rates))
        return NULL;
    const int wanted = run->lanes, keep = kept != Py_None;
    if (other != Py_None) {
        if (!Py_IS_TYPE(other, Py_TYPE(self))) {
            PyErr_SetString(PyExc_TypeError, "the condition of a loop is a tape");
            return NULL;
        }
        check = (TapeObject *)other;
    }
    run->entries = PyTuple_GET_SIZE(xs);
    run->ys = PyTuple_GET_SIZE(ys);
    run->carried = tape->outputs - run->ys;
    const Py_ssize_t constant_count = tape->uniform_inputs - run->carried - run->entries;
    const Py_ssize_t check_count = check ? check->uniform_inputs - run->carried : 0;
    const Py_ssize_t most = PTRDIFF_MAX / 64 / (tape->outputs + 1);
    int fits = run->n >= -1 && run->n < most && run->every >= 1 && run->every < most &&
               run->carried >= 0 && constant_count >= 0 && check_count >= 0 && !tape->varying &&
               wanted >= 0 && wanted <= MOST_LANES_OF_A_LOOP && (run->n < 0) == (check != NULL) &&
               PyTuple_GET_SIZE(x_rates) == run->entries * wanted &&
               PyTuple_GET_SIZE(y_rates) == run->ys * wanted;
    fits = fits && (!check || (check->outputs == 1 && !check->varying && run->entries == 0 &&
                               run->ys == 0 && run->carried > 0 && run->every == 1));
    fits = fits && (PyTuple_GET_SIZE(kept_rates) == 0 ||
                    (PyTuple_GET_SIZE(kept_rates) == wanted && keep && run->every == 1 && !check));
    if (!fits) {
        PyErr_SetString(PyExc_ValueError, "the parts of a loop do not agree with its tape");
        return NULL;
    }
    const size_t count = (size_t)((1 + wanted) * (run->entries + run->ys) + wanted);
    views.views = checked_malloc((count + 6) * sizeof(Py_buffer));
    sequences = checked_malloc((count + 1) * sizeof(double *));
    if (!views.views || !sequences) {
        PyErr_NoMemory();
        goto end;
    }
    double **next = sequences;
    const Py_ssize_t groups = check ? 0 : (run->n + run->every - 1) / run->every;
    if (!(now = doubles_of(&views, state, run->carried, 1)) ||
        !(rates = doubles_of(&views, state_rates, run->carried * wanted, 1)) ||
        !(constants = doubles_of(&views, captured, constant_count, 0)) ||
        !(constant_rates = doubles_of(&views, captured_rates, constant_count * wanted, 0)) ||
        !(of_check = doubles_of(&views, more, check_count, 0)) ||
        (keep && !check &&
         !(run->kept = doubles_of(&views, kept, groups * run->carried, 1))) ||
        !(run->xs = sequences_of(&views, xs, run->n, 0, &next)) ||
        !(run->x_rates = sequences_of(&views, x_rates, run->n, 0, &next)) ||
        !(run->y = all_sequences_of(&views, ys, run->n, &next)) ||
        !(run->y_rates = all_sequences_of(&views, y_rates, run->n, &next)) ||
        !(run->kept_rates = all_sequences_of(&views, kept_rates, run->n * run->carried, &next)))
        goto end;
    for (Py_ssize_t j = 0; j < run->entries; j++)
        if (!run->xs[j]) {
            PyErr_SetString(PyExc_ValueError, "a sequence of a loop is None");
            goto end;
        }
    if (PyTuple_GET_SIZE(kept_rates) == 0)
        run->kept_rates = NULL;
    run->dots[0] = all_kernels[kernel_set]->dots_in_order;
    run->dots[1] = all_kernels[kernel_set]->dots;
    if (make_plan(&plan, tape, check) < 0)
        goto end;
    const int *inputs = tape->uniform_input_slots;
    const Py_ssize_t before = run->carried + run->entries;
    put_constants(tape, plan.slot_of, run);
    put_numbers(&plan, inputs, plan.slot_of, run->carried, now, rates);
    put_numbers(&plan, inputs + before, plan.slot_of, constant_count, constants, constant_rates);
    if (check) {
        put_constants(check, plan.slot_of_check, run);
        put_numbers(&plan, check->uniform_input_slots + run->carried, plan.slot_of_check,
                    check_count, of_check, NULL);
    }
    for (Py_ssize_t j = 0; j < run->entries * wanted; j++)
        if (run->x_rates[j])
            plan.moving[run->x_slots[j / wanted]] = 1;
    finish_plan(&plan, tape);
    for (Py_ssize_t k = 0; k < run->ys; k++)
        run->y_slots[k] = plan.slot_of[tape->output_slots[run->carried + k]];
    const Py_ssize_t at_once = OPERATIONS_BETWEEN_SIGNALS / (run->count + 8) + 1;
    const Py_ssize_t steps = run_loop(run, run->n, at_once, keep);
    if (steps < 0)
        goto end;
    for (Py_ssize_t j = 0; j < run->carried; j++) {
        now[j] = run->values[inputs[j]];
        for (int l = 0; l < wanted; l++) {
            const double rate = run->rates[inputs[j] * wanted + l];
            rates[j * wanted + l] = rate + 0.0; /* no -0.0 for none */
            run->undefined |= rate != rate;
        }
    }
    const Py_ssize_t size = check && keep ? steps * run->carried * (Py_ssize_t)sizeof(double) : 0;
    answer = Py_BuildValue("(niy#)", steps, run->undefined, size ? (const char *)run->kept : "",
                           size);
end:
    if (check)
        free(run->kept);
    free_plan(&plan);
    release_views(&views);
    free(views.views);
    free(sequences);
    return answer;
}

#endif
