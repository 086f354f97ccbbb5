/* The steps of a loop, forward: values, and rates in a few directions along with them. */
#include "engine.h"

#include "loop_rows.h"
#include "rows.h"
#include "table.inc"

/* The rates of a row of a fixed number of operands.
 *
 * Here 0 times inf is a nan, also where nothing moves or a branch is not taken. A nan passes
 * through all that follows: where none comes out, all is right, and else the loop is done again
 * with care. */
ALWAYS_INLINE void
push(const int lanes, const int arity, const LoopRow *row, const double *partials, double *rates)
{
    double sum[MOST_LANES_OF_A_LOOP] = {0.0}, *to = rates + row->out * lanes;
    if (arity == 2 && row->moving == 3) {
        const double *x = rates + row->at[0] * lanes, *y = rates + row->at[1] * lanes;
        for (int l = 0; l < lanes; l++)
            sum[l] = x[l] * partials[0] + y[l] * partials[1];
    } else if (arity == 2 && row->moving == 2) {
        const double *y = rates + row->at[1] * lanes;
        for (int l = 0; l < lanes; l++)
            sum[l] = y[l] * partials[1];
    } else if (arity <= 2) {
        const double *x = rates + row->at[0] * lanes;
        for (int l = 0; l < lanes; l++)
            sum[l] = x[l] * partials[0];
    } else {
        for (int k = 0; k < arity; k++)
            for (int l = 0; l < lanes && row->moving >> k & 1; l++)
                sum[l] += rates[row->at[k] * lanes + l] * partials[k];
    }
    for (int l = 0; l < lanes; l++) /* not before, for an operand may have been there */
        to[l] = sum[l];
}

/* The same of a row of any number of operands, for `partials` of the first operand and then those
 * of the second one. */
ALWAYS_INLINE void
push_reduced(const int lanes, const LoopRow *row, const double *partials, double *rates)
{
    double sum[MOST_LANES_OF_A_LOOP] = {0.0};
    for (int c = 0; c < rows[row->in[OPCODE]].columns; c++, partials += row->width)
        for (int i = 0; i < row->width && row->moving >> c & 1; i++)
            for (int l = 0; l < lanes; l++)
                sum[l] += rates[row->x[c][i] * lanes + l] * partials[i];
    for (int l = 0; l < lanes; l++)
        rates[row->out * lanes + l] = sum[l];
}

ALWAYS_INLINE void
sum_step(const int lanes, const LoopRow *row, double *v, double *rates)
{
    const int *x = row->x[0];
    double sum = -0.0; /* -0.0 + x is x, for every x */
    for (int i = 0; i < row->width; i++)
        sum += v[x[i]];
    v[row->out] = sum;
    if (lanes > 0 && row->moving) {
        double rate[MOST_LANES_OF_A_LOOP] = {0.0};
        for (int i = 0; i < row->width; i++)
            for (int l = 0; l < lanes; l++)
                rate[l] += rates[x[i] * lanes + l];
        for (int l = 0; l < lanes; l++)
            rates[row->out * lanes + l] = rate[l];
    }
}

/* As dot_slot_values. */
static inline double
dot_of(const LoopRow *row, const double *v)
{
    const int *x = row->x[0], *y = row->x[1], n = row->width;
    double sum = -0.0;
    int i = 0;
    if (n >= 8 && flag(row->in, REORDER_BIT)) {
        double part[8] = {0.0}, rest = 0.0;
        for (; i + 8 <= n; i += 8)
            for (int k = 0; k < 8; k++)
                part[k] += v[x[i + k]] * v[y[i + k]];
        for (; i < n; i++)
            rest += v[x[i]] * v[y[i]];
        return ((part[0] + part[4]) + (part[1] + part[5])) +
               ((part[2] + part[6]) + (part[3] + part[7])) + rest;
    }
    for (; i < n; i++)
        sum += v[x[i]] * v[y[i]];
    return sum;
}

ALWAYS_INLINE void
dot_step(const int lanes, const LoopRow *row, double *v, double *rates)
{
    const double out = dot_of(row, v);
    if (lanes > 0 && row->moving) {
        double sum[MOST_LANES_OF_A_LOOP] = {0.0};
        for (int c = 0; c < 2; c++) {
            const int *x = row->x[c], *y = row->x[1 - c];
            for (int i = 0; i < row->width && row->moving >> c & 1; i++)
                for (int l = 0; l < lanes; l++)
                    sum[l] += rates[x[i] * lanes + l] * v[y[i]];
        }
        for (int l = 0; l < lanes; l++)
            rates[row->out * lanes + l] = sum[l];
    }
    v[row->out] = out; /* where an operand may have been */
}

/* x . y for two pairs, as dot_of. */
ALWAYS_INLINE void
pairs_step(const int lanes, const LoopRow *row, double *v, double *rates)
{
    const int *at = row->at;
    const double x[2] = {v[at[0]], v[at[1]]}, partials[4] = {v[at[2]], v[at[3]], x[0], x[1]};
    v[row->out] = x[0] * partials[0] + x[1] * partials[1];
    if (!lanes || !row->moving)
        return;
    if (row->moving == 15) {
        double sum[MOST_LANES_OF_A_LOOP] = {0.0};
        for (int l = 0; l < lanes; l++)
            sum[l] = rates[at[0] * lanes + l] * partials[0] +
                     rates[at[1] * lanes + l] * partials[1] +
                     rates[at[2] * lanes + l] * partials[2] +
                     rates[at[3] * lanes + l] * partials[3];
        for (int l = 0; l < lanes; l++)
            rates[row->out * lanes + l] = sum[l];
    } else {
        push(lanes, 4, row, partials, rates);
    }
}

/* A row of special_rows.py. */
ALWAYS_INLINE void
special_step(const int lanes, const LoopRow *row, double *v, double *rates)
{
    const int arity = arity_of(row->opcode);
    double a[MOST_OPERANDS], p[MOST_OPERANDS];
    for (int k = 0; k < arity; k++)
        a[k] = v[row->at[k]];
    const double out = special_value(row->opcode, a);
    v[row->out] = out;
    if (lanes > 0 && row->moving) {
        special_partials(row->opcode, out, a, p);
        push(lanes, arity, row, p, rates);
    }
}

ALWAYS_INLINE void
matrix_step(const LoopRun *run, const int lanes, const LoopRow *row, double *v, double *rates)
{
    const int *in = row->in, first[2] = {*entries_of(in, 0), *entries_of(in, 1)};
    run->dots[flag(in, REORDER_BIT)](in[ROWS], in[WIDTH], v + first[0], step_of(in, 0),
                                     v + first[1], step_of(in, 1), v + row->out);
    for (Py_ssize_t i = 0; lanes && row->moving && i < in[ROWS]; i++) {
        double sum[MOST_LANES_OF_A_LOOP] = {0.0};
        for (int c = 0; c < 2; c++) {
            const double *moving = rates + (first[c] + i * step_of(in, c)) * lanes;
            const double *other = v + first[1 - c] + i * step_of(in, 1 - c);
            for (int k = 0; k < in[WIDTH] && row->moving >> c & 1; k++)
                for (int l = 0; l < lanes; l++)
                    sum[l] += moving[k * lanes + l] * other[k];
        }
        for (int l = 0; l < lanes; l++)
            rates[(row->out + i) * lanes + l] = sum[l];
    }
}

/* Any other reduction. */
ALWAYS_INLINE void
reduce_step(const LoopRun *run, const int lanes, const LoopRow *row, double *v, double *rates)
{
    const int columns = rows[row->in[OPCODE]].columns, n = row->width;
    double *a = run->scratch, *p = a + columns * n;
    for (int c = 0; c < columns; c++)
        for (int i = 0; i < n; i++)
            a[c * n + i] = v[row->x[c][i]];
    v[row->out] = rows[row->in[OPCODE]].reduce(n, a, p);
    if (lanes > 0 && row->moving)
        push_reduced(lanes, row, p, rates);
}

/* A rate that leaves the loop: no -0.0 for none. */
ALWAYS_INLINE double
came_out(LoopRun *run, double rate)
{
    run->undefined |= rate != rate;
    return rate + 0.0;
}

/* Keep the state before step t, and its rates, if they are wanted. */
ALWAYS_INLINE void
keep_state(LoopRun *run, const int lanes, Py_ssize_t t, double *kept)
{
    for (Py_ssize_t j = 0; j < run->carried; j++) {
        kept[j] = run->values[run->state_slots[j]];
        for (int l = 0; l < lanes && run->kept_rates; l++)
            run->kept_rates[l][t * run->carried + j] =
                came_out(run, run->rates[run->state_slots[j] * lanes + l]);
    }
}

/* What a step gives becomes the state of the next one. */
ALWAYS_INLINE void
move_state(const LoopRun *run, const int lanes, double *v, double *rates)
{
    const Py_ssize_t count = run->move_count;
    const int *at = run->moves;
    double *moved = run->moved;
    for (Py_ssize_t j = 0; j < count; j++) {
        const int from = at[2 * j], to = at[2 * j + 1];
        *(moved ? moved + j : v + to) = v[from];
        for (int l = 0; l < lanes; l++)
            *(moved ? moved + count + j * lanes + l : rates + to * lanes + l) =
                rates[from * lanes + l];
    }
    for (Py_ssize_t j = 0; moved && j < count; j++) {
        v[at[2 * j + 1]] = moved[j];
        for (int l = 0; l < lanes; l++)
            rates[at[2 * j + 1] * lanes + l] = moved[count + j * lanes + l];
    }
}

#define LANES 0
#define STEPS steps_of_numbers
#include "loop_steps.inc"
#undef LANES
#undef STEPS
#define LANES 1
#define STEPS steps_in_one_direction
#include "loop_steps.inc"
#undef LANES
#undef STEPS
#define LANES 2
#define STEPS steps_in_two_directions
#include "loop_steps.inc"
#undef LANES
#undef STEPS
#define LANES 3
#define STEPS steps_in_three_directions
#include "loop_steps.inc"
#undef LANES
#undef STEPS
#define LANES 4
#define STEPS steps_in_four_directions
#include "loop_steps.inc"
#undef LANES
#undef STEPS

Py_ssize_t
run_steps(LoopRun *run, Py_ssize_t first, Py_ssize_t last)
{
    static Py_ssize_t (*const steps[])(LoopRun *, Py_ssize_t, Py_ssize_t) = {
        steps_of_numbers, steps_in_one_direction, steps_in_two_directions,
        steps_in_three_directions, steps_in_four_directions};
    return steps[run->lanes](run, first, last);
}
