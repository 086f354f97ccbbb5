/* What the table says of each row, by opcode; the formulas are in table.inc. */
#ifndef AUTOGRAD_LITE_ROWS_H
#define AUTOGRAD_LITE_ROWS_H

#include "engine.h"
#include "table.inc"

typedef double (*Reduce)(Py_ssize_t, const double *, double *);

static const struct {
    int arity; /* 0 for any number */
    int columns;
    Reduce reduce; /* NULL for a row of a fixed number of operands */
} rows[OPCODES] = {
#define FIXED_ROW(name, arity) [OP_##name] = {arity, 1, NULL},
#define REDUCTION(name, columns) [OP_##name] = {0, columns, name##_forward},
    FIXED_ROWS(FIXED_ROW) REDUCTIONS(REDUCTION)
};

#define LATER_ARITY(name, arity) [OP_##name - OPCODES] = arity,
static const int later_arities[TAPE_OPCODES - OPCODES] = {TRACE_ROWS(LATER_ARITY)
                                                              SPECIAL_ROWS(LATER_ARITY)};

/* How many operands a row of a fixed number has, also one that only tapes know. */
static inline int
arity_of(int opcode)
{
    return opcode < OPCODES ? rows[opcode].arity : later_arities[opcode - OPCODES];
}

#endif
