/* Rows of any number of operands: sums of products, and what is done sample by sample. */
#ifndef AUTOGRAD_LITE_REDUCTIONS_H
#define AUTOGRAD_LITE_REDUCTIONS_H

#include "engine.h"
#include "block.h"
#include "lane_table.h"
#include "rows.h"

/* Where an operand of one row lies. */
typedef struct {
    const int *entries; /* NULL for uniform slots, one after another */
    Py_ssize_t first;   /* of these */
} Place;

static inline Place
place_of_row(const int *in, int operand, Py_ssize_t row)
{
    const int *entries = entries_of(in, operand);
    Py_ssize_t after = row * step_of(in, operand);
    if (flag(in, RUN_BIT + operand))
        return (Place){NULL, place_of(*entries) + after};
    return (Place){entries + after, 0};
}

/* Lane l of entry i, among the values or the rates. */
static inline double
number_at(const Part *b, Place place, Py_ssize_t i, Py_ssize_t l, const double *uniform,
          const double *rows)
{
    if (!place.entries)
        return uniform[place.first + i];
    return rows[place_of(place.entries[i]) * b->rows.pitch + l];
}

/* Dot products of one sample, whose operands lie in place -------------------------------------- */

static void
dots_forward(const Part *b, const int *in)
{
    const double *x = b->rows.values + *entries_of(in, 0), *y = b->rows.values + *entries_of(in, 1);
    (flag(in, REORDER_BIT) ? b->kernels->dots : b->kernels->dots_in_order)(
        in[ROWS], in[WIDTH], x, step_of(in, 0), y, step_of(in, 1), b->rows.values + in[OUT]);
}

static void
dots_reverse(const Part *b, const int *in)
{
    for (int c = 0; c < 2; c++)
        if (!flag(in, CONSTANT_BIT + c))
            b->kernels->add_all_scaled(
                in[ROWS], in[WIDTH], b->rows.gradients + in[OUT],
                b->rows.values + *entries_of(in, 1 - c), step_of(in, 1 - c),
                b->rows.gradients + *entries_of(in, c), step_of(in, c));
}

/* Products of a uniform matrix and vectors that vary ------------------------------------------- */

/* Pointers to rows of values, gradients or what these are added to. */
static const double **
rows_of(const Part *b, const int *entries, Py_ssize_t count, double *(*row)(const Rows *, int),
        const double **to)
{
    for (Py_ssize_t i = 0; i < count; i++)
        to[i] = row(&b->rows, entries[i]);
    return to;
}

static const double **
results_of(const double *first, Py_ssize_t count, Py_ssize_t pitch, const double **to)
{
    for (Py_ssize_t i = 0; i < count; i++)
        to[i] = first + i * pitch;
    return to;
}

/* All rows at once if they have the vector in common, else row by row. */
static inline Py_ssize_t
rows_at_once(const int *in)
{
    return in[ROWS] == 1 || (flag(in, SHARED_BIT + 1) && !flag(in, SHARED_BIT)) ? in[ROWS] : 1;
}

static void
matrix_forward(const Part *b, const int *in)
{
    const Py_ssize_t n = rows_at_once(in), k = in[WIDTH];
    const double **x = b->w->pointers, **out = x + k, **before = out + n;
    results_of(b->w->nothing, n, 0, before);
    for (Py_ssize_t row = 0; row < in[ROWS]; row += n) {
        const double *m = b->w->values.uniform + place_of_row(in, 0, row).first;
        rows_of(b, place_of_row(in, 1, row).entries, k, value_row, x);
        results_of(value_row(&b->rows, in[OUT] + (int)row), n, b->rows.pitch, out);
        b->kernels->combine(n, k, b->rows.lanes, m, k, 1, x, before,
                            (double *const *)out);
    }
}

static void
matrix_reverse(const Part *b, const int *in, Py_ssize_t samples)
{
    const Py_ssize_t n = rows_at_once(in);
    const int skipped = unwanted(&b->rows, in);
    const double **x = b->w->pointers, **to = x + in[WIDTH], **before = to + in[WIDTH];
    const double **gradients = before + in[WIDTH];
    for (Py_ssize_t row = 0; row < in[ROWS]; row += n) {
        Py_ssize_t first = place_of_row(in, 0, row).first, k = in[WIDTH];
        const int *entries = place_of_row(in, 1, row).entries;
        const double *gradient = gradient_row(&b->rows, in[OUT] + (int)row);
        rows_of(b, entries, k, value_row, x);
        if (!(skipped & 1))
            b->kernels->outer(n, k, samples, gradient, b->rows.pitch, x,
                              b->w->gradients.uniform + first);
        if (skipped & 2)
            continue;
        /* Constants want none, such as the 1 of a bias, which stands last. */
        while (place_of(entries[k - 1]) >= b->tape->varying + b->tape->wanted)
            k--;
        rows_of(b, entries, k, gradient_row, to);
        const int again = row && flag(in, SHARED_BIT + 1);
        for (Py_ssize_t i = 0; i < k; i++)
            before[i] = entries[i] < 0 && !again ? b->w->nothing : to[i];
        results_of(gradient, n, b->rows.pitch, gradients);
        b->kernels->combine(k, n, b->rows.lanes, b->w->values.uniform + first, 1, in[WIDTH],
                            gradients, before, (double *const *)to);
    }
}

/* All others ----------------------------------------------------------------------------------- */

#define LANE_REDUCTION(name, columns) [OP_##name] = ANY_LANE(name##_forward),
static const Reduce lane_reductions[OPCODES] = {REDUCTIONS(LANE_REDUCTION)};

/* Where they are kept, of a row. */
static inline double *
kept_partials(const Part *b, const int *in, Py_ssize_t row)
{
    return b->w->partials + in[PARTIALS] + row * in[WIDTH];
}

static inline Reduce
reduction_of(const Part *b, const int *in)
{
    return b->uniform ? rows[in[OPCODE]].reduce : lane_reductions[in[OPCODE]];
}

static void
reduction_forward(const Part *b, const int *in)
{
    const Rows *r = &b->rows;
    if (in[OPCODE] == OP_dot && flag(in, RUN_BIT)) {
        (b->uniform ? dots_forward : matrix_forward)(b, in);
        return;
    }
    for (Py_ssize_t row = 0; row < in[ROWS]; row++) {
        const Py_ssize_t k = in[WIDTH];
        const int *x = entries_of(in, 0) + row * step_of(in, 0);
        double *out = value_row(r, in[OUT] + (int)row);
        if (in[OPCODE] == OP_dot) {
            const int *y = entries_of(in, 1) + row * step_of(in, 1);
            const double **left = b->w->pointers, **right = left + k;
            b->kernels->sum_of_products(r->lanes, k, rows_of(b, x, k, value_row, left),
                                        rows_of(b, y, k, value_row, right), out);
        } else if (in[OPCODE] == OP_sum) {
            b->kernels->add(r->lanes, r->nothing, value_row(r, x[0]), out);
            for (Py_ssize_t i = 1; i < k; i++)
                b->kernels->add(r->lanes, out, value_row(r, x[i]), out);
        } else {
            double *a = b->w->scratch, *p = b->uniform ? kept_partials(b, in, row) : a + k;
            for (Py_ssize_t l = 0; l < r->lanes; l++) {
                for (Py_ssize_t i = 0; i < k; i++)
                    a[i] = value_row(r, x[i])[l];
                out[l] = reduction_of(b, in)(k, a, p);
            }
        }
    }
}

/* The partials of a row, of one sample; in `a`, behind its operands, if they were not kept. */
static double *
partials_of_sample(const Part *b, const int *in, Py_ssize_t row, const Place *places, Py_ssize_t l,
                   double *a)
{
    if (keeps_partials(in[OPCODE], in[WIDTH], b->uniform))
        return kept_partials(b, in, row);
    const Py_ssize_t k = in[WIDTH];
    const int columns = rows[in[OPCODE]].columns;
    double *p = a + columns * k;
    for (int c = 0; c < columns; c++)
        for (Py_ssize_t i = 0; i < k; i++)
            a[c * k + i] = number_at(b, places[c], i, l, b->w->values.uniform, b->rows.values);
    reduction_of(b, in)(k, a, p);
    return p;
}

/* Sample by sample, for any row; what belongs to a uniform matrix is added up over the samples. */
static void
reduction_reverse_by_sample(const Part *b, const int *in, Py_ssize_t samples)
{
    const Rows *r = &b->rows;
    const int columns = rows[in[OPCODE]].columns, masked = flag(in, MASKED_BIT);
    const int skipped = unwanted(r, in);
    Place places[MOST_REDUCED];
    for (Py_ssize_t row = 0; row < in[ROWS]; row++) {
        const double *gradient = gradient_row(r, in[OUT] + (int)row);
        for (int c = 0; c < columns; c++) {
            places[c] = place_of_row(in, c, row);
            if (places[c].entries && !(skipped >> c & 1) && !(row && flag(in, SHARED_BIT + c)))
                for (int i = 0; i < in[WIDTH]; i++)
                    if (places[c].entries[i] < 0)
                        memset(gradient_row(r, places[c].entries[i]), 0,
                               (size_t)r->lanes * sizeof(double));
        }
        for (Py_ssize_t l = 0; l < r->lanes; l++) {
            const double *p = partials_of_sample(b, in, row, places, l, b->w->scratch);
            for (int c = 0; c < columns; c++, p += in[WIDTH])
                for (int i = 0; i < in[WIDTH] && !(skipped >> c & 1); i++) {
                    double x = masked ? masked_product(gradient[l], p[i]) : gradient[l] * p[i];
                    if (places[c].entries)
                        gradient_row(r, places[c].entries[i])[l] += x;
                    else if (l < samples)
                        b->w->gradients.uniform[places[c].first + i] += x;
                }
        }
    }
}

static void
reduction_reverse(const Part *b, const int *in, Py_ssize_t samples)
{
    const Rows *r = &b->rows;
    const int skipped = unwanted(r, in);
    if (flag(in, MASKED_BIT) || (in[OPCODE] != OP_dot && in[OPCODE] != OP_sum)) {
        reduction_reverse_by_sample(b, in, samples);
        return;
    }
    if (flag(in, RUN_BIT)) {
        if (b->uniform)
            dots_reverse(b, in);
        else
            matrix_reverse(b, in, samples);
        return;
    }
    for (Py_ssize_t row = 0; row < in[ROWS]; row++) {
        const double *gradient = gradient_row(r, in[OUT] + (int)row);
        const int columns = rows[in[OPCODE]].columns;
        for (int c = 0; c < columns; c++) {
            const int *x = entries_of(in, c) + row * step_of(in, c);
            const int *y = entries_of(in, columns - 1 - c) + row * step_of(in, columns - 1 - c);
            const int again = row && flag(in, SHARED_BIT + c);
            for (Py_ssize_t i = 0; i < in[WIDTH] && !(skipped >> c & 1); i++) {
                double *to = gradient_row(r, x[i]);
                const double *before = again ? to : gradient_before(r, x[i]);
                if (columns == 1)
                    b->kernels->add(r->lanes, before, gradient, to);
                else
                    b->kernels->add_products(r->lanes, before, gradient, value_row(r, y[i]), to);
            }
        }
    }
}

static void
reduction_tangents(const Part *b, const int *in)
{
    const int columns = rows[in[OPCODE]].columns, masked = flag(in, MASKED_BIT);
    Place places[MOST_REDUCED];
    for (Py_ssize_t row = 0; row < in[ROWS]; row++) {
        double *rates = rate_row(b, in[OUT] + (int)row);
        for (int c = 0; c < columns; c++)
            places[c] = place_of_row(in, c, row);
        for (Py_ssize_t l = 0; l < b->rows.lanes; l++) {
            const double *p = partials_of_sample(b, in, row, places, l, b->w->scratch);
            double rate = 0.0;
            for (int c = 0; c < columns; c++, p += in[WIDTH])
                for (Py_ssize_t i = 0; i < in[WIDTH]; i++) {
                    double t = number_at(b, places[c], i, l, b->w->rates.uniform, b->rates);
                    if (t != 0.0)
                        rate += masked ? masked_product(t, p[i]) : t * p[i];
                }
            rates[l] = rate;
        }
    }
}

#endif
