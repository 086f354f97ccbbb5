/* Replay of a tape: the uniform part once, the rest block by block. */
#ifndef AUTOGRAD_LITE_REPLAY_H
#define AUTOGRAD_LITE_REPLAY_H

#include "engine.h"
#include "fixed_rows.h"
#include "reductions.h"
#include "slots.h"
#include "tape.h"

typedef void (*Pass)(const Part *, const Instruction *);

static inline void
run_forward(const Part *b, Py_ssize_t from, Py_ssize_t to)
{
    for (Py_ssize_t i = from; i < to; i++) {
        const Instruction *in = &b->tape->instructions[i];
        (in->width ? reduction_forward : fixed_forward)(b, in);
    }
}

static inline void
run_reverse(const Part *b, Py_ssize_t from, Py_ssize_t to)
{
    for (Py_ssize_t i = to; i-- > from;) {
        const Instruction *in = &b->tape->instructions[i];
        (in->width ? reduction_reverse : fixed_reverse)(b, in);
    }
}

/* What is the same for all samples, by slots. */

static void
slots_forward(const Part *b)
{
    const TapeObject *tape = b->tape;
    for (Py_ssize_t i = 0; i < tape->uniform_count; i++) {
        const int *in = tape->by_slot + tape->places[i];
        if (in[OPCODE] == GENERAL)
            run_forward(b, i, i + 1);
        else
            slot_values[in[OPCODE]](in, b->w->values.uniform);
    }
}

static void
slots_reverse(const Part *b)
{
    const TapeObject *tape = b->tape;
    for (Py_ssize_t i = tape->uniform_count; i-- > 0;) {
        const int *in = tape->by_slot + tape->places[i];
        if (in[OPCODE] == GENERAL)
            run_reverse(b, i, i + 1);
        else
            slot_reverse[in[OPCODE]](in, b->w->values.uniform, b->w->gradients.uniform);
    }
}

static inline void
run_tangents(const Part *b, Py_ssize_t from, Py_ssize_t to)
{
    for (Py_ssize_t i = from; i < to; i++) {
        const Instruction *in = &b->tape->instructions[i];
        (in->width ? reduction_tangents : fixed_tangents)(b, in);
    }
}

/* A job ---------------------------------------------------------------------------------------- */

/* The first guard that does not hold for the first sample for which any does not, or -1. */
static Py_ssize_t
broken_guard(const Part *b, Py_ssize_t *sample)
{
    const int *guard = b->tape->guard_fields;
    Py_ssize_t broken = -1;
    *sample = b->lanes;
    for (Py_ssize_t i = 0; i < b->tape->guards; i++, guard += 4) {
        const double *x = values_at(b, guard[1]);
        const double *y = values_at(b, guard[2]);
        Py_ssize_t next_x = guard[1] >= b->boundary, next_y = guard[2] >= b->boundary;
        for (Py_ssize_t l = 0; l < *sample; l++) {
            double left = x[l * next_x], right = y[l * next_y];
            int holds = guard[0] == 0   ? left < right
                        : guard[0] == 1 ? left <= right
                                        : left != right;
            if (holds != guard[3]) {
                broken = i;
                *sample = l;
                break;
            }
        }
    }
    return broken;
}

static void
load_inputs(const Part *b, const Job *job, Py_ssize_t first, int rates)
{
    const int *slot = b->tape->varying_input_slots;
    for (Py_ssize_t c = 0; c < job->batches; c++) {
        const Batch *batch = &job->batch[c];
        const double *from = (rates ? batch->rates : batch->numbers) + first * batch->width;
        for (Py_ssize_t j = 0; j < batch->width; j++, slot++) {
            double *to = (rates ? b->w->rates.varying : b->w->values.varying) +
                         (Py_ssize_t)(*slot - b->boundary) * b->lanes;
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                to[l] = from[l * batch->width + j];
        }
    }
}

static void
store_varying_gradients(const Part *b, const Job *job, Py_ssize_t first)
{
    const int *slot = b->tape->varying_input_slots;
    for (Py_ssize_t c = 0; c < job->batches; c++) {
        const Batch *batch = &job->batch[c];
        if (!batch->gradient) /* not wanted */
            return;
        double *to = batch->gradient + first * batch->width;
        for (Py_ssize_t j = 0; j < batch->width; j++, slot++) {
            const double *from =
                b->w->gradients.varying + (Py_ssize_t)(*slot - b->boundary) * b->lanes;
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                to[l * batch->width + j] = from[l];
        }
    }
}

/* One lane of each output to `to`, sample after sample. */
static void
store_outputs(const Part *b, const Numbers *numbers, double *to)
{
    Py_ssize_t n = b->tape->outputs;
    for (Py_ssize_t k = 0; k < n; k++) {
        int slot = b->tape->output_slots[k];
        const double *from = lanes_of_slot(b, slot, numbers);
        for (Py_ssize_t l = 0; l < b->lanes; l++)
            to[l * n + k] = slot < b->boundary ? *from : from[l];
    }
}

static void
replay(const TapeObject *tape, Workspace *w, Job *job)
{
    Part whole = {tape, all_kernels[kernel_set], w, 1, tape->uniform}, block = whole;
    size_t uniform_size = (size_t)tape->uniform * sizeof(double);
    for (int i = 0; i < tape->uniform_inputs; i++)
        w->values.uniform[tape->uniform_input_slots[i]] = job->uniform[i];
    slots_forward(&whole);
    if (job->seeds)
        memset(w->gradients.uniform, 0, uniform_size);
    if (job->uniform_rates) {
        memset(w->rates.uniform, 0, uniform_size);
        for (int i = 0; i < tape->uniform_inputs; i++)
            w->rates.uniform[tape->uniform_input_slots[i]] += job->uniform_rates[i];
        run_tangents(&whole, 0, tape->uniform_count);
    }
    for (Py_ssize_t first = 0; first < job->samples; first += block.lanes) {
        Py_ssize_t left = job->samples - first;
        block.lanes = left < tape->most_lanes ? left : tape->most_lanes;
        load_inputs(&block, job, first, 0);
        run_forward(&block, tape->uniform_count, tape->count);
        job->broken_guard = broken_guard(&block, &job->broken_sample);
        if (job->broken_guard >= 0) {
            job->broken_sample += first;
            return;
        }
        double *results = job->results + first * tape->outputs;
        store_outputs(&block, &w->values, results);
        for (Py_ssize_t l = 0; l < block.lanes; l++)
            for (Py_ssize_t k = 0; k < tape->outputs; k++)
                job->totals[k] += results[l * tape->outputs + k];
        if (job->seeds) {
            memset(w->gradients.varying, 0,
                   (size_t)tape->varying * (size_t)block.lanes * sizeof(double));
            for (int k = 0; k < tape->outputs; k++) {
                int slot = tape->output_slots[k];
                double *to = gradients_at(&block, slot);
                if (slot < tape->uniform)
                    *to += job->seeds[k] * (double)block.lanes;
                else
                    for (Py_ssize_t l = 0; l < block.lanes; l++)
                        to[l] += job->seeds[k];
            }
            run_reverse(&block, tape->uniform_count, tape->count);
            store_varying_gradients(&block, job, first);
        }
        if (job->uniform_rates) {
            memset(w->rates.varying, 0,
                   (size_t)tape->varying * (size_t)block.lanes * sizeof(double));
            load_inputs(&block, job, first, 1);
            run_tangents(&block, tape->uniform_count, tape->count);
            store_outputs(&block, &w->rates,
                          job->rates + first * tape->outputs);
        }
    }
    if (job->seeds) {
        slots_reverse(&whole);
        for (int i = 0; i < tape->uniform_inputs; i++)
            job->uniform_gradient[i] += w->gradients.uniform[tape->uniform_input_slots[i]];
    }
}

#endif
