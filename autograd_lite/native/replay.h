/* Replay of a tape: the uniform part once, the rest block by block. */
#ifndef AUTOGRAD_LITE_REPLAY_H
#define AUTOGRAD_LITE_REPLAY_H

#include "engine.h"
#include "fixed_rows.h"
#include "reductions.h"
#include "slots.h"
#include "tape.h"

static inline const int *
instruction_at(const TapeObject *tape, Py_ssize_t i)
{
    return tape->code + tape->starts[i];
}

static inline int
reduces(const int *in)
{
    return in[WIDTH] != 0;
}

/* What is uniform, by slots where they have a kernel. */

static void
uniform_forward(const Part *b)
{
    for (Py_ssize_t i = 0; i < b->tape->uniform_count; i++) {
        const int *in = instruction_at(b->tape, i);
        if (flag(in, GENERAL_BIT))
            reduction_forward(b, in);
        else
            slot_values[in[OPCODE]](in, b->rows.values);
    }
}

static void
uniform_reverse(const Part *b)
{
    for (Py_ssize_t i = b->tape->uniform_count; i-- > 0;) {
        const int *in = instruction_at(b->tape, i);
        if (!flag(in, GENERAL_BIT) && !flag(in, MASKED_BIT))
            slot_reverse[in[OPCODE]](in, b->rows.values, b->rows.gradients);
        else if (reduces(in))
            reduction_reverse(b, in, 1);
        else
            masked_reverse(b, in, arity_of(in[OPCODE]));
    }
}

/* What varies, by rows. */

static void
varying_forward(const Part *b)
{
    for (Py_ssize_t i = b->tape->uniform_count; i < b->tape->count; i++) {
        const int *in = instruction_at(b->tape, i);
        if (reduces(in))
            reduction_forward(b, in);
        else
            (is_far(&b->rows, in) ? far_values : b->kernels->values)[in[OPCODE]](&b->rows, in);
    }
}

static void
varying_reverse(const Part *b, Py_ssize_t samples)
{
    for (Py_ssize_t i = b->tape->count; i-- > b->tape->uniform_count;) {
        const int *in = instruction_at(b->tape, i);
        if (reduces(in))
            reduction_reverse(b, in, samples);
        else if (flag(in, MASKED_BIT))
            masked_reverse(b, in, arity_of(in[OPCODE]));
        else
            (is_far(&b->rows, in) ? far_reverse : b->kernels->reverse)[in[OPCODE]](&b->rows, in);
    }
}

static void
tangents(const Part *b, Py_ssize_t from, Py_ssize_t to)
{
    for (Py_ssize_t i = from; i < to; i++) {
        const int *in = instruction_at(b->tape, i);
        if (reduces(in))
            reduction_tangents(b, in);
        else
            fixed_tangents(b, in, arity_of(in[OPCODE]));
    }
}

/* Numbers in and out --------------------------------------------------------------------------- */

/* The first guard that does not hold for the first sample for which any does not, or -1. */
static Py_ssize_t
broken_guard(const Part *b, Py_ssize_t samples, Py_ssize_t *sample)
{
    const int *guard = b->tape->guard_fields, boundary = b->tape->uniform;
    Py_ssize_t broken = -1;
    *sample = samples;
    for (Py_ssize_t i = 0; i < b->tape->guards; i++, guard += 4) {
        const double *x = lanes_of_slot(b, guard[1], &b->w->values);
        const double *y = lanes_of_slot(b, guard[2], &b->w->values);
        Py_ssize_t next_x = guard[1] >= boundary, next_y = guard[2] >= boundary;
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

/* Samples into lanes. Those that only fill up a line get the last sample. */
static void
load_inputs(const Part *b, const Job *job, Py_ssize_t first, Py_ssize_t samples, int rates)
{
    const int *slot = b->tape->varying_input_slots;
    for (Py_ssize_t c = 0; c < job->batches; c++) {
        const Batch *batch = &job->batch[c];
        const double *from = (rates ? batch->rates : batch->numbers) + first * batch->width;
        for (Py_ssize_t j = 0; j < batch->width; j++, slot++) {
            double *to = lanes_of_slot(b, *slot, rates ? &b->w->rates : &b->w->values);
            if (batch->width == 1)
                memcpy(to, from, (size_t)samples * sizeof(double));
            else
                for (Py_ssize_t l = 0; l < samples; l++)
                    to[l] = from[l * batch->width + j];
            for (Py_ssize_t l = samples; l < b->rows.lanes; l++)
                to[l] = to[samples - 1];
        }
    }
}

static void
store_varying_gradients(const Part *b, const Job *job, Py_ssize_t first, Py_ssize_t samples)
{
    const int *slot = b->tape->varying_input_slots;
    for (Py_ssize_t c = 0; c < job->batches; c++) {
        const Batch *batch = &job->batch[c];
        if (!batch->gradient) /* not wanted */
            return;
        double *to = batch->gradient + first * batch->width;
        for (Py_ssize_t j = 0; j < batch->width; j++, slot++) {
            const double *from = lanes_of_slot(b, *slot, &b->w->gradients);
            for (Py_ssize_t l = 0; l < samples; l++)
                to[l * batch->width + j] = from[l] + 0.0; /* no -0.0 for no gradient */
        }
    }
}

/* One lane of each output to `to`, sample after sample. */
static void
store_outputs(const Part *b, const Numbers *numbers, Py_ssize_t samples, double *to)
{
    Py_ssize_t n = b->tape->outputs;
    for (Py_ssize_t k = 0; k < n; k++) {
        int slot = b->tape->output_slots[k];
        const double *from = lanes_of_slot(b, slot, numbers);
        for (Py_ssize_t l = 0; l < samples; l++)
            to[l * n + k] = slot < b->tape->uniform ? *from : from[l];
    }
}

/* The numbers of uniform slots that instructions of varying ones want elsewhere, too. */
static void
spread_out(const Part *b, Numbers *numbers)
{
    const TapeObject *tape = b->tape;
    for (int i = 0; i < tape->copies; i++)
        numbers->uniform[tape->uniform + i] = numbers->uniform[tape->copied[i]];
    for (int i = 0; i < tape->spread; i++) {
        double x = numbers->uniform[tape->spread_slots[i]];
        double *to = numbers->rows + (tape->varying + i) * b->rows.pitch;
        for (Py_ssize_t l = 0; l < b->rows.pitch; l++)
            to[l] = x;
    }
}

/* Rows of gradients of uniform slots to these; they are 0 afterwards. */
static void
gather_spread(const Part *b, Py_ssize_t samples)
{
    const TapeObject *tape = b->tape;
    double *row = b->w->gradients.rows + tape->varying * b->rows.pitch;
    for (int i = 0; i < tape->wanted; i++, row += b->rows.pitch) {
        b->w->gradients.uniform[tape->spread_slots[i]] += sum_of_lanes(row, samples);
        memset(row, 0, (size_t)b->rows.pitch * sizeof(double));
    }
}

static void
seed(const Part *b, const double *seeds, Py_ssize_t samples)
{
    const TapeObject *tape = b->tape;
    for (int i = 0; i < tape->cleared; i++)
        memset(b->w->gradients.rows + tape->cleared_rows[i] * b->rows.pitch, 0,
               (size_t)b->rows.lanes * sizeof(double));
    for (int k = 0; k < tape->outputs; k++) {
        int slot = tape->output_slots[k];
        double *to = lanes_of_slot(b, slot, &b->w->gradients);
        if (slot < tape->uniform)
            *to += seeds[k] * (double)samples;
        else
            for (Py_ssize_t l = 0; l < b->rows.lanes; l++)
                to[l] += seeds[k];
    }
}

/* A job ---------------------------------------------------------------------------------------- */

/* One block of samples; returns whether all guards held. */
static int
replay_block(const Part *b, Job *job, Py_ssize_t first, Py_ssize_t samples)
{
    const TapeObject *tape = b->tape;
    load_inputs(b, job, first, samples, 0);
    varying_forward(b);
    job->broken_guard = broken_guard(b, samples, &job->broken_sample);
    if (job->broken_guard >= 0) {
        job->broken_sample += first;
        return 0;
    }
    store_outputs(b, &b->w->values, samples, job->results + first * tape->outputs);
    for (int k = 0; k < tape->outputs; k++) {
        int slot = tape->output_slots[k];
        const double *from = lanes_of_slot(b, slot, &b->w->values);
        job->totals[k] += slot < tape->uniform ? *from * (double)samples
                                               : sum_of_lanes(from, samples);
    }
    if (job->seeds) {
        seed(b, job->seeds, samples);
        varying_reverse(b, samples);
        store_varying_gradients(b, job, first, samples);
    }
    if (job->uniform_rates) {
        load_inputs(b, job, first, samples, 1);
        tangents(b, tape->uniform_count, tape->count);
        store_outputs(b, &b->w->rates, samples, job->rates + first * tape->outputs);
    }
    return 1;
}

/* The part of a tape that is done once, not for each sample. */
static Part
uniform_part(const TapeObject *tape, Workspace *w)
{
    return (Part){
        .tape = tape,
        .kernels = all_kernels[kernel_set],
        .w = w,
        .rows = {1, 1, w->values.uniform, w->gradients.uniform, w->nothing, 0},
        .rates = w->rates.uniform,
        .uniform = 1,
    };
}

static void
replay(const TapeObject *tape, Workspace *w, Job *job)
{
    size_t uniform_size = (size_t)(tape->uniform + tape->copies) * sizeof(double);
    Part whole = uniform_part(tape, w);
    Part block = whole;
    Py_ssize_t most = job->samples < tape->most_lanes ? job->samples : tape->most_lanes;
    block.uniform = 0;
    block.rates = w->rates.rows;
    block.rows = (Rows){0, pitch_of(most), w->values.rows, w->gradients.rows, w->nothing, 1};
    for (Py_ssize_t c = 0; c < job->batches; c++)
        if (job->batch[c].gradient)
            block.rows.unwanted = 0;
    for (int i = 0; i < tape->uniform_inputs; i++)
        w->values.uniform[tape->uniform_input_slots[i]] = job->uniform[i];
    uniform_forward(&whole);
    spread_out(&block, &w->values);
    if (job->seeds) {
        memset(w->gradients.uniform, 0, uniform_size);
        memset(w->gradients.rows + tape->varying * block.rows.pitch, 0,
               (size_t)(tape->spread * block.rows.pitch) * sizeof(double));
    }
    if (job->uniform_rates) {
        memset(w->rates.uniform, 0, uniform_size);
        for (int i = 0; i < tape->uniform_inputs; i++)
            w->rates.uniform[tape->uniform_input_slots[i]] += job->uniform_rates[i];
        tangents(&whole, 0, tape->uniform_count);
        spread_out(&block, &w->rates);
    }
    for (Py_ssize_t first = 0, samples; first < job->samples; first += samples) {
        samples = job->samples - first < most ? job->samples - first : most;
        if (samples < most && job->seeds) /* here not all lanes are samples */
            gather_spread(&block, most);
        block.rows.lanes = padded(samples);
        if (!replay_block(&block, job, first, samples))
            return;
        if (first + samples == job->samples && job->seeds)
            gather_spread(&block, samples);
    }
    if (job->seeds) {
        for (int i = 0; i < tape->copies; i++)
            w->gradients.uniform[tape->copied[i]] += w->gradients.uniform[tape->uniform + i];
        uniform_reverse(&whole);
        for (int i = 0; i < tape->uniform_inputs; i++)
            job->uniform_gradient[i] += w->gradients.uniform[tape->uniform_input_slots[i]];
    }
}

#endif
