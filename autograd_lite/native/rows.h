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

/* Rows that only tapes know. Those of special_rows.py are functions of special.c, which are called
 * from here: they are so long that one loop for all of them is as fast as one for each. */
static const struct {
    int arity;
    double (*value)(const double *);
    void (*partials)(double, const double *, double *);
} later_rows[TAPE_OPCODES - OPCODES] = {
#define TRACE_ROW(name, arity) [OP_##name - OPCODES] = {arity, NULL, NULL},
#define SPECIAL_ROW(name, arity) [OP_##name - OPCODES] = {arity, name##_value, name##_partials},
    TRACE_ROWS(TRACE_ROW) SPECIAL_ROWS(SPECIAL_ROW)
#undef TRACE_ROW
#undef SPECIAL_ROW
};

/* How many operands a row of a fixed number has, also one that only tapes know. */
static inline int
arity_of(int opcode)
{
    return opcode < OPCODES ? rows[opcode].arity : later_rows[opcode - OPCODES].arity;
}

/* Of a row of special_rows.py. */

static inline double
special_value(int opcode, const double *a)
{
    return later_rows[opcode - OPCODES].value(a);
}

static inline void
special_partials(int opcode, double out, const double *a, double *p)
{
    later_rows[opcode - OPCODES].partials(out, a, p);
}

#endif
