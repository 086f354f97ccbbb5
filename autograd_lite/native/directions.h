/* Many directions at once, of a tape without a batch: its numbers and partials are computed once,
 * and lanes hold what moves forward, or what passes back, in each direction. */
#ifndef AUTOGRAD_LITE_DIRECTIONS_H
#define AUTOGRAD_LITE_DIRECTIONS_H

#include "engine.h"
#include "replay.h"

enum { SOME_LANES = 4, MOST_DIRECTIONS = 32 }; /* lanes at a time; directions of one pass */

/* to[l] += x[l] * partial, where x moves: 0 times an infinite partial is 0 there. */
static inline void
add_moving(Py_ssize_t lanes, const double *x, double partial, double *to)
{
    for (Py_ssize_t l = 0; l < lanes; l += SOME_LANES)
        for (int k = 0; k < SOME_LANES; k++)
            to[l + k] += x[l + k] != 0.0 ? x[l + k] * partial : 0.0;
}

/* The same of gradients, for which 0 times inf is nan, as it is for a single one. */
static inline void
add_gradient(Py_ssize_t lanes, const double *x, double partial, double *to)
{
    for (Py_ssize_t l = 0; l < lanes; l += SOME_LANES)
        for (int k = 0; k < SOME_LANES; k++)
            to[l + k] += x[l + k] * partial;
}

/* Operands of a row: where their slots are, one after another, or at entries. */
typedef struct {
    Place place[MOST_OPERANDS];
    const double *partials[MOST_OPERANDS];
    int columns;
    Py_ssize_t width;
} OneRow;

static void
read_row(const Part *b, const int *in, Py_ssize_t i, OneRow *row)
{
    double *partials[MOST_OPERANDS];
    if (reduces(in)) {
        row->columns = rows[in[OPCODE]].columns;
        row->width = in[WIDTH];
        for (int c = 0; c < row->columns; c++)
            row->place[c] = place_of_row(in, c, i);
        const double *p =
            partials_of_sample(b, in, row->columns, row->place, 0, b->w->scratch);
        for (int c = 0; c < row->columns; c++)
            row->partials[c] = p + c * row->width;
        return;
    }
    row->columns = arity_of(in[OPCODE]);
    row->width = 1;
    partials_of_row(b, in, row->columns, i, partials);
    for (int c = 0; c < row->columns; c++) {
        row->place[c] = (Place){in + ENTRIES + (Py_ssize_t)c * in[ROWS] + i, 0};
        row->partials[c] = partials[c];
    }
}

static inline Py_ssize_t
slot_at(const Place *place, Py_ssize_t i)
{
    return place->entries ? place_of(place->entries[i]) : place->first + i;
}

static void
push_lanes(const Part *b, double *lanes, Py_ssize_t count)
{
    OneRow row;
    for (Py_ssize_t i = 0; i < b->tape->count; i++) {
        const int *in = instruction_at(b->tape, i);
        for (Py_ssize_t r = 0; r < in[ROWS]; r++) {
            double *to = lanes + (in[OUT] + r) * count;
            memset(to, 0, (size_t)count * sizeof(double));
            read_row(b, in, r, &row);
            for (int c = 0; c < row.columns; c++)
                for (Py_ssize_t k = 0; k < row.width && !flag(in, CONSTANT_BIT + c); k++)
                    if (row.partials[c][k] != 0.0 || !flag(in, MASKED_BIT))
                        add_moving(count, lanes + slot_at(&row.place[c], k) * count,
                                   row.partials[c][k], to);
        }
    }
}

static void
pull_lanes(const Part *b, double *lanes, Py_ssize_t count)
{
    OneRow row;
    for (Py_ssize_t i = b->tape->count; i-- > 0;) {
        const int *in = instruction_at(b->tape, i);
        const int masked = flag(in, MASKED_BIT);
        for (Py_ssize_t r = 0; r < in[ROWS]; r++) {
            const double *from = lanes + (in[OUT] + r) * count;
            read_row(b, in, r, &row);
            for (int c = 0; c < row.columns; c++)
                for (Py_ssize_t k = 0; k < row.width && !flag(in, CONSTANT_BIT + c); k++)
                    if (row.partials[c][k] != 0.0 || !masked)
                        (masked ? add_moving : add_gradient)(
                            count, from, row.partials[c][k],
                            lanes + slot_at(&row.place[c], k) * count);
        }
    }
}

/* Directions `first` and on of the slots `slots`, into lanes or out of them. */
static void
put_lanes(const int *slots, int many, const double *from, Py_ssize_t stride, Py_ssize_t some,
          Py_ssize_t count, double *lanes)
{
    for (int i = 0; i < many; i++)
        for (Py_ssize_t l = 0; l < some; l++)
            lanes[slots[i] * count + l] += from[l * stride + i];
}

static void
take_lanes(const int *slots, int many, const double *lanes, Py_ssize_t count, Py_ssize_t some,
           Py_ssize_t stride, double *to)
{
    for (int i = 0; i < many; i++)
        for (Py_ssize_t l = 0; l < some; l++)
            to[l * stride + i] = lanes[slots[i] * count + l] + 0.0; /* no -0.0 for no gradient */
}

/* For each direction in `given` (rates of the uniform inputs, or seeds of the outputs) its answer
 * (rates of the outputs, or gradients of the uniform inputs); `lanes` has room for MOST_DIRECTIONS
 * of each slot. */
static void
replay_directions(const TapeObject *tape, Workspace *w, const double *uniform, int forward,
                  Py_ssize_t directions, const double *given, double *answers, double *lanes)
{
    const Part whole = {
        .tape = tape,
        .kernels = all_kernels[kernel_set],
        .w = w,
        .rows = {1, 1, w->values.uniform, w->gradients.uniform, w->nothing, 0},
        .rates = w->rates.uniform,
        .uniform = 1,
    };
    const int *in = forward ? tape->uniform_input_slots : tape->output_slots;
    const int *out = forward ? tape->output_slots : tape->uniform_input_slots;
    const int wide = forward ? tape->uniform_inputs : tape->outputs;
    const int high = forward ? tape->outputs : tape->uniform_inputs;
    for (int i = 0; i < tape->uniform_inputs; i++)
        w->values.uniform[tape->uniform_input_slots[i]] = uniform[i];
    uniform_forward(&whole);
    for (Py_ssize_t first = 0, some; first < directions; first += some) {
        some = directions - first < MOST_DIRECTIONS ? directions - first : MOST_DIRECTIONS;
        Py_ssize_t count = (some + SOME_LANES - 1) / SOME_LANES * SOME_LANES;
        memset(lanes, 0, (size_t)(tape->uniform * count) * sizeof(double));
        put_lanes(in, wide, given + first * wide, wide, some, count, lanes);
        (forward ? push_lanes : pull_lanes)(&whole, lanes, count);
        take_lanes(out, high, lanes, count, some, high, answers + first * high);
    }
}

#endif
