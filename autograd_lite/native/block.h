/* One part of a replay: what is uniform, or one block of samples. */
#ifndef AUTOGRAD_LITE_BLOCK_H
#define AUTOGRAD_LITE_BLOCK_H

#include "engine.h"
#include "kernels.h"
#include "tape_object.h"

typedef struct {
    const TapeObject *tape;
    const Kernels *kernels;
    Workspace *w;
    Rows rows; /* of the uniform part: slots, one lane */
    double *rates;
    int uniform; /* whether it is the uniform part */
} Part;

/* The first of the lanes of a slot; in a block of samples, a uniform one has one lane. */
static inline double *
lanes_of_slot(const Part *b, Py_ssize_t slot, const Numbers *numbers)
{
    return slot < b->tape->uniform ? numbers->uniform + slot
                                   : numbers->rows + (slot - b->tape->uniform) * b->rows.pitch;
}

static inline double *
rate_row(const Part *b, int entry)
{
    return b->rates + place_of(entry) * b->rows.pitch;
}

/* A gradient or a tangent times a partial, in an operation of a branch that may not be taken: there
 * 0 times inf is 0. */
static inline double
masked_product(double gradient, double partial)
{
    return gradient == 0.0 || partial == 0.0 ? 0.0 : gradient * partial;
}

/* The sum of lanes, in eight parts. */
static inline double
sum_of_lanes(const double *x, Py_ssize_t lanes)
{
    double part[8] = {0.0}, rest = 0.0;
    Py_ssize_t l = 0;
    for (; l + 8 <= lanes; l += 8)
        for (int k = 0; k < 8; k++)
            part[k] += x[l + k];
    for (; l < lanes; l++)
        rest += x[l];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7])) + rest;
}

#endif
