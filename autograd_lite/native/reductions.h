/* Rows of any number of operands, on a block of samples. */
#ifndef AUTOGRAD_LITE_REDUCTIONS_H
#define AUTOGRAD_LITE_REDUCTIONS_H

#include "engine.h"
#include "block.h"
#include "rows.h"

/* The scratch of a reduction: what was fetched, and what is passed back, for each operand. */
static inline double *
part_of_scratch(const Part *b, const Instruction *in, int part)
{
    return b->w->scratch + (Py_ssize_t)part * in->width * b->lanes;
}

static inline const double *
fetch_row(const Part *b, const Instruction *in, int c, Py_ssize_t row, const Numbers *numbers,
          double *to)
{
    const Operand *operand = &in->operand[c];
    return fetch(b, operand, operand->shared ? 0 : row * in->width, in->width, numbers, to);
}

/* Whether it is the product of a uniform matrix and one vector that varies. */
static inline int
is_matrix(const Part *b, const Instruction *in)
{
    const Operand *matrix = &in->operand[0];
    return b->lanes > 1 && in->opcode == OP_dot && matrix->uniform && !matrix->list &&
           !matrix->shared && in->operand[1].shared;
}

/* Dot products of one sample. Operands that lie in place are matrices, others are read by row. */

static inline void
dots(const Part *b, Py_ssize_t rows, Py_ssize_t n, const double *x, Py_ssize_t x_down,
     const double *y, Py_ssize_t y_down, double *out)
{
    (b->tape->reorder ? b->kernels->dots : b->kernels->dots_in_order)(rows, n, x, x_down, y,
                                                                      y_down, out);
}

static inline int
in_place(const Part *b, const Instruction *in)
{
    return b->lanes == 1 && in->opcode == OP_dot &&
           !(in->operand[0].list && !in->operand[0].shared) &&
           !(in->operand[1].list && !in->operand[1].shared);
}

static void
dots_forward(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[2];
    for (int c = 0; c < 2; c++)
        x[c] = fetch_row(b, in, c, 0, &w->values, part_of_scratch(b, in, c));
    dots(b, in->rows, in->width, x[0], in->operand[0].shared ? 0 : in->width, x[1],
         in->operand[1].shared ? 0 : in->width, values_at(b, in->out));
}

static void
dots_reverse(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    Py_ssize_t k = in->width;
    const double *gradient = gradients_at(b, in->out);
    const double *x[2];
    for (int c = 0; c < 2; c++)
        x[c] = fetch_row(b, in, c, 0, &w->values, part_of_scratch(b, in, c));
    for (int c = 0; c < 2; c++) {
        const Operand *operand = &in->operand[c];
        double *to = part_of_scratch(b, in, 2);
        if (operand->constant)
            continue;
        if (operand->list)
            memset(to, 0, (size_t)k * sizeof(double));
        else
            to = gradients_at(b, operand->first);
        b->kernels->add_all_scaled(in->rows, k, gradient, x[1 - c],
                                   in->operand[1 - c].shared ? 0 : k, to, operand->shared ? 0 : k);
        if (operand->list)
            pass_back(b, operand, 0, k, to);
    }
}

static void
reduction_forward(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    Py_ssize_t k = in->width, lanes = b->lanes;
    double *out = values_at(b, in->out);
    const double *x[2] = {NULL, NULL};
    if (in_place(b, in)) {
        dots_forward(b, in);
        return;
    }
    if (is_matrix(b, in)) {
        x[1] = fetch_row(b, in, 1, 0, &w->values, part_of_scratch(b, in, 1));
        memset(out, 0, (size_t)(in->rows * lanes) * sizeof(double));
        b->kernels->combine(in->rows, k, lanes, w->values.uniform + in->operand[0].first, k, 1,
                            x[1], out);
        return;
    }
    for (Py_ssize_t row = 0; row < in->rows; row++, out += lanes) {
        for (int c = 0; c < in->operands; c++)
            if (row == 0 || !in->operand[c].shared)
                x[c] = fetch_row(b, in, c, row, &w->values, part_of_scratch(b, in, c));
        if (in->opcode == OP_dot && lanes == 1) {
            dots(b, 1, k, x[0], 0, x[1], 0, out);
        } else if (in->opcode == OP_dot) {
            memset(out, 0, (size_t)lanes * sizeof(double));
            for (Py_ssize_t i = 0; i < k; i++)
                b->kernels->add_products(lanes, x[0] + i * lanes, x[1] + i * lanes, out);
        } else if (in->opcode == OP_sum) {
            memcpy(out, x[0], (size_t)lanes * sizeof(double));
            for (Py_ssize_t i = 1; i < k; i++)
                b->kernels->add(lanes, x[0] + i * lanes, out);
        } else {
            double *a = part_of_scratch(b, in, 4), *p = a + k;
            for (Py_ssize_t l = 0; l < lanes; l++) {
                for (Py_ssize_t i = 0; i < k; i++)
                    a[i] = x[0][i * lanes + l];
                out[l] = rows[in->opcode].reduce(k, a, p);
            }
        }
    }
}

static void
reduction_reverse(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    Py_ssize_t k = in->width, lanes = b->lanes;
    double *gradient = gradients_at(b, in->out);
    const double *x[2] = {NULL, NULL};
    double *passed[2] = {part_of_scratch(b, in, 2), part_of_scratch(b, in, 3)};
    const size_t row_size = (size_t)(k * lanes) * sizeof(double);
    if (!in->masked && in_place(b, in)) {
        dots_reverse(b, in);
        return;
    }
    if (!in->masked && is_matrix(b, in)) {
        const Operand *matrix = &in->operand[0];
        x[1] = fetch_row(b, in, 1, 0, &w->values, part_of_scratch(b, in, 1));
        if (!matrix->constant)
            b->kernels->outer(in->rows, k, lanes, gradient, x[1],
                              w->gradients.uniform + matrix->first);
        if (!in->operand[1].constant) {
            memset(passed[1], 0, row_size);
            b->kernels->combine(k, in->rows, lanes, w->values.uniform + matrix->first, 1, k,
                                gradient, passed[1]);
            pass_back(b, &in->operand[1], 0, k, passed[1]);
        }
        return;
    }
    for (int c = 0; c < in->operands; c++) /* of a shared operand, gradients are added up first */
        if (in->operand[c].shared)
            memset(passed[c], 0, row_size);
    for (Py_ssize_t row = 0; row < in->rows; row++, gradient += lanes) {
        for (int c = 0; c < in->operands; c++) {
            if (row == 0 || !in->operand[c].shared)
                x[c] = fetch_row(b, in, c, row, &w->values, part_of_scratch(b, in, c));
            if (!in->operand[c].shared)
                memset(passed[c], 0, row_size);
        }
        if (in->masked || (in->opcode != OP_dot && in->opcode != OP_sum)) {
            double *a = part_of_scratch(b, in, 4), *p = a + in->operands * k;
            for (Py_ssize_t l = 0; l < lanes; l++) {
                for (int c = 0; c < in->operands; c++)
                    for (Py_ssize_t i = 0; i < k; i++)
                        a[c * k + i] = x[c][i * lanes + l];
                rows[in->opcode].reduce(k, a, p);
                for (int c = 0; c < in->operands; c++)
                    for (Py_ssize_t i = 0; i < k; i++)
                        passed[c][i * lanes + l] += in->masked
                                                        ? masked_product(gradient[l], p[c * k + i])
                                                        : gradient[l] * p[c * k + i];
            }
        } else if (in->opcode == OP_sum) {
            for (Py_ssize_t i = 0; i < k; i++)
                b->kernels->add(lanes, gradient, passed[0] + i * lanes);
        } else {
            for (int c = 0; c < 2; c++) {
                if (in->operand[c].constant)
                    continue;
                if (lanes == 1) {
                    b->kernels->add_all_scaled(1, k, gradient, x[1 - c], 0, passed[c], 0);
                    continue;
                }
                for (Py_ssize_t i = 0; i < k; i++)
                    b->kernels->add_products(lanes, gradient, x[1 - c] + i * lanes,
                                             passed[c] + i * lanes);
            }
        }
        for (int c = 0; c < in->operands; c++)
            if (!in->operand[c].shared)
                pass_back(b, &in->operand[c], row * k, k, passed[c]);
    }
    for (int c = 0; c < in->operands; c++)
        if (in->operand[c].shared)
            pass_back(b, &in->operand[c], 0, k, passed[c]);
}

static void
reduction_tangents(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    Py_ssize_t k = in->width, lanes = b->lanes;
    double *rates = rates_at(b, in->out);
    double *a = part_of_scratch(b, in, 4), *p = a + in->operands * k;
    for (Py_ssize_t row = 0; row < in->rows; row++, rates += lanes) {
        const double *x[2] = {NULL, NULL}, *moving[2] = {NULL, NULL};
        for (int c = 0; c < in->operands; c++) {
            x[c] = fetch_row(b, in, c, row, &w->values, part_of_scratch(b, in, c));
            moving[c] = fetch_row(b, in, c, row, &w->rates,
                                  part_of_scratch(b, in, 2 + c));
        }
        for (Py_ssize_t l = 0; l < lanes; l++) {
            double rate = 0.0;
            for (int c = 0; c < in->operands; c++)
                for (Py_ssize_t i = 0; i < k; i++)
                    a[c * k + i] = x[c][i * lanes + l];
            rows[in->opcode].reduce(k, a, p);
            for (int c = 0; c < in->operands; c++)
                for (Py_ssize_t i = 0; i < k; i++) {
                    double t = moving[c][i * lanes + l];
                    if (t != 0.0)
                        rate += in->masked ? masked_product(t, p[c * k + i]) : t * p[c * k + i];
                }
            rates[l] = rate;
        }
    }
}

#endif
