/* The rows of a step as a loop runs them: what loop_rows.c does, and loop_plan.h prepares.
 *
 * Numbers of the step lie side by side, by slot, and so do their rates, of each number in a few
 * directions: its lanes. Values and rates move together, row after row, and nothing is kept of a
 * step unless it is asked for. */
#ifndef AUTOGRAD_LITE_LOOP_ROWS_H
#define AUTOGRAD_LITE_LOOP_ROWS_H

#include "engine.h"
#include "instruction.h"

enum { MOST_LANES_OF_A_LOOP = 4 };

/* Opcodes beyond those of tapes: sums and dot products whose operands are listed, dot products of
 * two pairs, and those of matrices whose numbers lie side by side; any other reduction; the end of
 * a condition, after which there is no more step if its number is 0; the end of a step. */
enum {
    OP_plain_sum = TAPE_OPCODES,
    OP_plain_dot,
    OP_pairs,
    OP_matrix,
    OP_reduction,
    OP_until,
    OP_end
};

typedef struct {
    const void *label; /* where loop_steps.inc does what the opcode says */
    int opcode, out;
    int moving; /* the operands that have rates, by bit */
    int width;  /* how many numbers a reduction takes of each operand */
    union {
        int at[MOST_OPERANDS];      /* the slots of the operands */
        const int *x[MOST_REDUCED]; /* those of a reduction, of which there are many */
    };
    const int *in; /* the instruction, of a reduction */
} LoopRow;

typedef void (*Dots)(Py_ssize_t, Py_ssize_t, const double *, Py_ssize_t, const double *, Py_ssize_t,
                     double *restrict);

typedef struct {
    LoopRow *rows;
    Py_ssize_t count;
    double *values, *rates, *scratch;
    int lanes;
    Dots dots[2]; /* in order; in any order */
    /* Before each step numbers of the xs come in, and after it those of the ys go out. Sequences
     * are of n doubles; of rates there are those of each lane, or NULL for none. */
    Py_ssize_t n, entries, ys, carried;
    int backwards;
    const int *state_slots, *x_slots;
    int *y_slots;
    /* What becomes the next state and does not lie there already: pairs of slots. Where such a
     * number is itself part of the state, all go by `moved`, which has room for them and for their
     * rates; else it is NULL. */
    const int *moves;
    Py_ssize_t move_count;
    double *moved;
    double **xs, **x_rates, **y, **y_rates;
    double *kept, **kept_rates; /* the state before every so many steps; NULL for none */
    Py_ssize_t every;
    int undefined; /* whether a rate that came out is a nan */
    int labelled;  /* whether rows have their labels; those of so many lanes */
} LoopRun;

/* Steps from `first` on, before `last`; how many have been done until then. */
HIDDEN Py_ssize_t run_steps(LoopRun *run, Py_ssize_t first, Py_ssize_t last);

#endif
