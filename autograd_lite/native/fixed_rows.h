/* Rows of the table with a fixed number of operands: what the kernels do not do, tangents and the
 * gradients of what is masked by a `where`. */
#ifndef AUTOGRAD_LITE_FIXED_ROWS_H
#define AUTOGRAD_LITE_FIXED_ROWS_H

#include "engine.h"
#include "block.h"
#include "lane_table.h"
#include "rows.h"
#include "table.inc"

typedef void (*Partials)(Py_ssize_t, const double *, const double *const *, double *const *);

/* partials[k] = the partials with respect to operand k, of one sample and of lanes. */
#define PARTIALS(kind, formula, arity)                                                            \
    static void kind(Py_ssize_t lanes, const double *out, const double *const *x,                 \
                     double *const *partials)                                                     \
    {                                                                                             \
        for (Py_ssize_t l = 0; l < lanes; l++) {                                                  \
            double a[arity], p[arity];                                                            \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = x[k][l];                                                                   \
            formula(out[l], a, p);                                                                \
            for (int k = 0; k < arity; k++)                                                       \
                partials[k][l] = p[k];                                                            \
        }                                                                                         \
    }
#define BOTH_PARTIALS(name, arity)                                                                \
    PARTIALS(name##_sample_partials, name##_partials, arity)                                      \
    PARTIALS(name##_lane_partials, ANY_LANE(name##_partials), arity)
FIXED_ROWS(BOTH_PARTIALS)
TRACE_ROWS(BOTH_PARTIALS)
#define SAMPLE_PARTIALS(name, arity) [OP_##name] = name##_sample_partials,
static const Partials sample_partials[TAPE_OPCODES] = {FIXED_ROWS(SAMPLE_PARTIALS)
                                                           TRACE_ROWS(SAMPLE_PARTIALS)};
#define LANE_PARTIALS(name, arity) [OP_##name] = name##_lane_partials,
static const Partials lane_partials[TAPE_OPCODES] = {FIXED_ROWS(LANE_PARTIALS)
                                                         TRACE_ROWS(LANE_PARTIALS)};

/* Those of a row of special_rows.py. */
static void
partials_of_special(int opcode, Py_ssize_t lanes, const double *out, const double *const *x,
                    double *const *partials)
{
    const int arity = arity_of(opcode);
    for (Py_ssize_t l = 0; l < lanes; l++) {
        double a[MOST_OPERANDS], p[MOST_OPERANDS];
        for (int k = 0; k < arity; k++)
            a[k] = x[k][l];
        special_partials(opcode, out[l], a, p);
        for (int k = 0; k < arity; k++)
            partials[k][l] = p[k];
    }
}

/* The partials of row i, in the scratch. */
static inline void
partials_of_row(const Part *b, const int *in, int arity, Py_ssize_t i, double **partials)
{
    const double *x[MOST_OPERANDS];
    for (int c = 0; c < arity; c++) {
        x[c] = value_row(&b->rows, in[ENTRIES + (Py_ssize_t)c * in[ROWS] + i]);
        partials[c] = b->w->scratch + c * b->rows.pitch;
    }
    const double *out = value_row(&b->rows, in[OUT] + (int)i);
    const Partials own = (b->uniform ? sample_partials : lane_partials)[in[OPCODE]];
    if (own)
        own(b->rows.lanes, out, x, partials);
    else
        partials_of_special(in[OPCODE], b->rows.lanes, out, x, partials);
}

static void
masked_reverse(const Part *b, const int *in, int arity)
{
    const Rows *rows = &b->rows;
    const int skipped = unwanted(rows, in);
    double *partials[MOST_OPERANDS];
    for (Py_ssize_t i = 0; i < in[ROWS]; i++) {
        const double *gradient = gradient_row(rows, in[OUT] + (int)i);
        partials_of_row(b, in, arity, i, partials);
        for (int c = 0; c < arity; c++) {
            const int entry = in[ENTRIES + (Py_ssize_t)c * in[ROWS] + i];
            if (skipped >> c & 1)
                continue;
            for (Py_ssize_t l = 0; l < rows->lanes; l++)
                partials[c][l] = masked_product(gradient[l], partials[c][l]);
            b->kernels->add(rows->lanes, gradient_before(rows, entry), partials[c],
                            gradient_row(rows, entry));
        }
    }
}

static void
fixed_tangents(const Part *b, const int *in, int arity)
{
    const Rows *rows = &b->rows;
    double *partials[MOST_OPERANDS];
    for (Py_ssize_t i = 0; i < in[ROWS]; i++) {
        double *rates = rate_row(b, in[OUT] + (int)i);
        partials_of_row(b, in, arity, i, partials);
        memset(rates, 0, (size_t)rows->lanes * sizeof(double));
        for (int c = 0; c < arity; c++) {
            const double *moving = rate_row(b, in[ENTRIES + (Py_ssize_t)c * in[ROWS] + i]);
            for (Py_ssize_t l = 0; l < rows->lanes; l++)
                if (moving[l] != 0.0)
                    rates[l] += flag(in, MASKED_BIT) ? masked_product(moving[l], partials[c][l])
                                                     : moving[l] * partials[c][l];
        }
    }
}

#endif
