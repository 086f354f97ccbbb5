/* A tape in one piece, for what is replayed a million times on one sample: a loop.
 *
 * Each row of an instruction is an entry of its own, and one `switch` does them all: no call, no
 * loop over rows. Numbers are those of slots.h, bit for bit. */
#ifndef AUTOGRAD_LITE_FLAT_H
#define AUTOGRAD_LITE_FLAT_H

#include "engine.h"
#include "memory.h"
#include "replay.h"

struct FlatRow {
    int opcode; /* IN_ONE for an instruction that stays as it is, of any number of operands or
                 * of a row of special_rows.py */
    int out, constants, at[MOST_OPERANDS];
    const int *in;
};
enum { IN_ONE = -1 };

static inline int
stays_in_one(const int *in)
{
    return reduces(in) || (in[OPCODE] >= OPCODES && later_rows[in[OPCODE] - OPCODES].value);
}

/* The rows of a tape without varying slots, made when they are first asked for; NULL with an error
 * if there is no memory. */
static const FlatRow *
flat_rows(TapeObject *tape)
{
    if (tape->flat)
        return tape->flat;
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < tape->count; i++) {
        const int *in = instruction_at(tape, i);
        count += stays_in_one(in) ? 1 : in[ROWS];
    }
    FlatRow *row = checked_malloc((size_t)(count + 1) * sizeof(FlatRow));
    if (!row) {
        PyErr_NoMemory();
        return NULL;
    }
    tape->flat = row;
    tape->flat_count = count;
    for (Py_ssize_t i = 0; i < tape->count; i++) {
        const int *in = instruction_at(tape, i), n = in[ROWS];
        const int in_one = stays_in_one(in), arity = in_one ? 0 : arity_of(in[OPCODE]);
        for (int r = 0; r < (in_one ? 1 : n); r++, row++) {
            *row = (FlatRow){.opcode = in_one ? IN_ONE : in[OPCODE],
                             .out = in[OUT] + r,
                             .constants = in[FLAGS] >> CONSTANT_BIT,
                             .in = in};
            for (int k = 0; k < arity; k++)
                row->at[k] = in[ENTRIES + (Py_ssize_t)k * n + r];
        }
    }
    return tape->flat;
}

static void
flat_forward(const Part *b)
{
    double *restrict v = b->rows.values;
    const FlatRow *row = b->tape->flat, *end = row + b->tape->flat_count;
    for (; row < end; row++)
        switch (row->opcode) {
#define VALUE(name, arity)                                                                        \
    case OP_##name: {                                                                             \
        double a[arity];                                                                          \
        for (int k = 0; k < arity; k++)                                                           \
            a[k] = v[row->at[k]];                                                                 \
        v[row->out] = name##_value(a);                                                            \
        break;                                                                                    \
    }
            FIXED_ROWS(VALUE)
            TRACE_ROWS(VALUE)
#undef VALUE
        default:
            if (flag(row->in, GENERAL_BIT))
                reduction_forward(b, row->in);
            else
                slot_values[row->in[OPCODE]](row->in, v);
        }
}

/* What is masked is multiplied all the same. */
static void
flat_reverse(const Part *b)
{
    const double *restrict v = b->rows.values;
    double *restrict d = b->rows.gradients;
    const FlatRow *row = b->tape->flat + b->tape->flat_count;
    while (row-- > b->tape->flat)
        switch (row->opcode) {
#define REVERSE(name, arity)                                                                      \
    case OP_##name: {                                                                             \
        double a[arity], p[arity];                                                                \
        const double gradient = d[row->out];                                                      \
        for (int k = 0; k < arity; k++)                                                           \
            a[k] = v[row->at[k]];                                                                 \
        name##_partials(v[row->out], a, p);                                                       \
        for (int k = 0; k < arity; k++)                                                           \
            if (!(row->constants >> k & 1))                                                       \
                d[row->at[k]] += gradient * p[k];                                                 \
        break;                                                                                    \
    }
            FIXED_ROWS(REVERSE)
            TRACE_ROWS(REVERSE)
#undef REVERSE
        default:
            if (flag(row->in, GENERAL_BIT))
                reduction_reverse(b, row->in, 1);
            else
                slot_reverse[row->in[OPCODE]](row->in, v, d);
        }
}

#endif
