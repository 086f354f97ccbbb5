/* The inner loops of the tape, over contiguous numbers. kernels.h includes this file once for each
 * instruction set, with K(name) giving the names of that set and VECTOR the doubles in one of its
 * registers; so only the types have a guard. No formula is here: the rows' own are inlined from
 * lane_table.h, and products are only ever added up.
 *
 * All sets give the same bits, for sums are split in the same eight parts everywhere.
 */
#ifndef AUTOGRAD_LITE_KERNEL_LOOPS_H
#define AUTOGRAD_LITE_KERNEL_LOOPS_H

#include "engine.h"
#include "instruction.h"
#include "lane_table.h"

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

#endif

#ifndef K /* this file read on its own */
#define K(name) name##_any
#endif

/* Rows of the table ---------------------------------------------------------------------------- */

/* A loop for each operand, for two operands may be the same row; compilers leave out of each what
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
                out[l] = LANE(name##_value)(a);                                                   \
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
            LANE(name##_partials)(out[l], a, p);                                                  \
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
FIXED_ROWS(KERNELS)
TRACE_ROWS(KERNELS)
#undef KERNELS
#undef PASS

#define VALUES(name, arity) [OP_##name] = K(name##_values),
static const RowKernel K(values)[TAPE_OPCODES] = {FIXED_ROWS(VALUES) TRACE_ROWS(VALUES)};
#undef VALUES
#define REVERSE(name, arity) [OP_##name] = K(name##_reverse),
static const RowKernel K(reverse)[TAPE_OPCODES] = {FIXED_ROWS(REVERSE) TRACE_ROWS(REVERSE)};
#undef REVERSE

/* Sums of products of one sample --------------------------------------------------------------- */

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

/* Rows of lanes -------------------------------------------------------------------------------- */

/* to = before + x; `before` may be `to` */
static void
K(add)(Py_ssize_t lanes, const double *before, const double *x, double *to)
{
    SAME_PLACE_ONLY
    for (Py_ssize_t l = 0; l < lanes; l++)
        to[l] = before[l] + x[l];
}

/* to = before + x * y */
static void
K(add_products)(Py_ssize_t lanes, const double *before, const double *x, const double *y,
                double *to)
{
    SAME_PLACE_ONLY
    for (Py_ssize_t l = 0; l < lanes; l++)
        to[l] = before[l] + x[l] * y[l];
}

/* to = the sum of x[i] * y[i], from the first to the last; each of them is a row of lanes. */
static void
K(sum_of_products)(Py_ssize_t lanes, Py_ssize_t n, const double *const *x, const double *const *y,
                   double *restrict to)
{
    enum { STRIP = 8 }; /* lanes whose sums stay in registers */
    Py_ssize_t l = 0;
    for (; l + STRIP <= lanes; l += STRIP) {
        double sum[STRIP];
        for (int k = 0; k < STRIP; k++)
            sum[k] = -0.0;
        for (Py_ssize_t i = 0; i < n; i++) {
            const double *u = x[i] + l, *v = y[i] + l;
            for (int k = 0; k < STRIP; k++)
                sum[k] += u[k] * v[k];
        }
        for (int k = 0; k < STRIP; k++)
            to[l + k] = sum[k];
    }
    for (; l < lanes; l++) {
        double sum = -0.0;
        for (Py_ssize_t i = 0; i < n; i++)
            sum += x[i][l] * y[i][l];
        to[l] = sum;
    }
}

/* to[a] = the sum over b of m[a * across + b * down] * x[b], in the order of b, added to
 * before[a]. Each x[b], before[a] and to[a] is a row of lanes. */
static void
K(combine)(Py_ssize_t rows, Py_ssize_t count, Py_ssize_t lanes, const double *m, Py_ssize_t across,
           Py_ssize_t down, const double *const *x, const double *const *before, double *const *to)
{
    Py_ssize_t l = 0;
#ifdef VECTOR
    typedef double Vector __attribute__((vector_size(8 * VECTOR), aligned(8), may_alias));
    const Vector none = (Vector){0.0} * -1.0;
#define READ(place) (*(const Vector *)(place))
#define PUT(a, at, sum)                                                                           \
    (*(Vector *)(to[a] + (at)) = READ(before[a] + (at)) + (sum))
    for (; l + 2 * VECTOR <= lanes; l += 2 * VECTOR) { /* four rows, two registers of lanes */
        Py_ssize_t a = 0;
        for (; a + 4 <= rows; a += 4) {
            Vector s0 = none, s1 = none, s2 = none, s3 = none;
            Vector r0 = none, r1 = none, r2 = none, r3 = none;
            const double *w0 = m + a * across, *w1 = w0 + across, *w2 = w1 + across;
            const double *w3 = w2 + across;
            for (Py_ssize_t b = 0; b < count; b++) {
                const Vector left = READ(x[b] + l), right = READ(x[b] + l + VECTOR);
                s0 += *w0 * left;
                r0 += *w0 * right;
                s1 += *w1 * left;
                r1 += *w1 * right;
                s2 += *w2 * left;
                r2 += *w2 * right;
                s3 += *w3 * left;
                r3 += *w3 * right;
                w0 += down;
                w1 += down;
                w2 += down;
                w3 += down;
            }
            PUT(a, l, s0);
            PUT(a, l + VECTOR, r0);
            PUT(a + 1, l, s1);
            PUT(a + 1, l + VECTOR, r1);
            PUT(a + 2, l, s2);
            PUT(a + 2, l + VECTOR, r2);
            PUT(a + 3, l, s3);
            PUT(a + 3, l + VECTOR, r3);
        }
        for (; a < rows; a++) {
            Vector s = none, r = none;
            const double *w = m + a * across;
            for (Py_ssize_t b = 0; b < count; b++, w += down) {
                s += *w * READ(x[b] + l);
                r += *w * READ(x[b] + l + VECTOR);
            }
            PUT(a, l, s);
            PUT(a, l + VECTOR, r);
        }
    }
#undef READ
#undef PUT
#endif
    for (; l < lanes; l++)
        for (Py_ssize_t a = 0; a < rows; a++) {
            double s = -0.0;
            for (Py_ssize_t b = 0; b < count; b++)
                s += m[a * across + b * down] * x[b][l];
            to[a][l] = before[a][l] + s;
        }
}

/* to[a * count + b] += the dot product of row a of x and y[b], rows of lanes. */
static void
K(outer)(Py_ssize_t rows, Py_ssize_t count, Py_ssize_t lanes, const double *x, Py_ssize_t pitch,
         const double *const *y, double *to)
{
    for (Py_ssize_t a = 0; a < rows; a++, x += pitch, to += count) {
        Py_ssize_t b = 0;
#ifdef VECTOR /* as many at a time as have their eight parts in eight registers */
        enum { PARTS = 8 / VECTOR };
        typedef double Vector __attribute__((vector_size(8 * VECTOR), aligned(8), may_alias));
        for (; b + VECTOR <= count; b += VECTOR) {
            Vector part[VECTOR][PARTS] = {{{0.0}}};
            double rest[VECTOR] = {0.0};
            Py_ssize_t l = 0;
            for (; l + 8 <= lanes; l += 8)
                for (int p = 0; p < PARTS; p++) {
                    const Vector g = *(const Vector *)(x + l + p * VECTOR);
                    for (int k = 0; k < VECTOR; k++)
                        part[k][p] += g * *(const Vector *)(y[b + k] + l + p * VECTOR);
                }
            for (; l < lanes; l++)
                for (int k = 0; k < VECTOR; k++)
                    rest[k] += x[l] * y[b + k][l];
            for (int k = 0; k < VECTOR; k++) {
                double s[8];
                memcpy(s, part[k], sizeof s);
                to[b + k] += ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])) +
                             rest[k];
            }
        }
#endif
        for (; b < count; b++)
            to[b] += K(dot)(lanes, x, y[b]);
    }
}

static const Kernels K(kernels) = {
    K(values),       K(reverse),         K(dots),    K(dots_in_order), K(add_all_scaled), K(add),
    K(add_products), K(sum_of_products), K(combine), K(outer),
};
