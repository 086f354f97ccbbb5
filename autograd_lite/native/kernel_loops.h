/* The inner loops of the tape, over contiguous numbers. kernels.h includes this file once for each
 * instruction set, with K(name) giving the names of that set and VECTOR the doubles in one of its
 * registers; so only this has a guard. No formula is here: the rows' own are inlined from
 * lane_table.h, and products are only ever added up.
 *
 * All sets give the same bits, for sums are split in the same eight parts everywhere.
 */
#ifndef AUTOGRAD_LITE_KERNEL_LOOPS_H
#define AUTOGRAD_LITE_KERNEL_LOOPS_H

#include "row_kernels.h"

#endif

#ifndef K /* this file read on its own */
#define K(name) name##_any
#endif
#define FORMULA LANE

/* Rows of the table ---------------------------------------------------------------------------- */

FIXED_ROWS(KERNELS)
TRACE_ROWS(KERNELS)

#define VALUES(name, arity) [OP_##name] = K(name##_values),
#define ONCE(name, arity) [OP_##name] = special_values,
static const RowKernel K(values)[TAPE_OPCODES] = {FIXED_ROWS(VALUES) TRACE_ROWS(VALUES)
                                                      SPECIAL_ROWS(ONCE)};
#undef VALUES
#undef ONCE
#define REVERSE(name, arity) [OP_##name] = K(name##_reverse),
#define ONCE(name, arity) [OP_##name] = special_reverse,
static const RowKernel K(reverse)[TAPE_OPCODES] = {FIXED_ROWS(REVERSE) TRACE_ROWS(REVERSE)
                                                       SPECIAL_ROWS(ONCE)};
#undef REVERSE
#undef ONCE
#undef FORMULA

/* Sums of products of one sample --------------------------------------------------------------- */

#ifdef VECTOR
#define WORD(place) (*(K(Word) *)(place)) /* a register of numbers anywhere */
typedef double K(Word) __attribute__((vector_size(8 * VECTOR), aligned(8), may_alias));

/* The eight parts of a sum, which lie in several registers, added up: all sets do it in this order,
 * ((0 + 4) + (1 + 5)) + ((2 + 6) + (3 + 7)). */
ALWAYS_INLINE double
K(sum_of_parts)(const K(Word) *part)
{
    double sum[4];
#if VECTOR == 8
    double all[8];
    memcpy(all, part, sizeof all);
    for (int k = 0; k < 4; k++)
        sum[k] = all[k] + all[k + 4];
#else
    K(Word) half[4 / VECTOR];
    for (int k = 0; k < 4 / VECTOR; k++)
        half[k] = part[k] + part[k + 4 / VECTOR];
    memcpy(sum, half, sizeof sum);
#endif
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* out[k] = the dot product of x and y[k], for as many as have their parts in eight registers. */
ALWAYS_INLINE void
K(few_dots)(Py_ssize_t n, const int few, const double *x, const double *const *y, double *out)
{
    typedef K(Word) Word;
    enum { PARTS = 8 / VECTOR };
    Word part[VECTOR][PARTS];
    double rest[VECTOR];
    Py_ssize_t i = 0;
    for (int k = 0; k < few; k++) {
        rest[k] = 0.0;
        for (int p = 0; p < PARTS; p++)
            part[k][p] = (Word){0.0};
    }
    for (; i + 8 <= n; i += 8)
        for (int p = 0; p < PARTS; p++) {
            const Word left = WORD(x + i + p * VECTOR);
            for (int k = 0; k < few; k++)
                part[k][p] += left * WORD(y[k] + i + p * VECTOR);
        }
    for (; i < n; i++)
        for (int k = 0; k < few; k++)
            rest[k] += x[i] * y[k][i];
    for (int k = 0; k < few; k++)
        out[k] = K(sum_of_parts)(part[k]) + rest[k];
}
#endif

static double
K(dot)(Py_ssize_t n, const double *x, const double *y)
{
#ifdef VECTOR
    double out;
    K(few_dots)(n, 1, x, &y, &out);
    return out;
#else
    double part[8] = {0.0}, rest = 0.0;
    Py_ssize_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            part[k] += x[i + k] * y[i + k];
    for (; i < n; i++)
        rest += x[i] * y[i];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7])) + rest;
#endif
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

#ifdef VECTOR
/* As K(combine), for a few rows and words of lanes, which stay in registers. */
ALWAYS_INLINE void
K(combine_few)(const int rows, const int words, Py_ssize_t count, Py_ssize_t l, const double *m,
               Py_ssize_t across, Py_ssize_t down, const double *const *x,
               const double *const *before, double *const *to)
{
    typedef K(Word) Word;
    Word sum[8][2];
    for (int k = 0; k < rows; k++)
        for (int i = 0; i < words; i++)
            sum[k][i] = -(Word){0.0};
    for (Py_ssize_t b = 0; b < count; b++, m += down) {
        Word v[2];
        for (int i = 0; i < words; i++)
            v[i] = WORD(x[b] + l + i * VECTOR);
        for (int k = 0; k < rows; k++)
            for (int i = 0; i < words; i++)
                sum[k][i] += m[k * across] * v[i];
    }
    for (int k = 0; k < rows; k++) /* one after the other, for two may be the same row */
        for (int i = 0; i < words; i++)
            WORD(to[k] + l + i * VECTOR) = WORD(before[k] + l + i * VECTOR) + sum[k][i];
}

/* The same for all rows. */
ALWAYS_INLINE void
K(combine_words)(const int words, Py_ssize_t rows, Py_ssize_t count, Py_ssize_t l, const double *m,
                 Py_ssize_t across, Py_ssize_t down, const double *const *x,
                 const double *const *before, double *const *to)
{
    enum { FEW = VECTOR == 8 ? 8 : 4 }; /* what the registers hold */
    Py_ssize_t a = 0;
    for (; a + FEW <= rows; a += FEW)
        K(combine_few)(FEW, words, count, l, m + a * across, across, down, x, before + a, to + a);
    for (; a < rows; a++)
        K(combine_few)(1, words, count, l, m + a * across, across, down, x, before + a, to + a);
}
#endif

/* to[a] = the sum over b of m[a * across + b * down] * x[b], in the order of b, added to
 * before[a]. Each x[b], before[a] and to[a] is a row of lanes. */
static void
K(combine)(Py_ssize_t rows, Py_ssize_t count, Py_ssize_t lanes, const double *m, Py_ssize_t across,
           Py_ssize_t down, const double *const *x, const double *const *before, double *const *to)
{
    Py_ssize_t l = 0;
#ifdef VECTOR
    for (; l + 2 * VECTOR <= lanes; l += 2 * VECTOR)
        K(combine_words)(2, rows, count, l, m, across, down, x, before, to);
    for (; l + VECTOR <= lanes; l += VECTOR)
        K(combine_words)(1, rows, count, l, m, across, down, x, before, to);
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
    Py_ssize_t b = 0;
#ifdef VECTOR
    double sums[VECTOR];
    for (; b + VECTOR <= count; b += VECTOR)
        for (Py_ssize_t a = 0; a < rows; a++) {
            K(few_dots)(lanes, VECTOR, x + a * pitch, y + b, sums);
            for (int k = 0; k < VECTOR; k++)
                to[a * count + b + k] += sums[k];
        }
#endif
    for (; b < count; b++) {
        Py_ssize_t a = 0;
#ifdef VECTOR
        for (; a + VECTOR <= rows; a += VECTOR) {
            const double *some[VECTOR];
            for (int k = 0; k < VECTOR; k++)
                some[k] = x + (a + k) * pitch;
            K(few_dots)(lanes, VECTOR, y[b], some, sums);
            for (int k = 0; k < VECTOR; k++)
                to[(a + k) * count + b] += sums[k];
        }
#endif
        for (; a < rows; a++)
            to[a * count + b] += K(dot)(lanes, x + a * pitch, y[b]);
    }
}
#undef WORD

static const Kernels K(kernels) = {
    K(values),       K(reverse),         K(dots),    K(dots_in_order), K(add_all_scaled), K(add),
    K(add_products), K(sum_of_products), K(combine), K(outer),
};
