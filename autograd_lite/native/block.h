/* One block of samples: where the numbers of its slots lie, how operands are read and gradients
 * passed back. */
#ifndef AUTOGRAD_LITE_BLOCK_H
#define AUTOGRAD_LITE_BLOCK_H

#include "engine.h"
#include "kernels.h"
#include "tape_object.h"

typedef struct {
    const TapeObject *tape;
    const Kernels *kernels;
    Workspace *w;
    Py_ssize_t lanes; /* samples in this block; 1 in the uniform part */
    int boundary;     /* the first slot that differs from sample to sample */
} Part;

static inline int
slot_of(const Operand *operand, Py_ssize_t i)
{
    return operand->list ? operand->list[i] : operand->first + (int)i;
}

/* Where the lanes of a slot lie. */
static inline double *
lanes_of_slot(const Part *b, Py_ssize_t slot, const Numbers *numbers)
{
    return slot < b->boundary ? numbers->uniform + slot
                              : numbers->varying + (slot - b->boundary) * b->lanes;
}

static inline double *
values_at(const Part *b, Py_ssize_t slot)
{
    return lanes_of_slot(b, slot, &b->w->values);
}

static inline double *
gradients_at(const Part *b, Py_ssize_t slot)
{
    return lanes_of_slot(b, slot, &b->w->gradients);
}

static inline double *
rates_at(const Part *b, Py_ssize_t slot)
{
    return lanes_of_slot(b, slot, &b->w->rates);
}

/* `count` entries of an operand as rows of lanes: in place if they lie so, else gathered. */
static const double *
fetch(const Part *b, const Operand *operand, Py_ssize_t first, Py_ssize_t count,
      const Numbers *numbers, double *to)
{
    if (!operand->list && (operand->varying || b->lanes == 1))
        return lanes_of_slot(b, operand->first + first, numbers);
    if (b->lanes == 1) {
        const int *slots = operand->list + first; /* a run lies in place */
        if (operand->uniform)
            for (Py_ssize_t i = 0; i < count; i++)
                to[i] = numbers->uniform[slots[i]];
        else
            for (Py_ssize_t i = 0; i < count; i++)
                to[i] = *lanes_of_slot(b, slots[i], numbers);
        return to;
    }
    double *row = to;
    for (Py_ssize_t i = 0; i < count; i++, row += b->lanes) {
        int slot = slot_of(operand, first + i);
        if (slot < b->boundary)
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                row[l] = numbers->uniform[slot];
        else
            memcpy(row, lanes_of_slot(b, slot, numbers), (size_t)b->lanes * sizeof(double));
    }
    return to;
}

/* Add rows of lanes to the gradients of `count` entries of an operand. */
static void
pass_back(const Part *b, const Operand *operand, Py_ssize_t first, Py_ssize_t count,
          const double *passed)
{
    const Numbers *gradients = &b->w->gradients;
    if (operand->constant)
        return;
    if (!operand->list && (operand->varying || b->lanes == 1)) {
        b->kernels->add(count * b->lanes, passed,
                        lanes_of_slot(b, operand->first + first, gradients));
        return;
    }
    if (b->lanes == 1) {
        const int *slots = operand->list + first;
        if (operand->uniform)
            for (Py_ssize_t i = 0; i < count; i++)
                gradients->uniform[slots[i]] += passed[i];
        else
            for (Py_ssize_t i = 0; i < count; i++)
                *lanes_of_slot(b, slots[i], gradients) += passed[i];
        return;
    }
    for (Py_ssize_t i = 0; i < count; i++, passed += b->lanes) {
        int slot = slot_of(operand, first + i);
        if (slot < b->boundary) {
            double sum = 0.0;
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                sum += passed[l];
            gradients->uniform[slot] += sum;
        } else {
            b->kernels->add(b->lanes, passed, lanes_of_slot(b, slot, gradients));
        }
    }
}

/* A gradient or a tangent times a partial, in an operation of a branch that may not be taken: there
 * 0 times inf is 0. */
static inline double
masked_product(double gradient, double partial)
{
    return gradient == 0.0 || partial == 0.0 ? 0.0 : gradient * partial;
}

#endif
