/* The inner loops of the tape, over contiguous numbers. kernels.h includes this file once for each
 * instruction set, with K(name) giving the names of that set and VECTOR the doubles in one of its
 * registers; so only the types have a guard. No formula is here: the rows' own are inlined from
 * table.inc, and products are only ever added up.
 *
 * All sets give the same bits, for sums are split in the same eight parts everywhere.
 */
#ifndef AUTOGRAD_LITE_KERNEL_LOOPS_H
#define AUTOGRAD_LITE_KERNEL_LOOPS_H

#include "engine.h"
#include "table.inc"

typedef void (*Values)(Py_ssize_t, double *restrict, const double *const *);
typedef void (*Reverse)(Py_ssize_t, const double *restrict, const double *restrict,
                        const double *const *, double *const *);

typedef struct { /* the inner loops of one instruction set */
    const Values *values;
    const Reverse *reverse;
    void (*dots)(Py_ssize_t, Py_ssize_t, const double *, Py_ssize_t, const double *, Py_ssize_t,
                 double *restrict);
    void (*dots_in_order)(Py_ssize_t, Py_ssize_t, const double *, Py_ssize_t, const double *,
                          Py_ssize_t, double *restrict);
    void (*add_all_scaled)(Py_ssize_t, Py_ssize_t, const double *restrict, const double *restrict,
                           Py_ssize_t, double *restrict, Py_ssize_t);
    void (*add)(Py_ssize_t, const double *restrict, double *restrict);
    void (*add_products)(Py_ssize_t, const double *restrict, const double *restrict,
                         double *restrict);
    void (*combine)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const double *restrict, Py_ssize_t,
                    Py_ssize_t, const double *restrict, double *restrict);
    void (*outer)(Py_ssize_t, Py_ssize_t, Py_ssize_t, const double *restrict,
                  const double *restrict, double *restrict);
} Kernels;

#endif

#ifndef K /* this file read on its own */
#define K(name) name##_any
#endif

/* Rows of the table ---------------------------------------------------------------------------- */

#define KERNELS(name, arity)                                                                      \
    static void K(name##_values)(Py_ssize_t n, double *restrict out, const double *const *x)      \
    {                                                                                             \
        for (Py_ssize_t i = 0; i < n; i++) {                                                      \
            double a[arity];                                                                      \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = x[k][i];                                                                   \
            out[i] = name##_value(a);                                                             \
        }                                                                                         \
    }                                                                                             \
    static void K(name##_reverse)(Py_ssize_t n, const double *restrict out,                       \
                                  const double *restrict gradient, const double *const *x,        \
                                  double *const *passed)                                          \
    {                                                                                             \
        for (Py_ssize_t i = 0; i < n; i++) {                                                      \
            double a[arity], p[arity];                                                            \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = x[k][i];                                                                   \
            name##_partials(out[i], a, p);                                                        \
            for (int k = 0; k < arity; k++)                                                       \
                passed[k][i] = gradient[i] * p[k];                                                \
        }                                                                                         \
    }
FIXED_ROWS(KERNELS)
TRACE_ROWS(KERNELS)
#undef KERNELS

#define VALUES(name, arity) [OP_##name] = K(name##_values),
static const Values K(values)[TAPE_OPCODES] = {FIXED_ROWS(VALUES) TRACE_ROWS(VALUES)};
#undef VALUES
#define REVERSE(name, arity) [OP_##name] = K(name##_reverse),
static const Reverse K(reverse)[TAPE_OPCODES] = {FIXED_ROWS(REVERSE) TRACE_ROWS(REVERSE)};
#undef REVERSE

/* Sums of products ----------------------------------------------------------------------------- */

static double
K(dot)(Py_ssize_t n, const double *restrict x, const double *restrict y)
{
    double part[8] = {0.0}, rest = 0.0;
    Py_ssize_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            part[k] += x[i + k] * y[i + k];
    for (; i < n; i++)
        rest += x[i] * y[i];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7])) + rest;
}

/* out[a] = the dot product of row a of x and row a of y; rows are `down` apart. */
static void
K(dots)(Py_ssize_t rows, Py_ssize_t n, const double *x, Py_ssize_t x_down, const double *y,
        Py_ssize_t y_down, double *restrict out)
{
    for (Py_ssize_t a = 0; a < rows; a++)
        out[a] = K(dot)(n, x + a * x_down, y + a * y_down);
}

/* The same, each added up from left to right; eight at a time, for an addition takes a while. */
static void
K(dots_in_order)(Py_ssize_t rows, Py_ssize_t n, const double *x, Py_ssize_t x_down, const double *y,
                 Py_ssize_t y_down, double *restrict out)
{
    for (Py_ssize_t a = 0; a < rows; a += 8) {
        const Py_ssize_t left = rows - a < 8 ? rows - a : 8;
        const double *u = x + a * x_down, *v = y + a * y_down;
        double sum[8] = {-0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0};
        if (left == 8)
            for (Py_ssize_t i = 0; i < n; i++)
                for (int k = 0; k < 8; k++)
                    sum[k] += u[k * x_down + i] * v[k * y_down + i];
        else
            for (Py_ssize_t i = 0; i < n; i++)
                for (Py_ssize_t k = 0; k < left; k++)
                    sum[k] += u[k * x_down + i] * v[k * y_down + i];
        for (Py_ssize_t k = 0; k < left; k++)
            out[a + k] = sum[k];
    }
}

/* Row a of `to` += scale[a] * row a of x. */
static void
K(add_all_scaled)(Py_ssize_t rows, Py_ssize_t n, const double *restrict scale,
                  const double *restrict x, Py_ssize_t x_down, double *restrict to,
                  Py_ssize_t to_down)
{
    for (Py_ssize_t a = 0; a < rows; a++, x += x_down, to += to_down) {
        const double s = scale[a];
        for (Py_ssize_t i = 0; i < n; i++)
            to[i] += s * x[i];
    }
}

static void
K(add)(Py_ssize_t n, const double *restrict x, double *restrict to)
{
    for (Py_ssize_t i = 0; i < n; i++)
        to[i] += x[i];
}

/* to += x * y, entry by entry */
static void
K(add_products)(Py_ssize_t n, const double *restrict x, const double *restrict y,
                double *restrict to)
{
    for (Py_ssize_t i = 0; i < n; i++)
        to[i] += x[i] * y[i];
}

/* to[a] += sum over b of m[a * across + b * down] * x[b], each x[b] and to[a] a row of `lanes`. */
static void
K(combine)(Py_ssize_t rows, Py_ssize_t count, Py_ssize_t lanes, const double *restrict m,
           Py_ssize_t across, Py_ssize_t down, const double *restrict x, double *restrict to)
{
    Py_ssize_t l = 0;
#ifdef VECTOR /* four rows and two registers of lanes at a time */
    typedef double Vector __attribute__((vector_size(8 * VECTOR), aligned(8), may_alias));
#define AT(place) (*(Vector *)(place))
#define READ(place) (*(const Vector *)(place))
    for (; l + 2 * VECTOR <= lanes; l += 2 * VECTOR) {
        Py_ssize_t a = 0;
        for (; a + 4 <= rows; a += 4) {
            Vector s0 = {0.0}, s1 = {0.0}, s2 = {0.0}, s3 = {0.0};
            Vector r0 = {0.0}, r1 = {0.0}, r2 = {0.0}, r3 = {0.0};
            const double *w = m + a * across, *v = x + l;
            for (Py_ssize_t b = 0; b < count; b++, w += down, v += lanes) {
                const Vector left = READ(v), right = READ(v + VECTOR);
                s0 += w[0] * left;
                r0 += w[0] * right;
                s1 += w[across] * left;
                r1 += w[across] * right;
                s2 += w[2 * across] * left;
                r2 += w[2 * across] * right;
                s3 += w[3 * across] * left;
                r3 += w[3 * across] * right;
            }
            double *row = to + a * lanes + l;
            AT(row) += s0;
            AT(row + VECTOR) += r0;
            AT(row + lanes) += s1;
            AT(row + lanes + VECTOR) += r1;
            AT(row + 2 * lanes) += s2;
            AT(row + 2 * lanes + VECTOR) += r2;
            AT(row + 3 * lanes) += s3;
            AT(row + 3 * lanes + VECTOR) += r3;
        }
        for (; a < rows; a++) {
            Vector s = {0.0}, r = {0.0};
            const double *w = m + a * across, *v = x + l;
            for (Py_ssize_t b = 0; b < count; b++, w += down, v += lanes) {
                s += *w * READ(v);
                r += *w * READ(v + VECTOR);
            }
            AT(to + a * lanes + l) += s;
            AT(to + a * lanes + l + VECTOR) += r;
        }
    }
#undef AT
#undef READ
#endif
    for (; l < lanes; l++)
        for (Py_ssize_t a = 0; a < rows; a++) {
            double s = 0.0;
            for (Py_ssize_t b = 0; b < count; b++)
                s += m[a * across + b * down] * x[b * lanes + l];
            to[a * lanes + l] += s;
        }
}

/* to[a * count + b] += the dot product of x[a] and y[b], rows of `lanes`. */
static void
K(outer)(Py_ssize_t rows, Py_ssize_t count, Py_ssize_t lanes, const double *restrict x,
         const double *restrict y, double *restrict to)
{
    for (Py_ssize_t a = 0; a < rows; a++) {
        const double *u = x + a * lanes;
        Py_ssize_t b = 0;
#ifdef VECTOR
        typedef double Vector __attribute__((vector_size(64), aligned(8), may_alias));
        for (; b + 4 <= count; b += 4) {
            const double *v = y + b * lanes;
            Vector s0 = {0.0}, s1 = {0.0}, s2 = {0.0}, s3 = {0.0};
            Py_ssize_t l = 0;
            for (; l + 8 <= lanes; l += 8) {
                const Vector g = *(const Vector *)(u + l);
                s0 += g * *(const Vector *)(v + l);
                s1 += g * *(const Vector *)(v + lanes + l);
                s2 += g * *(const Vector *)(v + 2 * lanes + l);
                s3 += g * *(const Vector *)(v + 3 * lanes + l);
            }
#define SUMMED(s) (((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])))
            double r0 = SUMMED(s0), r1 = SUMMED(s1), r2 = SUMMED(s2), r3 = SUMMED(s3);
#undef SUMMED
            for (; l < lanes; l++) {
                r0 += u[l] * v[l];
                r1 += u[l] * v[lanes + l];
                r2 += u[l] * v[2 * lanes + l];
                r3 += u[l] * v[3 * lanes + l];
            }
            to[a * count + b] += r0;
            to[a * count + b + 1] += r1;
            to[a * count + b + 2] += r2;
            to[a * count + b + 3] += r3;
        }
#endif
        for (; b < count; b++)
            to[a * count + b] += K(dot)(lanes, u, y + b * lanes);
    }
}

static const Kernels K(kernels) = {
    K(values), K(reverse),      K(dots),    K(dots_in_order), K(add_all_scaled),
    K(add),    K(add_products), K(combine), K(outer),
};
