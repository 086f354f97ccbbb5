/* What the inner loops of the tape work on, and the loops of a row of the table, as a macro:
 * kernel_loops.h has them for each instruction set. Those of special_rows.py are here. */
#ifndef AUTOGRAD_LITE_ROW_KERNELS_H
#define AUTOGRAD_LITE_ROW_KERNELS_H

#include "engine.h"
#include "instruction.h"
#include "lane_table.h"
#include "rows.h"

typedef struct { /* numbers by row */
    Py_ssize_t lanes; /* of a row that are worked on */
    Py_ssize_t pitch; /* from one row to the next */
    double *values, *gradients;
    const double *nothing; /* a row of -0.0, for -0.0 + x is x, for every x */
    int unwanted;          /* whether the gradients of inputs that vary are */
} Rows;

typedef void (*RowKernel)(const Rows *, const int *);

typedef struct { /* the inner loops of one instruction set */
    const RowKernel *values, *reverse;
    void (*dots)(Py_ssize_t, Py_ssize_t, const double *, Py_ssize_t, const double *, Py_ssize_t,
                 double *restrict);
    void (*dots_in_order)(Py_ssize_t, Py_ssize_t, const double *, Py_ssize_t, const double *,
                          Py_ssize_t, double *restrict);
    void (*add_all_scaled)(Py_ssize_t, Py_ssize_t, const double *restrict, const double *restrict,
                           Py_ssize_t, double *restrict, Py_ssize_t);
    void (*add)(Py_ssize_t, const double *, const double *, double *);
    void (*add_products)(Py_ssize_t, const double *, const double *, const double *, double *);
    void (*sum_of_products)(Py_ssize_t, Py_ssize_t, const double *const *, const double *const *,
                            double *restrict);
    void (*combine)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const double *, Py_ssize_t, Py_ssize_t,
                    const double *const *, const double *const *, double *const *);
    void (*outer)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const double *, Py_ssize_t,
                  const double *const *, double *);
} Kernels;

/* The operands whose gradients are not wanted, by bit. */
static inline int
unwanted(const Rows *b, const int *in)
{
    return in[FLAGS] >> CONSTANT_BIT | (b->unwanted ? in[FLAGS] >> INPUT_BIT : 0);
}

static inline double *
value_row(const Rows *b, int entry)
{
    return b->values + place_of(entry) * b->pitch;
}

static inline double *
gradient_row(const Rows *b, int entry)
{
    return b->gradients + place_of(entry) * b->pitch;
}

/* What a gradient is added to. */
static inline const double *
gradient_before(const Rows *b, int entry)
{
    return entry < 0 ? b->nothing : gradient_row(b, entry);
}

/* Before a loop in which what is written may be what is read at the same place, but no other. */
#if defined(__clang__)
#define SAME_PLACE_ONLY _Pragma("clang loop vectorize(assume_safety)")
#pragma clang diagnostic ignored "-Wpass-failed" /* loops that call libm stay as they are */
#elif defined(__GNUC__)
#define SAME_PLACE_ONLY _Pragma("GCC ivdep")
#elif defined(_MSC_VER)
#define SAME_PLACE_ONLY __pragma(loop(ivdep))
#else
#define SAME_PLACE_ONLY
#endif

/* The kernels of a row of the table, with the names K(name##_values) and K(name##_reverse) and the
 * formulas FORMULA(name##_value) and FORMULA(name##_partials).
 *
 * A loop for each operand, for two operands may be the same row; compilers leave out of each what
 * belongs to the others' partials. */
#define KERNELS(name, arity)                                                                      \
    static void K(name##_values)(const Rows *b, const int *in)                                    \
    {                                                                                             \
        const Py_ssize_t n = in[ROWS], lanes = b->lanes;                                          \
        for (Py_ssize_t i = 0; i < n; i++) {                                                      \
            double *restrict out = value_row(b, in[OUT] + (int)i);                                \
            const double *x[arity];                                                               \
            for (int k = 0; k < arity; k++)                                                       \
                x[k] = value_row(b, in[ENTRIES + k * n + i]);                                     \
            for (Py_ssize_t l = 0; l < lanes; l++) {                                              \
                double a[arity];                                                                  \
                for (int k = 0; k < arity; k++)                                                   \
                    a[k] = x[k][l];                                                               \
                out[l] = FORMULA(name##_value)(a);                                                \
            }                                                                                     \
        }                                                                                         \
    }                                                                                             \
    ALWAYS_INLINE void K(name##_pass)(Py_ssize_t lanes, const int operand, const double *out,     \
                                      const double *gradient, const double *const *x,             \
                                      const double *before, double *to)                           \
    {                                                                                             \
        SAME_PLACE_ONLY                                                                           \
        for (Py_ssize_t l = 0; l < lanes; l++) {                                                  \
            double a[arity], p[arity];                                                            \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = x[k][l];                                                                   \
            FORMULA(name##_partials)(out[l], a, p);                                               \
            to[l] = before[l] + gradient[l] * p[operand];                                         \
        }                                                                                         \
    }                                                                                             \
    static void K(name##_reverse)(const Rows *b, const int *in)                                   \
    {                                                                                             \
        const Py_ssize_t n = in[ROWS], lanes = b->lanes;                                          \
        const int skipped = unwanted(b, in);                                                      \
        for (Py_ssize_t i = 0; i < n; i++) {                                                      \
            const double *out = value_row(b, in[OUT] + (int)i), *x[arity];                        \
            const double *gradient = gradient_row(b, in[OUT] + (int)i);                           \
            for (int k = 0; k < arity; k++)                                                       \
                x[k] = value_row(b, in[ENTRIES + k * n + i]);                                     \
            PASS(name, arity, 0)                                                                  \
            PASS(name, arity, 1)                                                                  \
            PASS(name, arity, 2)                                                                  \
            PASS(name, arity, 3)                                                                  \
        }                                                                                         \
    }
#define PASS(name, arity, k)                                                                      \
    if (arity > k && !(skipped >> k & 1)) {                                                       \
        const int entry = in[ENTRIES + (arity > k ? k : 0) * n + i];                              \
        K(name##_pass)(lanes, arity > k ? k : 0, out, gradient, x, gradient_before(b, entry),     \
                       gradient_row(b, entry));                                                   \
    }

/* All rows of special_rows.py, which call functions of special.c: the same for all sets. Their
 * partials are computed once, for no compiler can leave out a part of what it does not see. */

static void
special_values(const Rows *b, const int *in)
{
    const Py_ssize_t n = in[ROWS];
    const int arity = arity_of(in[OPCODE]);
    for (Py_ssize_t i = 0; i < n; i++) {
        double *out = value_row(b, in[OUT] + (int)i);
        for (Py_ssize_t l = 0; l < b->lanes; l++) {
            double a[MOST_OPERANDS];
            for (int k = 0; k < arity; k++)
                a[k] = value_row(b, in[ENTRIES + k * n + i])[l];
            out[l] = special_value(in[OPCODE], a);
        }
    }
}

static void
special_reverse(const Rows *b, const int *in)
{
    const Py_ssize_t n = in[ROWS];
    const int arity = arity_of(in[OPCODE]), skipped = unwanted(b, in);
    for (Py_ssize_t i = 0; i < n; i++) {
        const double *out = value_row(b, in[OUT] + (int)i);
        const double *gradient = gradient_row(b, in[OUT] + (int)i);
        for (Py_ssize_t l = 0; l < b->lanes; l++) {
            double a[MOST_OPERANDS], p[MOST_OPERANDS];
            for (int k = 0; k < arity; k++)
                a[k] = value_row(b, in[ENTRIES + k * n + i])[l];
            special_partials(in[OPCODE], out[l], a, p);
            for (int k = 0; k < arity; k++) {
                const int entry = in[ENTRIES + k * n + i];
                if (!(skipped >> k & 1))
                    gradient_row(b, entry)[l] = gradient_before(b, entry)[l] + gradient[l] * p[k];
            }
        }
    }
}

#endif
