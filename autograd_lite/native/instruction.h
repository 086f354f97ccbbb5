/* An instruction as a replay reads it: a few ints, and then where its operands lie.
 *
 * An instruction does one row of the table ROWS times and writes as many results, side by side.
 * Among uniform numbers places are slots. Among those that vary they are rows of lanes, one lane
 * for each sample of a block; a uniform slot that such an instruction reads has a row, too.
 */
#ifndef AUTOGRAD_LITE_INSTRUCTION_H
#define AUTOGRAD_LITE_INSTRUCTION_H

#include "engine.h"
#include "table.inc"

enum { MOST_OPERANDS = 4, MOST_REDUCED = 2 }; /* of a fixed row; of a row of any number */
/* Arrays have this size, and flags four bits for operands: a larger row does not compile. */
#define FITS(name, arity) _Static_assert(arity <= MOST_OPERANDS, #name ": too many operands");
#define FIT(name, columns) _Static_assert(columns <= MOST_REDUCED, #name ": too many columns");
FIXED_ROWS(FITS) TRACE_ROWS(FITS) SPECIAL_ROWS(FITS) REDUCTIONS(FIT)
#undef FITS
#undef FIT

/* WIDTH: how many a row takes of each operand. PARTIALS: where those of a reduction of uniform
 * numbers are kept, see keeps_partials. */
enum { OPCODE, ROWS, WIDTH, OUT, FLAGS, PARTIALS, ENTRIES };

/* Flags; those of operands stand here for the first one. */
enum {
    CONSTANT_BIT = 0, /* it is made of constants, which want no gradient */
    INPUT_BIT = 4,    /* of inputs and constants, which may want none */
    SHARED_BIT = 8,   /* all rows read the same */
    RUN_BIT = 12,     /* uniform slots one after another, of which only the first is written down */
    MASKED_BIT = 16,  /* a gradient of 0 passes nothing on, not even times an infinite partial */
    REORDER_BIT = 17, /* a dot may add up its products in any order */
    GENERAL_BIT = 18, /* slots.h has no kernel that serves it best */
};

static inline int
flag(const int *in, int bit)
{
    return in[FLAGS] >> bit & 1;
}

/* What is written down of an operand is its place, or ~place where its gradient is written for the
 * first time: there nothing is added to what is there. */
static inline int
place_of(int entry)
{
    return entry < 0 ? ~entry : entry;
}

/* How many entries an operand of a row of any number has. */
static inline Py_ssize_t
entry_count(const int *in, int operand)
{
    if (flag(in, RUN_BIT + operand))
        return 1;
    return (Py_ssize_t)in[WIDTH] * (flag(in, SHARED_BIT + operand) ? 1 : in[ROWS]);
}

static inline const int *
entries_of(const int *in, int operand)
{
    return in + ENTRIES + (operand ? entry_count(in, 0) : 0);
}

/* Whether a forward pass keeps the partials of a row for those that follow: of reductions of one
 * sample, whose rules give them together with the value, but of sums and dot products. */
static inline int
keeps_partials(int opcode, int width, int uniform)
{
    return uniform && width && opcode != OP_sum && opcode != OP_dot;
}

/* From one row's entries to those of the next. */
static inline Py_ssize_t
step_of(const int *in, int operand)
{
    return flag(in, SHARED_BIT + operand) ? 0 : in[WIDTH];
}

#endif
