/* Many directions at once, of a tape without a batch: its numbers and partials are computed once,
 * and lanes hold what moves forward, or what passes back, in each direction. */
#ifndef AUTOGRAD_LITE_DIRECTIONS_H
#define AUTOGRAD_LITE_DIRECTIONS_H

#include "engine.h"
#include "replay.h"

enum { SOME_LANES = 4, MOST_DIRECTIONS = 32 }; /* lanes at a time; directions of one pass */

/* to = the sum of x[k] times partials[k], where x[k] moves: there 0 times inf is 0. */
static inline void
push_row(int arity, Py_ssize_t count, const double *const *x, const double *partials, int skipped,
         double *to)
{
    for (Py_ssize_t l = 0; l < count; l += SOME_LANES) {
        double sum[SOME_LANES] = {0.0};
        for (int k = 0; k < arity; k++) {
            if (skipped >> k & 1)
                continue;
            for (int j = 0; j < SOME_LANES; j++)
                sum[j] += x[k][l + j] != 0.0 ? x[k][l + j] * partials[k] : 0.0;
        }
        for (int j = 0; j < SOME_LANES; j++)
            to[l + j] = sum[j];
    }
}

/* to += x times a partial; `masked` as in masked_product. */
static inline void
add_lanes(Py_ssize_t count, const double *x, double partial, int masked, double *to)
{
    if (masked && partial == 0.0)
        return;
    for (Py_ssize_t l = 0; l < count; l += SOME_LANES)
        for (int j = 0; j < SOME_LANES; j++)
            to[l + j] += masked && x[l + j] == 0.0 ? 0.0 : x[l + j] * partial;
}

/* The same where x moves. */
static inline void
add_moving(Py_ssize_t count, const double *x, double partial, double *to)
{
    for (Py_ssize_t l = 0; l < count; l += SOME_LANES)
        for (int j = 0; j < SOME_LANES; j++)
            to[l + j] += x[l + j] == 0.0 ? 0.0 : x[l + j] * partial;
}

/* Rows of a fixed number of operands: the lanes of slot s are at lanes + s * count. */

typedef void (*LaneKernel)(const int *, const double *, Py_ssize_t, double *);

#define LANE_KERNELS(name, arity)                                                                 \
    static void name##_push(const int *in, const double *v, Py_ssize_t count, double *lanes)      \
    {                                                                                             \
        const int n = in[ROWS], masked = flag(in, MASKED_BIT), *at = in + ENTRIES;                \
        for (int i = 0; i < n; i++) {                                                             \
            double a[arity], p[arity];                                                            \
            const double *x[arity];                                                               \
            int skipped = in[FLAGS] >> CONSTANT_BIT;                                              \
            for (int k = 0; k < arity; k++) {                                                     \
                a[k] = v[at[k * n + i]];                                                          \
                x[k] = lanes + at[k * n + i] * count;                                             \
            }                                                                                     \
            name##_partials(v[in[OUT] + i], a, p);                                                \
            for (int k = 0; k < arity; k++)                                                       \
                skipped |= (masked && p[k] == 0.0) << k;                                          \
            push_row(arity, count, x, p, skipped, lanes + (in[OUT] + i) * count);                 \
        }                                                                                         \
    }                                                                                             \
    static void name##_pull(const int *in, const double *v, Py_ssize_t count, double *lanes)      \
    {                                                                                             \
        const int n = in[ROWS], constants = in[FLAGS] >> CONSTANT_BIT, *at = in + ENTRIES;        \
        for (int i = 0; i < n; i++) {                                                             \
            double a[arity], p[arity];                                                            \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = v[at[k * n + i]];                                                          \
            name##_partials(v[in[OUT] + i], a, p);                                                \
            for (int k = 0; k < arity; k++)                                                       \
                if (!(constants >> k & 1))                                                        \
                    add_lanes(count, lanes + (in[OUT] + i) * count, p[k],                         \
                              flag(in, MASKED_BIT), lanes + at[k * n + i] * count);               \
        }                                                                                         \
    }
FIXED_ROWS(LANE_KERNELS)
TRACE_ROWS(LANE_KERNELS)
#undef LANE_KERNELS

/* The same for all rows of special_rows.py. */

static void
special_push(const int *in, const double *v, Py_ssize_t count, double *lanes)
{
    const int n = in[ROWS], arity = arity_of(in[OPCODE]), *at = in + ENTRIES;
    for (int i = 0; i < n; i++) {
        double a[MOST_OPERANDS], p[MOST_OPERANDS];
        const double *x[MOST_OPERANDS];
        int skipped = in[FLAGS] >> CONSTANT_BIT;
        for (int k = 0; k < arity; k++) {
            a[k] = v[at[k * n + i]];
            x[k] = lanes + at[k * n + i] * count;
        }
        special_partials(in[OPCODE], v[in[OUT] + i], a, p);
        for (int k = 0; k < arity; k++)
            skipped |= (flag(in, MASKED_BIT) && p[k] == 0.0) << k;
        push_row(arity, count, x, p, skipped, lanes + (in[OUT] + i) * count);
    }
}

static void
special_pull(const int *in, const double *v, Py_ssize_t count, double *lanes)
{
    const int n = in[ROWS], arity = arity_of(in[OPCODE]), *at = in + ENTRIES;
    for (int i = 0; i < n; i++) {
        double a[MOST_OPERANDS], p[MOST_OPERANDS];
        for (int k = 0; k < arity; k++)
            a[k] = v[at[k * n + i]];
        special_partials(in[OPCODE], v[in[OUT] + i], a, p);
        for (int k = 0; k < arity; k++)
            if (!flag(in, CONSTANT_BIT + k))
                add_lanes(count, lanes + (in[OUT] + i) * count, p[k], flag(in, MASKED_BIT),
                          lanes + at[k * n + i] * count);
    }
}

#define PUSH(name, arity) [OP_##name] = name##_push,
#define SPECIAL_PUSH(name, arity) [OP_##name] = special_push,
static const LaneKernel push_kernels[TAPE_OPCODES] = {FIXED_ROWS(PUSH) TRACE_ROWS(PUSH)
                                                          SPECIAL_ROWS(SPECIAL_PUSH)};
#undef PUSH
#undef SPECIAL_PUSH
#define PULL(name, arity) [OP_##name] = name##_pull,
#define SPECIAL_PULL(name, arity) [OP_##name] = special_pull,
static const LaneKernel pull_kernels[TAPE_OPCODES] = {FIXED_ROWS(PULL) TRACE_ROWS(PULL)
                                                          SPECIAL_ROWS(SPECIAL_PULL)};
#undef PULL
#undef SPECIAL_PULL

/* Rows of any number of operands. */

static inline Py_ssize_t
slot_at(const Place *place, Py_ssize_t i)
{
    return place->entries ? place_of(place->entries[i]) : place->first + i;
}

static void
reduction_lanes(const Part *b, const int *in, int forward, Py_ssize_t count, double *lanes)
{
    const int columns = rows[in[OPCODE]].columns, masked = flag(in, MASKED_BIT);
    const int is_dot = in[OPCODE] == OP_dot; /* whose partials are the other operand's numbers */
    const double *v = b->rows.values;
    Place places[MOST_REDUCED];
    for (Py_ssize_t row = 0; row < in[ROWS]; row++) {
        for (int c = 0; c < columns; c++)
            places[c] = place_of_row(in, c, row);
        const double *p =
            is_dot ? NULL : partials_of_sample(b, in, row, places, 0, b->w->scratch);
        double *own = lanes + (in[OUT] + row) * count;
        if (forward)
            memset(own, 0, (size_t)count * sizeof(double));
        for (int c = 0; c < columns; c++)
            for (Py_ssize_t i = 0; i < in[WIDTH] && !flag(in, CONSTANT_BIT + c); i++) {
                const double partial =
                    is_dot ? v[slot_at(&places[1 - c], i)] : p[c * in[WIDTH] + i];
                double *other = lanes + slot_at(&places[c], i) * count;
                if (!forward)
                    add_lanes(count, own, partial, masked, other);
                else if (partial != 0.0 || !masked)
                    add_moving(count, other, partial, own);
            }
    }
}

static void
push_lanes(const Part *b, Py_ssize_t count, double *lanes)
{
    for (Py_ssize_t i = 0; i < b->tape->count; i++) {
        const int *in = instruction_at(b->tape, i);
        if (reduces(in))
            reduction_lanes(b, in, 1, count, lanes);
        else
            push_kernels[in[OPCODE]](in, b->rows.values, count, lanes);
    }
}

static void
pull_lanes(const Part *b, Py_ssize_t count, double *lanes)
{
    for (Py_ssize_t i = b->tape->count; i-- > 0;) {
        const int *in = instruction_at(b->tape, i);
        if (reduces(in))
            reduction_lanes(b, in, 0, count, lanes);
        else
            pull_kernels[in[OPCODE]](in, b->rows.values, count, lanes);
    }
}

/* Directions `first` and on of the slots `slots`, into lanes or out of them. */
static void
put_lanes(const int *slots, int many, const double *from, Py_ssize_t stride, Py_ssize_t some,
          Py_ssize_t count, double *lanes)
{
    for (int i = 0; i < many; i++)
        for (Py_ssize_t l = 0; l < some; l++)
            lanes[slots[i] * count + l] += from[l * stride + i];
}

static void
take_lanes(const int *slots, int many, const double *lanes, Py_ssize_t count, Py_ssize_t some,
           Py_ssize_t stride, double *to)
{
    for (int i = 0; i < many; i++)
        for (Py_ssize_t l = 0; l < some; l++)
            to[l * stride + i] = lanes[slots[i] * count + l] + 0.0; /* no -0.0 for no gradient */
}

/* Room for the lanes of a pass; 0 with an error. */
static int
make_lanes(Workspace *w, size_t room)
{
    if (w->lane_room < room) {
        free(w->lanes);
        w->lane_room = 0;
        w->lanes = checked_malloc(room * sizeof(double));
        if (!w->lanes) {
            PyErr_NoMemory();
            return 0;
        }
        w->lane_room = room;
    }
    return 1;
}

/* Forward, each result is written before it is read; backward gradients are added up. */
static void
clear_lanes(const TapeObject *tape, int forward, Py_ssize_t count, double *lanes)
{
    const size_t size = (size_t)count * sizeof(double);
    if (!forward) {
        memset(lanes, 0, (size_t)tape->uniform * size);
        return;
    }
    for (int i = 0; i < tape->constant_count; i++)
        memset(lanes + tape->constant_slots[i] * count, 0, size);
    for (int i = 0; i < tape->uniform_inputs; i++)
        memset(lanes + tape->uniform_input_slots[i] * count, 0, size);
}

/* The values of a tape; the first guard that does not hold for them, or -1. */
static Py_ssize_t
values_for_directions(const Part *whole, const double *uniform)
{
    const TapeObject *tape = whole->tape;
    Py_ssize_t sample;
    for (int i = 0; i < tape->uniform_inputs; i++)
        whole->w->values.uniform[tape->uniform_input_slots[i]] = uniform[i];
    uniform_forward(whole);
    return broken_guard(whole, 1, &sample);
}

static inline Py_ssize_t
whole_lanes(Py_ssize_t directions)
{
    return (directions + SOME_LANES - 1) / SOME_LANES * SOME_LANES;
}

static int
are_places(const TapeObject *tape, Py_ssize_t directions, const int *places, Py_ssize_t count)
{
    const Py_ssize_t end = tape->uniform * directions;
    for (Py_ssize_t i = 0; i < count; i++)
        if (places[i] < 0 || places[i] >= end)
            return 0;
    return 1;
}

/* Directions and answers by places: direction l of slot s is place s * directions + l. Rates, or
 * seeds, of 1 are put into some, and what comes out at others is taken; the workspace has room for
 * as many lanes as whole_lanes says. It gives the first guard that does not hold, or -1. */
static Py_ssize_t
replay_places(const TapeObject *tape, Workspace *w, const double *uniform, int forward,
              Py_ssize_t directions, const int *put, Py_ssize_t puts, const int *take,
              Py_ssize_t takes, double *answers)
{
    const Py_ssize_t count = whole_lanes(directions);
    const Part whole = uniform_part(tape, w);
    const Py_ssize_t broken = values_for_directions(&whole, uniform);
    double *lanes = w->lanes;
    if (broken >= 0)
        return broken;
    clear_lanes(tape, forward, count, lanes);
    for (Py_ssize_t i = 0; i < puts; i++)
        lanes[put[i] / directions * count + put[i] % directions] = 1.0;
    (forward ? push_lanes : pull_lanes)(&whole, count, lanes);
    for (Py_ssize_t i = 0; i < takes; i++)
        answers[i] = lanes[take[i] / directions * count + take[i] % directions] + 0.0;
    return -1;
}

/* For each direction in `given` (rates of the uniform inputs, or seeds of the outputs) its answer
 * (rates of the outputs, or gradients of the uniform inputs); the workspace has room for the lanes.
 * It gives the first guard that does not hold, before anything else is done, or -1. */
static Py_ssize_t
replay_directions(const TapeObject *tape, Workspace *w, const double *uniform, int forward,
                  Py_ssize_t directions, const double *given, double *answers)
{
    double *lanes = w->lanes;
    const Part whole = uniform_part(tape, w);
    const int *in = forward ? tape->uniform_input_slots : tape->output_slots;
    const int *out = forward ? tape->output_slots : tape->uniform_input_slots;
    const int wide = forward ? tape->uniform_inputs : tape->outputs;
    const int high = forward ? tape->outputs : tape->uniform_inputs;
    const Py_ssize_t broken = values_for_directions(&whole, uniform);
    if (broken >= 0)
        return broken;
    for (Py_ssize_t first = 0, some; first < directions; first += some) {
        some = directions - first < MOST_DIRECTIONS ? directions - first : MOST_DIRECTIONS;
        const Py_ssize_t count = whole_lanes(some);
        clear_lanes(tape, forward, count, lanes);
        put_lanes(in, wide, given + first * wide, wide, some, count, lanes);
        (forward ? push_lanes : pull_lanes)(&whole, count, lanes);
        take_lanes(out, high, lanes, count, some, high, answers + first * high);
    }
    return -1;
}

#endif
