/* Rows of the table with a fixed number of operands, on a block of samples. */
#ifndef AUTOGRAD_LITE_FIXED_ROWS_H
#define AUTOGRAD_LITE_FIXED_ROWS_H

#include "engine.h"
#include "block.h"
#include "table.inc"

/* Partials alone, for tangents and for what is masked by a `where`. */
#define PARTIALS(name, arity)                                                                     \
    static void name##_all_partials(Py_ssize_t n, const double *out, const double *const *x,      \
                                    double *const *partials)                                      \
    {                                                                                             \
        for (Py_ssize_t i = 0; i < n; i++) {                                                      \
            double a[arity], p[arity];                                                            \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = x[k][i];                                                                   \
            name##_partials(out[i], a, p);                                                        \
            for (int k = 0; k < arity; k++)                                                       \
                partials[k][i] = p[k];                                                            \
        }                                                                                         \
    }
FIXED_ROWS(PARTIALS)
TRACE_ROWS(PARTIALS)
typedef void (*Partials)(Py_ssize_t, const double *, const double *const *, double *const *);
#define PARTIALS_ENTRY(name, arity) [OP_##name] = name##_all_partials,
static const Partials partials_of[TAPE_OPCODES] = {FIXED_ROWS(PARTIALS_ENTRY)
                                                       TRACE_ROWS(PARTIALS_ENTRY)};

/* Rows of the table: tiles of as many rows as fit. */
static inline Py_ssize_t
tile_of(const Part *b)
{
    return b->lanes >= TILE ? 1 : TILE / b->lanes;
}

static void
fixed_forward(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_OPERANDS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        for (int c = 0; c < in->operands; c++)
            x[c] = fetch(b, &in->operand[c], first, n, &w->values, w->scratch + c * TILE);
        b->kernels->values[in->opcode](
            n * b->lanes, values_at(b, in->out + first), x);
    }
}

static void
fixed_reverse(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_OPERANDS];
    double *passed[MOST_OPERANDS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        Py_ssize_t total = n * b->lanes;
        for (int c = 0; c < in->operands; c++) {
            x[c] = fetch(b, &in->operand[c], first, n, &w->values, w->scratch + c * TILE);
            passed[c] = w->scratch + (MOST_OPERANDS + c) * TILE;
        }
        const double *out = values_at(b, in->out + first);
        const double *gradient =
            gradients_at(b, in->out + first);
        if (in->masked) {
            partials_of[in->opcode](total, out, x, passed);
            for (int c = 0; c < in->operands; c++)
                for (Py_ssize_t i = 0; i < total; i++)
                    passed[c][i] = masked_product(gradient[i], passed[c][i]);
        } else {
            b->kernels->reverse[in->opcode](total, out, gradient, x, passed);
        }
        for (int c = 0; c < in->operands; c++)
            pass_back(b, &in->operand[c], first, n, passed[c]);
    }
}

static void
fixed_tangents(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_OPERANDS];
    double *partials[MOST_OPERANDS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        Py_ssize_t total = n * b->lanes;
        for (int c = 0; c < in->operands; c++) {
            x[c] = fetch(b, &in->operand[c], first, n, &w->values, w->scratch + c * TILE);
            partials[c] = w->scratch + (MOST_OPERANDS + c) * TILE;
        }
        partials_of[in->opcode](total, values_at(b, in->out + first), x,
                                partials);
        double *rates = rates_at(b, in->out + first);
        memset(rates, 0, (size_t)total * sizeof(double));
        for (int c = 0; c < in->operands; c++) {
            const double *moving = fetch(b, &in->operand[c], first, n, &w->rates,
                                         w->scratch + c * TILE);
            for (Py_ssize_t i = 0; i < total; i++)
                if (moving[i] != 0.0)
                    rates[i] += in->masked ? masked_product(moving[i], partials[c][i])
                                          : moving[i] * partials[c][i];
        }
    }
}

#endif
