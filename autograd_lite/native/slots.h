/* One sample, replayed by slots: calls without a batch, and what all samples of a batch share.
 *
 * A kernel reads its operands where they lie and adds gradients where they belong: nothing is
 * gathered before, nothing scattered afterwards.
 */
#ifndef AUTOGRAD_LITE_SLOTS_H
#define AUTOGRAD_LITE_SLOTS_H

#include "engine.h"
#include "instruction.h"
#include "rows.h"
#include "table.inc"

typedef void (*SlotValues)(const int *, double *);
typedef void (*SlotReverse)(const int *, const double *restrict, double *restrict);

#define SLOT_KERNELS(name, arity)                                                                 \
    static void name##_slot_values(const int *in, double *v)                                      \
    {                                                                                             \
        const int n = in[ROWS], *at = in + ENTRIES;                                               \
        for (int i = 0; i < n; i++) {                                                             \
            double a[arity];                                                                      \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = v[at[k * n + i]];                                                          \
            v[in[OUT] + i] = name##_value(a);                                                     \
        }                                                                                         \
    }                                                                                             \
    static void name##_slot_reverse(const int *in, const double *restrict v, double *restrict d)  \
    {                                                                                             \
        const int n = in[ROWS], constants = in[FLAGS] >> CONSTANT_BIT, *at = in + ENTRIES;        \
        for (int i = 0; i < n; i++) {                                                             \
            double a[arity], p[arity];                                                            \
            const double gradient = d[in[OUT] + i];                                               \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = v[at[k * n + i]];                                                          \
            name##_partials(v[in[OUT] + i], a, p);                                                \
            for (int k = 0; k < arity; k++)                                                       \
                if (!(constants >> k & 1))                                                        \
                    d[at[k * n + i]] += gradient * p[k];                                          \
        }                                                                                         \
    }
FIXED_ROWS(SLOT_KERNELS)
TRACE_ROWS(SLOT_KERNELS)
#undef SLOT_KERNELS

/* The same for all rows of special_rows.py. */

static void
special_slot_values(const int *in, double *v)
{
    const int n = in[ROWS], arity = arity_of(in[OPCODE]), *at = in + ENTRIES;
    for (int i = 0; i < n; i++) {
        double a[MOST_OPERANDS];
        for (int k = 0; k < arity; k++)
            a[k] = v[at[k * n + i]];
        v[in[OUT] + i] = special_value(in[OPCODE], a);
    }
}

static void
special_slot_reverse(const int *in, const double *restrict v, double *restrict d)
{
    const int n = in[ROWS], arity = arity_of(in[OPCODE]), *at = in + ENTRIES;
    for (int i = 0; i < n; i++) {
        double a[MOST_OPERANDS], p[MOST_OPERANDS];
        const double gradient = d[in[OUT] + i];
        for (int k = 0; k < arity; k++)
            a[k] = v[at[k * n + i]];
        special_partials(in[OPCODE], v[in[OUT] + i], a, p);
        for (int k = 0; k < arity; k++)
            if (!(in[FLAGS] >> (CONSTANT_BIT + k) & 1))
                d[at[k * n + i]] += gradient * p[k];
    }
}

/* Sums and dot products: the slots of each operand, of one row if all rows share them. */

static void
sum_slot_values(const int *in, double *v)
{
    const int *x = in + ENTRIES;
    for (int row = 0; row < in[ROWS]; row++, x += step_of(in, 0)) {
        double sum = -0.0; /* -0.0 + x is x, for every x */
        for (int i = 0; i < in[WIDTH]; i++)
            sum += v[x[i]];
        v[in[OUT] + row] = sum;
    }
}

static void
sum_slot_reverse(const int *in, const double *restrict v, double *restrict d)
{
    const int *x = in + ENTRIES;
    (void)v;
    for (int row = 0; row < in[ROWS]; row++, x += step_of(in, 0)) {
        const double gradient = d[in[OUT] + row];
        for (int i = 0; i < in[WIDTH]; i++)
            d[x[i]] += gradient;
    }
}

static void
dot_slot_values(const int *in, double *v)
{
    const int *x = in + ENTRIES, *y = entries_of(in, 1), n = in[WIDTH];
    for (int row = 0; row < in[ROWS]; row++, x += step_of(in, 0), y += step_of(in, 1)) {
        double sum = -0.0;
        int i = 0;
        if (flag(in, REORDER_BIT)) { /* in eight parts, as in kernel_loops.h */
            double part[8] = {0.0};
            for (; i + 8 <= n; i += 8)
                for (int k = 0; k < 8; k++)
                    part[k] += v[x[i + k]] * v[y[i + k]];
            double rest = 0.0;
            for (; i < n; i++)
                rest += v[x[i]] * v[y[i]];
            sum = ((part[0] + part[4]) + (part[1] + part[5])) +
                  ((part[2] + part[6]) + (part[3] + part[7])) + rest;
        }
        for (; i < n; i++)
            sum += v[x[i]] * v[y[i]];
        v[in[OUT] + row] = sum;
    }
}

static void
dot_slot_reverse(const int *in, const double *restrict v, double *restrict d)
{
    const int *x = in + ENTRIES, *y = entries_of(in, 1), constants = in[FLAGS] >> CONSTANT_BIT;
    for (int row = 0; row < in[ROWS]; row++, x += step_of(in, 0), y += step_of(in, 1)) {
        const double gradient = d[in[OUT] + row];
        if (!(constants & 1))
            for (int i = 0; i < in[WIDTH]; i++)
                d[x[i]] += gradient * v[y[i]];
        if (!(constants & 2))
            for (int i = 0; i < in[WIDTH]; i++)
                d[y[i]] += gradient * v[x[i]];
    }
}

#define SLOT_VALUES(name, arity) [OP_##name] = name##_slot_values,
#define SPECIAL_SLOT(name, arity) [OP_##name] = special_slot_values,
static const SlotValues slot_values[TAPE_OPCODES] = {
    FIXED_ROWS(SLOT_VALUES) TRACE_ROWS(SLOT_VALUES) SPECIAL_ROWS(SPECIAL_SLOT)
    SLOT_VALUES(sum, 0) SLOT_VALUES(dot, 0)};
#undef SLOT_VALUES
#undef SPECIAL_SLOT
#define SLOT_REVERSE(name, arity) [OP_##name] = name##_slot_reverse,
#define SPECIAL_SLOT(name, arity) [OP_##name] = special_slot_reverse,
static const SlotReverse slot_reverse[TAPE_OPCODES] = {
    FIXED_ROWS(SLOT_REVERSE) TRACE_ROWS(SLOT_REVERSE) SPECIAL_ROWS(SPECIAL_SLOT)
    SLOT_REVERSE(sum, 0) SLOT_REVERSE(dot, 0)};
#undef SLOT_REVERSE
#undef SPECIAL_SLOT

#endif
