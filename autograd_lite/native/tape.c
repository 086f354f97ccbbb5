/* The tape: replay of compiled functions.
 *
 * A tape is checked once, when it is made; a replay then touches nothing but its own workspace and
 * the buffers it was given, runs no Python code, and lets other threads run meanwhile. It knows
 * numbers only: Values are read, and get their gradients, in leaves.h.
 */
#include "engine.h"

#include "buffers.h"
#include "kernels.h"
#include "memory.h"
#include "rows.h"
#include "slots.h"
#include "table.inc"
#include "tape.h"

/* Partials alone, for tangents and for what is masked by a `where`. */
#define PARTIALS(name, arity)                                                                     \
    static void name##_all_partials(Py_ssize_t n, const double *out, const double *const *x,      \
                                    double *const *partials)                                      \
    {                                                                                             \
        for (Py_ssize_t i = 0; i < n; i++) {                                                      \
            double a[arity], p[arity];                                                            \
            for (int k = 0; k < arity; k++)                                                       \
                a[k] = x[k][i];                                                                   \
            name##_partials(out[i], a, p);                                                        \
            for (int k = 0; k < arity; k++)                                                       \
                partials[k][i] = p[k];                                                            \
        }                                                                                         \
    }
FIXED_ROWS(PARTIALS)
TRACE_ROWS(PARTIALS)
typedef void (*Partials)(Py_ssize_t, const double *, const double *const *, double *const *);
#define PARTIALS_ENTRY(name, arity) [OP_##name] = name##_all_partials,
static const Partials partials_of[TAPE_OPCODES] = {FIXED_ROWS(PARTIALS_ENTRY)
                                                       TRACE_ROWS(PARTIALS_ENTRY)};
#define TRACE_ARITY(name, arity) [OP_##name - OPCODES] = arity,
static const int trace_arities[TAPE_OPCODES - OPCODES] = {TRACE_ROWS(TRACE_ARITY)};

/* A tape --------------------------------------------------------------------------------------- */

enum { MOST_OPERANDS = 4, TILE = 512, MOST_LANES = 64, FEWEST_LANES = 8 };
enum { SHORT_REPLAY = 4000 }; /* operations, below which a lock takes longer to pass on */
enum { LISTED = 1, SHARED = 2, CONSTANT = 4 }; /* bits of an operand's kind */

typedef struct {
    const int *list; /* the slots, or NULL for a run */
    int first;       /* of a run */
    int shared;      /* whether every row reads the same slots */
    int constant;    /* whether it is made of constants, which want no gradient */
    int varying;     /* whether all slots differ from sample to sample */
    int uniform;     /* whether none does */
} Operand;

typedef struct {
    int opcode, rows, width, out, masked, operands;
    Operand operand[MOST_OPERANDS];
} Instruction;

typedef struct { /* by slot: one number of a uniform slot, one for each lane of a varying slot */
    double *uniform, *varying;
} Numbers;

typedef struct { /* what a replay computes */
    Numbers values, gradients, rates;
    double *scratch;
} Workspace;

typedef struct {
    PyObject_HEAD
    Instruction *instructions;
    Py_ssize_t count, uniform_count; /* how many write uniform slots */
    Py_ssize_t rows;                 /* of all instructions */
    int *lists, *slot_lists; /* of operands; of constants, inputs, outputs and guards */
    int *by_slot;            /* those that write uniform slots, as slots.h has them */
    size_t *places;          /* where each of these stands there */
    double *constants;
    int uniform, varying; /* how many slots there are of each kind */
    int reorder;          /* whether a dot may add up its products in any order */
    int most_lanes;       /* samples in a block */
    int constant_count, uniform_inputs, varying_inputs, outputs, guards;
    const int *constant_slots, *uniform_input_slots, *varying_input_slots, *output_slots;
    const int *guard_fields;
    size_t scratch;
    Workspace *spare;
} TapeObject;

static void
free_workspace(Workspace *w)
{
    if (w) {
        free(w->values.uniform);
        free(w);
    }
}

static Workspace *
new_workspace(const TapeObject *tape)
{
    size_t uniform = (size_t)tape->uniform;
    size_t varying = (size_t)tape->varying * (size_t)tape->most_lanes;
    size_t size = 3 * (uniform + varying) + tape->scratch + 8;
    Workspace *w = checked_malloc(sizeof(Workspace));
    double *memory = w ? checked_malloc(size * sizeof(double)) : NULL;
    if (!memory) {
        free(w);
        PyErr_NoMemory();
        return NULL;
    }
    w->values.uniform = memory;
    w->gradients.uniform = w->values.uniform + uniform;
    w->rates.uniform = w->gradients.uniform + uniform;
    w->values.varying = w->rates.uniform + uniform;
    w->gradients.varying = w->values.varying + varying;
    w->rates.varying = w->gradients.varying + varying;
    w->scratch = w->rates.varying + varying;
    /* Nobody may see what was in this memory before. */
    memset(w->values.uniform, 0, uniform * sizeof(double));
    memset(w->values.varying, 0, varying * sizeof(double));
    for (int i = 0; i < tape->constant_count; i++)
        w->values.uniform[tape->constant_slots[i]] = tape->constants[i];
    return w;
}

/* One block of samples ------------------------------------------------------------------------- */

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

/* Rows of the table: tiles of as many rows as fit. */
static inline Py_ssize_t
tile_of(const Part *b)
{
    return b->lanes >= TILE ? 1 : TILE / b->lanes;
}

static void
fixed_forward(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_OPERANDS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        for (int c = 0; c < in->operands; c++)
            x[c] = fetch(b, &in->operand[c], first, n, &w->values, w->scratch + c * TILE);
        b->kernels->values[in->opcode](
            n * b->lanes, values_at(b, in->out + first), x);
    }
}

static void
fixed_reverse(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_OPERANDS];
    double *passed[MOST_OPERANDS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        Py_ssize_t total = n * b->lanes;
        for (int c = 0; c < in->operands; c++) {
            x[c] = fetch(b, &in->operand[c], first, n, &w->values, w->scratch + c * TILE);
            passed[c] = w->scratch + (MOST_OPERANDS + c) * TILE;
        }
        const double *out = values_at(b, in->out + first);
        const double *gradient =
            gradients_at(b, in->out + first);
        if (in->masked) {
            partials_of[in->opcode](total, out, x, passed);
            for (int c = 0; c < in->operands; c++)
                for (Py_ssize_t i = 0; i < total; i++)
                    passed[c][i] = masked_product(gradient[i], passed[c][i]);
        } else {
            b->kernels->reverse[in->opcode](total, out, gradient, x, passed);
        }
        for (int c = 0; c < in->operands; c++)
            pass_back(b, &in->operand[c], first, n, passed[c]);
    }
}

static void
fixed_tangents(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_OPERANDS];
    double *partials[MOST_OPERANDS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        Py_ssize_t total = n * b->lanes;
        for (int c = 0; c < in->operands; c++) {
            x[c] = fetch(b, &in->operand[c], first, n, &w->values, w->scratch + c * TILE);
            partials[c] = w->scratch + (MOST_OPERANDS + c) * TILE;
        }
        partials_of[in->opcode](total, values_at(b, in->out + first), x,
                                partials);
        double *rates = rates_at(b, in->out + first);
        memset(rates, 0, (size_t)total * sizeof(double));
        for (int c = 0; c < in->operands; c++) {
            const double *moving = fetch(b, &in->operand[c], first, n, &w->rates,
                                         w->scratch + c * TILE);
            for (Py_ssize_t i = 0; i < total; i++)
                if (moving[i] != 0.0)
                    rates[i] += in->masked ? masked_product(moving[i], partials[c][i])
                                          : moving[i] * partials[c][i];
        }
    }
}

/* Rows of any number of operands --------------------------------------------------------------- */

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

/* From Python ---------------------------------------------------------------------------------- */

static int
damaged(const char *what)
{
    PyErr_Format(PyExc_ValueError, "the tape is damaged: %s", what);
    return -1;
}

static int
are_slots(const int *slots, Py_ssize_t count, int from, int to)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (slots[i] < from || slots[i] >= to)
            return 0;
    return 1;
}

/* Read one instruction from `code`; returns how many ints it took, or -1. */
static Py_ssize_t
read_instruction(TapeObject *tape, Instruction *in, const int *code, Py_ssize_t left,
                 Py_ssize_t list_count)
{
    int slots = tape->uniform + tape->varying;
    if (left < 6)
        return damaged("an instruction is cut off");
    in->opcode = code[0];
    in->rows = code[1];
    in->width = code[2];
    in->out = code[3];
    in->masked = code[4];
    in->operands = code[5];
    if (in->opcode < 0 || in->opcode >= TAPE_OPCODES)
        return damaged("an opcode is unknown");
    int reduces = in->opcode < OPCODES && rows[in->opcode].reduce;
    int wanted = reduces                   ? rows[in->opcode].columns
                 : in->opcode < OPCODES ? rows[in->opcode].arity
                                        : trace_arities[in->opcode - OPCODES];
    if (in->operands != wanted || in->rows < 1 || in->rows > slots || in->out < 0 ||
        in->out > slots - in->rows || (reduces ? in->width < 1 : in->width != 0) ||
        (in->out < tape->uniform && in->out + in->rows > tape->uniform))
        return damaged("an instruction does not fit");
    if (left < 6 + 2 * in->operands)
        return damaged("an instruction is cut off");
    int varies = in->out >= tape->uniform;
    for (int c = 0; c < in->operands; c++) {
        Operand *operand = &in->operand[c];
        int kind = code[6 + 2 * c], at = code[7 + 2 * c];
        operand->shared = (kind & SHARED) != 0;
        operand->constant = (kind & CONSTANT) != 0;
        operand->list = NULL;
        operand->first = at;
        Py_ssize_t per_row = in->width ? in->width : 1;
        Py_ssize_t count = operand->shared ? per_row : per_row * in->rows;
        if (at < 0 || (operand->shared && !in->width))
            return damaged("a operand does not fit");
        operand->varying = operand->uniform = 1;
        if (kind & LISTED) {
            if (count > list_count || at > list_count - count)
                return damaged("a operand does not fit");
            operand->list = tape->lists + at;
            for (Py_ssize_t i = 0; i < count; i++) {
                int slot = operand->list[i];
                if (slot < 0 || slot >= slots)
                    return damaged("a slot does not exist");
                if (slot < tape->uniform) {
                    operand->varying = 0;
                    if (!varies && slot >= in->out)
                        return damaged("an operand comes after its result");
                } else {
                    operand->uniform = 0;
                    if (!varies || slot >= in->out)
                        return damaged("an operand comes after its result");
                }
            }
        } else {
            if (count > slots || at > slots - count)
                return damaged("a slot does not exist");
            if (at < tape->uniform && at + count > tape->uniform)
                return damaged("a run crosses into other slots");
            operand->varying = at >= tape->uniform;
            operand->uniform = !operand->varying;
            if (operand->varying ? !varies || at + count > in->out
                              : !varies && at + count > in->out)
                return damaged("an operand comes after its result");
        }
    }
    return 6 + 2 * in->operands;
}

static void
tape_dealloc(PyObject *self)
{
    TapeObject *tape = (TapeObject *)self;
    PyTypeObject *type = Py_TYPE(self);
    free(tape->instructions);
    free(tape->lists);
    free(tape->slot_lists);
    free(tape->by_slot);
    free(tape->places);
    free(tape->constants);
    free_workspace(tape->spare);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Whether an instruction has a kernel in slots.h that serves it best. Matrices that lie in place
 * have loops of their own. */
static int
goes_by_slots(const Instruction *in)
{
    if (in->masked)
        return 0;
    if (in->opcode == OP_dot)
        return in->operand[0].list || in->operand[1].list || (Py_ssize_t)in->rows * in->width < 16;
    return !in->width || in->opcode == OP_sum;
}

static Py_ssize_t
slot_count(const Instruction *in, int c)
{
    return (Py_ssize_t)(in->width ? in->width : 1) * (in->operand[c].shared ? 1 : in->rows);
}

/* Write the instructions of one sample as slots.h has them. */
static int
write_by_slots(TapeObject *tape)
{
    size_t total = 1;
    tape->places = checked_malloc((size_t)(tape->uniform_count + 1) * sizeof(size_t));
    for (Py_ssize_t i = 0; i < tape->uniform_count && tape->places; i++) {
        const Instruction *in = &tape->instructions[i];
        tape->places[i] = total - 1;
        total += 1;
        if (!goes_by_slots(in))
            continue;
        total += SLOTS - 1;
        for (int c = 0; c < in->operands; c++)
            total += (size_t)slot_count(in, c);
    }
    tape->by_slot = checked_malloc(total * sizeof(int));
    if (!tape->by_slot || !tape->places) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < tape->uniform_count; i++) {
        const Instruction *in = &tape->instructions[i];
        int *to = tape->by_slot + tape->places[i];
        to[OPCODE] = goes_by_slots(in) ? in->opcode : GENERAL;
        if (to[OPCODE] == GENERAL)
            continue;
        to[ROWS] = in->rows;
        to[WIDTH] = in->width;
        to[OUT] = in->out;
        to[FLAGS] = tape->reorder << REORDER_BIT;
        int *slot = to + SLOTS;
        for (int c = 0; c < in->operands; c++) {
            const Operand *operand = &in->operand[c];
            to[FLAGS] |= operand->constant << (CONSTANT_BIT + c);
            to[FLAGS] |= operand->shared << (SHARED_BIT + c);
            for (Py_ssize_t k = 0; k < slot_count(in, c); k++)
                *slot++ = slot_of(operand, k);
        }
    }
    return 0;
}

enum { CODE, LISTS, CONSTANT_SLOTS, UNIFORM_SLOTS, VARYING_SLOTS, OUTPUT_SLOTS, GUARDS,
       CONSTANT_NUMBERS, TAPE_BUFFERS };

static int
fill_tape(TapeObject *tape, const Py_buffer *views)
{
    Py_ssize_t counts[TAPE_BUFFERS], offset = 0;
    for (int i = 0; i < TAPE_BUFFERS; i++)
        counts[i] = views[i].len / views[i].itemsize;
    Py_ssize_t list_count = counts[LISTS], slots = (Py_ssize_t)tape->uniform + tape->varying;
    if (counts[CONSTANT_SLOTS] != counts[CONSTANT_NUMBERS] || counts[GUARDS] % 4 ||
        counts[CONSTANT_SLOTS] > slots || counts[UNIFORM_SLOTS] > slots ||
        counts[VARYING_SLOTS] > slots || counts[OUTPUT_SLOTS] > INT32_MAX ||
        counts[GUARDS] > INT32_MAX)
        return damaged("its parts do not agree");
    size_t most = (size_t)(counts[CODE] / 6 + 1);
    tape->instructions = checked_malloc(most * sizeof(Instruction));
    tape->lists = checked_malloc((size_t)(list_count + 1) * sizeof(int));
    tape->constants = checked_malloc((size_t)(counts[CONSTANT_NUMBERS] + 1) * sizeof(double));
    size_t total = 1;
    for (int i = CONSTANT_SLOTS; i <= GUARDS; i++)
        total += (size_t)counts[i];
    tape->slot_lists = checked_malloc(total * sizeof(int));
    if (!tape->instructions || !tape->lists || !tape->constants || !tape->slot_lists) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(tape->lists, views[LISTS].buf, (size_t)list_count * sizeof(int));
    memcpy(tape->constants, views[CONSTANT_NUMBERS].buf, (size_t)views[CONSTANT_NUMBERS].len);
    const int *parts[TAPE_BUFFERS];
    for (int i = CONSTANT_SLOTS; i <= GUARDS; i++) {
        memcpy(tape->slot_lists + offset, views[i].buf, (size_t)views[i].len);
        parts[i] = tape->slot_lists + offset;
        offset += counts[i];
    }
    tape->constant_slots = parts[CONSTANT_SLOTS];
    tape->uniform_input_slots = parts[UNIFORM_SLOTS];
    tape->varying_input_slots = parts[VARYING_SLOTS];
    tape->output_slots = parts[OUTPUT_SLOTS];
    tape->guard_fields = parts[GUARDS];
    tape->constant_count = (int)counts[CONSTANT_SLOTS];
    tape->uniform_inputs = (int)counts[UNIFORM_SLOTS];
    tape->varying_inputs = (int)counts[VARYING_SLOTS];
    tape->outputs = (int)counts[OUTPUT_SLOTS];
    tape->guards = (int)counts[GUARDS] / 4;
    if (!are_slots(tape->constant_slots, tape->constant_count, 0, tape->uniform) ||
        !are_slots(tape->uniform_input_slots, tape->uniform_inputs, 0, tape->uniform) ||
        !are_slots(tape->varying_input_slots, tape->varying_inputs, tape->uniform, (int)slots) ||
        !are_slots(tape->output_slots, tape->outputs, 0, (int)slots))
        return damaged("a slot does not exist");
    for (int i = 0; i < tape->guards; i++) {
        const int *guard = tape->guard_fields + 4 * i;
        if (guard[0] < 0 || guard[0] > 2 || !are_slots(guard + 1, 2, 0, (int)slots) ||
            (guard[3] != 0 && guard[3] != 1))
            return damaged("a guard is not sound");
    }
    /* Read the instructions; in each space they must write slots in ascending order. */
    const int *code = views[CODE].buf;
    int next[2] = {0, tape->uniform};
    size_t widest = 0;
    for (Py_ssize_t place = 0, taken; place < counts[CODE]; place += taken) {
        Instruction *in = &tape->instructions[tape->count];
        taken = read_instruction(tape, in, code + place, counts[CODE] - place, list_count);
        if (taken < 0)
            return -1;
        int varies = in->out >= tape->uniform;
        if (in->out < next[varies] || (!varies && tape->uniform_count < tape->count))
            return damaged("instructions are out of order");
        next[varies] = in->out + in->rows;
        tape->rows += (Py_ssize_t)in->rows * (in->width ? in->width : 1);
        tape->count++;
        if (!varies)
            tape->uniform_count++;
        if ((size_t)in->width > widest)
            widest = (size_t)in->width;
    }
    /* As many lanes as keep the numbers of a block in the cache. */
    tape->most_lanes = MOST_LANES;
    while (tape->most_lanes > FEWEST_LANES &&
           ((size_t)tape->varying * 2 + 4 * widest) * (size_t)tape->most_lanes > 24576)
        tape->most_lanes /= 2;
    /* For a row of the table: four operands of TILE numbers, and what they pass back. For a
     * reduction: both operands and what they pass back, and one sample's operands and partials. */
    size_t scratch = widest * (4 * (size_t)tape->most_lanes + 4);
    tape->scratch = scratch > 2 * MOST_OPERANDS * TILE ? scratch : 2 * MOST_OPERANDS * TILE;
    return write_by_slots(tape);
}

static PyObject *
tape_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(named))
{
    PyObject *sources[TAPE_BUFFERS];
    Py_buffer views[TAPE_BUFFERS];
    int uniform, varying, reorder, got = 0, filled = -1;
    if (!PyArg_ParseTuple(args, "iiOOOOOOOOp:Tape", &uniform, &varying, &sources[0], &sources[1],
                          &sources[2], &sources[3], &sources[4], &sources[5], &sources[6],
                          &sources[7], &reorder))
        return NULL;
    if (uniform < 0 || varying < 0 || uniform > INT32_MAX / 2 || varying > INT32_MAX / 2) {
        damaged("it has no sensible number of slots");
        return NULL;
    }
    TapeObject *tape = (TapeObject *)type->tp_alloc(type, 0);
    if (!tape)
        return NULL;
    tape->uniform = uniform;
    tape->varying = varying;
    tape->reorder = reorder;
    for (; got < TAPE_BUFFERS; got++)
        if (get_buffer(sources[got], &views[got], got == CONSTANT_NUMBERS ? "d" : "i", 0) < 0)
            break;
    if (got == TAPE_BUFFERS)
        filled = fill_tape(tape, views);
    while (got > 0)
        PyBuffer_Release(&views[--got]);
    if (filled < 0) {
        Py_DECREF(tape);
        return NULL;
    }
    return (PyObject *)tape;
}

/* Replay; other threads run meanwhile, if it takes long enough. */
int
replay_job(PyObject *self, Job *job)
{
    TapeObject *tape = (TapeObject *)self;
    Workspace *w = tape->spare;
    tape->spare = NULL; /* taken, for another thread may come by */
    if (!w && !(w = new_workspace(tape)))
        return -1;
    if ((double)tape->rows * (double)job->samples < SHORT_REPLAY) {
        replay(tape, w, job);
    } else {
        Py_BEGIN_ALLOW_THREADS
        replay(tape, w, job);
        Py_END_ALLOW_THREADS
    }
    if (tape->spare)
        free_workspace(w);
    else
        tape->spare = w;
    return 0;
}

Py_ssize_t
tape_outputs(PyObject *tape)
{
    return ((TapeObject *)tape)->outputs;
}

int
tape_takes(PyObject *self, Py_ssize_t uniform, const Batch *batch, Py_ssize_t batches)
{
    const TapeObject *tape = (TapeObject *)self;
    Py_ssize_t varying = 0;
    for (Py_ssize_t c = 0; c < batches; c++)
        varying += batch[c].width;
    return tape->uniform_inputs == uniform && tape->varying_inputs == varying;
}

/* The buffers of a job, to be released together. */
typedef struct {
    Py_buffer *views;
    Py_ssize_t count, room;
} Views;

/* The doubles of `source`, of which `wanted` must be there; NULL with an error. */
static double *
doubles_of(Views *views, PyObject *source, Py_ssize_t wanted, int writable)
{
    Py_buffer *view = &views->views[views->count];
    if (get_buffer(source, view, "d", writable) < 0)
        return NULL;
    views->count++;
    if (view->len != wanted * (Py_ssize_t)sizeof(double)) {
        PyErr_Format(PyExc_ValueError, "%zd doubles are wanted, got %zd", wanted,
                     view->len / (Py_ssize_t)sizeof(double));
        return NULL;
    }
    static double nothing;
    return view->buf ? view->buf : &nothing;
}

static int
read_batch(PyObject *batch, PyObject **numbers, Py_ssize_t *width)
{
    if (!PyTuple_Check(batch)) {
        PyErr_SetString(PyExc_TypeError, "a batch is a tuple (doubles, width)");
        return -1;
    }
    return PyArg_ParseTuple(batch, "On;a batch is (doubles, width)", numbers, width) ? 0 : -1;
}

/* replay(samples, uniform, batches, seeds, uniform_rates, batch_rates, results, totals,
 * uniform_gradient, batch_gradients, rates): see compiler/tape.py. Batches are tuples of
 * (doubles, width). */
static PyObject *
tape_replay(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self;
    PyObject *uniform, *batches, *seeds, *uniform_rates, *batch_rates, *results, *totals;
    PyObject *uniform_gradient, *batch_gradients, *rates, *answer = NULL;
    Job job = {.broken_guard = -1};
    Views views = {NULL, 0, 0};
    if (!PyArg_ParseTuple(args, "nOO!OOO!OOOO!O:replay", &job.samples, &uniform, &PyTuple_Type,
                          &batches, &seeds, &uniform_rates, &PyTuple_Type, &batch_rates, &results,
                          &totals, &uniform_gradient, &PyTuple_Type, &batch_gradients, &rates))
        return NULL;
    job.batches = PyTuple_GET_SIZE(batches);
    Py_ssize_t most = PTRDIFF_MAX / 64 / ((Py_ssize_t)tape->varying_inputs + tape->outputs + 1);
    if (job.samples < 1 || job.samples > most) {
        PyErr_SetString(PyExc_ValueError, "there is no sensible number of samples");
        return NULL;
    }
    views.room = 7 + 3 * job.batches;
    views.views = checked_malloc((size_t)views.room * sizeof(Py_buffer));
    job.batch = checked_malloc((size_t)(job.batches + 1) * sizeof(Batch));
    if (!views.views || !job.batch) {
        PyErr_NoMemory();
        goto end;
    }
    int reverse = seeds != Py_None, forward = uniform_rates != Py_None;
    int by_sample = PyTuple_GET_SIZE(batch_gradients) > 0;
    if ((reverse && by_sample && PyTuple_GET_SIZE(batch_gradients) != job.batches) ||
        (forward && PyTuple_GET_SIZE(batch_rates) != job.batches)) {
        PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree");
        goto end;
    }
    Py_ssize_t wanted = job.samples * tape->outputs, varying_inputs = 0;
    if (!(job.uniform = doubles_of(&views, uniform, tape->uniform_inputs, 0)) ||
        !(job.results = doubles_of(&views, results, wanted, 1)) ||
        !(job.totals = doubles_of(&views, totals, tape->outputs, 1)))
        goto end;
    Py_ssize_t inputs = tape->uniform_inputs;
    if (reverse && (!(job.seeds = doubles_of(&views, seeds, tape->outputs, 0)) ||
                    !(job.uniform_gradient = doubles_of(&views, uniform_gradient, inputs, 1))))
        goto end;
    if (forward && (!(job.uniform_rates = doubles_of(&views, uniform_rates, inputs, 0)) ||
                    !(job.rates = doubles_of(&views, rates, wanted, 1))))
        goto end;
    for (Py_ssize_t c = 0; c < job.batches; c++) {
        Batch *batch = &job.batch[c];
        PyObject *numbers, *moving;
        Py_ssize_t width;
        if (read_batch(PyTuple_GET_ITEM(batches, c), &numbers, &width) < 0)
            goto end;
        if (width < 0 || width > tape->varying_inputs - varying_inputs) {
            PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree with the tape");
            goto end;
        }
        varying_inputs += width;
        batch->width = width;
        batch->gradient = NULL;
        batch->rates = NULL;
        if (!(batch->numbers = doubles_of(&views, numbers, job.samples * width, 0)))
            goto end;
        if (reverse && by_sample &&
            !(batch->gradient = doubles_of(&views, PyTuple_GET_ITEM(batch_gradients, c),
                                           job.samples * width, 1)))
            goto end;
        if (forward) {
            if (read_batch(PyTuple_GET_ITEM(batch_rates, c), &moving, &width) < 0)
                goto end;
            if (width != batch->width) {
                PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree");
                goto end;
            }
            if (!(batch->rates = doubles_of(&views, moving, job.samples * batch->width, 0)))
                goto end;
        }
    }
    if (varying_inputs != tape->varying_inputs) {
        PyErr_SetString(PyExc_ValueError, "the batches of a job do not agree with the tape");
        goto end;
    }
    if (replay_job(self, &job) < 0)
        goto end;
    answer = job.broken_guard < 0 ? Py_NewRef(Py_None)
                                  : Py_BuildValue("(nn)", job.broken_guard, job.broken_sample);
end:
    while (views.count > 0)
        PyBuffer_Release(&views.views[--views.count]);
    free(views.views);
    free(job.batch);
    return answer;
}

static PyMethodDef tape_methods[] = {
    {"replay", tape_replay, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tape_slots[] = {
    {Py_tp_new, tape_new},
    {Py_tp_dealloc, tape_dealloc},
    {Py_tp_methods, tape_methods},
    {0, NULL},
};

static PyType_Spec tape_spec = {
    .name = "autograd_lite.native.engine.Tape",
    .basicsize = sizeof(TapeObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = tape_slots,
};

PyObject *
new_tape_type(void)
{
    choose_kernels();
    return PyType_FromSpec(&tape_spec);
}

PyObject *
module_use_kernels(PyObject *Py_UNUSED(module), PyObject *number)
{
    long set = PyLong_AsLong(number);
    if (set == -1 && PyErr_Occurred())
        return NULL;
    int before = kernel_set;
    if (set >= 0 && set <= before)
        kernel_set = (int)set;
    return PyLong_FromLong(before);
}
