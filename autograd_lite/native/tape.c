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
#include "table.inc"
#include "tape.h"

/* Partials alone, for tangents and for what a branch of `where` gates. */
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

enum { MOST_COLUMNS = 4, TILE = 512, MOST_LANES = 64, FEWEST_LANES = 8 };
enum { LISTED = 1, SHARED = 2, RESTING = 4 }; /* bits of a column's kind */

typedef struct {
    const int *list; /* the slots, or NULL for a run */
    int first;       /* of a run */
    int shared;      /* every row reads the same slots */
    int resting;     /* only constants, which want no gradient */
    int lanes;       /* whether all slots differ from sample to sample */
    int same;        /* whether none does */
} Column;

typedef struct {
    int opcode, rows, width, out, gated, columns;
    Column column[MOST_COLUMNS];
} Instruction;

typedef struct { /* numbers and gradients while a tape is replayed */
    double *same, *same_gradient, *lanes, *lane_gradient; /* by slot; lanes side by side */
    double *same_rates, *lane_rates;
    double *scratch;
} Workspace;

typedef struct {
    PyObject_HEAD
    Instruction *instructions;
    Py_ssize_t count, shared_count; /* how many write slots that are the same for all samples */
    int *lists, *numbers_of;        /* operands; slots of constants, inputs, outputs, guards */
    double *constants;
    int same, lanes, most_lanes;
    int constant_count, same_inputs, lane_inputs, outputs, guards;
    const int *constant_slots, *same_slots, *lane_slots, *output_slots, *guard_fields;
    size_t scratch;
    Workspace *spare;
} TapeObject;

static void
free_workspace(Workspace *w)
{
    if (w) {
        free(w->same);
        free(w);
    }
}

static Workspace *
new_workspace(const TapeObject *tape)
{
    size_t same = (size_t)tape->same, lanes = (size_t)tape->lanes * (size_t)tape->most_lanes;
    Workspace *w = checked_malloc(sizeof(Workspace));
    double *memory = w ? checked_malloc((3 * (same + lanes) + tape->scratch + 8) * sizeof(double))
                       : NULL;
    if (!memory) {
        free(w);
        PyErr_NoMemory();
        return NULL;
    }
    w->same = memory;
    w->same_gradient = w->same + same;
    w->same_rates = w->same_gradient + same;
    w->lanes = w->same_rates + same;
    w->lane_gradient = w->lanes + lanes;
    w->lane_rates = w->lane_gradient + lanes;
    w->scratch = w->lane_rates + lanes;
    memset(w->same, 0, same * sizeof(double));
    memset(w->lanes, 0, lanes * sizeof(double)); /* nobody may see what was in this memory before */
    for (int i = 0; i < tape->constant_count; i++)
        w->same[tape->constant_slots[i]] = tape->constants[i];
    return w;
}

/* One block of samples ------------------------------------------------------------------------- */

typedef struct {
    const TapeObject *tape;
    const Kernels *kernels;
    Workspace *w;
    Py_ssize_t lanes; /* samples in this block; 1 in the part that is the same for all */
    int boundary;     /* the first slot that differs from sample to sample */
} Part;

static inline int
slot_of(const Column *column, Py_ssize_t i)
{
    return column->list ? column->list[i] : column->first + (int)i;
}

/* Where the lanes of a slot lie, in arrays like `same` and `lanes`. */
static inline double *
lanes_of_slot(const Part *b, int slot, double *same, double *lanes)
{
    return slot < b->boundary ? same + slot : lanes + (Py_ssize_t)(slot - b->boundary) * b->lanes;
}

/* `count` entries of a column as rows of lanes: in place if they lie so, else gathered. */
static const double *
fetch(const Part *b, const Column *column, Py_ssize_t first, Py_ssize_t count, double *same,
      double *lanes, double *to)
{
    if (!column->list && (column->lanes || b->lanes == 1))
        return lanes_of_slot(b, column->first + (int)first, same, lanes);
    if (b->lanes == 1) {
        const int *slots = column->list + first; /* a run lies in place */
        if (column->same)
            for (Py_ssize_t i = 0; i < count; i++)
                to[i] = same[slots[i]];
        else
            for (Py_ssize_t i = 0; i < count; i++)
                to[i] = *lanes_of_slot(b, slots[i], same, lanes);
        return to;
    }
    double *row = to;
    for (Py_ssize_t i = 0; i < count; i++, row += b->lanes) {
        int slot = slot_of(column, first + i);
        if (slot < b->boundary)
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                row[l] = same[slot];
        else
            memcpy(row, lanes_of_slot(b, slot, same, lanes), (size_t)b->lanes * sizeof(double));
    }
    return to;
}

/* Add rows of lanes to the gradients of `count` entries of a column. */
static void
pass_back(const Part *b, const Column *column, Py_ssize_t first, Py_ssize_t count,
          const double *passed)
{
    double *same = b->w->same_gradient, *lanes = b->w->lane_gradient;
    if (column->resting)
        return;
    if (!column->list && (column->lanes || b->lanes == 1)) {
        b->kernels->add(count * b->lanes, passed,
                        lanes_of_slot(b, column->first + (int)first, same, lanes));
        return;
    }
    if (b->lanes == 1) {
        const int *slots = column->list + first;
        if (column->same)
            for (Py_ssize_t i = 0; i < count; i++)
                same[slots[i]] += passed[i];
        else
            for (Py_ssize_t i = 0; i < count; i++)
                *lanes_of_slot(b, slots[i], same, lanes) += passed[i];
        return;
    }
    for (Py_ssize_t i = 0; i < count; i++, passed += b->lanes) {
        int slot = slot_of(column, first + i);
        if (slot < b->boundary) {
            double sum = 0.0;
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                sum += passed[l];
            same[slot] += sum;
        } else {
            b->kernels->add(b->lanes, passed, lanes_of_slot(b, slot, same, lanes));
        }
    }
}

/* What a gradient or a tangent times a partial passes on where a branch may not be taken. */
static inline double
gated_product(double gradient, double partial)
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
    const double *x[MOST_COLUMNS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        for (int c = 0; c < in->columns; c++)
            x[c] = fetch(b, &in->column[c], first, n, w->same, w->lanes, w->scratch + c * TILE);
        b->kernels->values[in->opcode](
            n * b->lanes, lanes_of_slot(b, in->out + (int)first, w->same, w->lanes), x);
    }
}

static void
fixed_reverse(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_COLUMNS];
    double *passed[MOST_COLUMNS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        Py_ssize_t total = n * b->lanes;
        for (int c = 0; c < in->columns; c++) {
            x[c] = fetch(b, &in->column[c], first, n, w->same, w->lanes, w->scratch + c * TILE);
            passed[c] = w->scratch + (MOST_COLUMNS + c) * TILE;
        }
        const double *out = lanes_of_slot(b, in->out + (int)first, w->same, w->lanes);
        const double *gradient =
            lanes_of_slot(b, in->out + (int)first, w->same_gradient, w->lane_gradient);
        if (in->gated) {
            partials_of[in->opcode](total, out, x, passed);
            for (int c = 0; c < in->columns; c++)
                for (Py_ssize_t i = 0; i < total; i++)
                    passed[c][i] = gated_product(gradient[i], passed[c][i]);
        } else {
            b->kernels->reverse[in->opcode](total, out, gradient, x, passed);
        }
        for (int c = 0; c < in->columns; c++)
            pass_back(b, &in->column[c], first, n, passed[c]);
    }
}

static void
fixed_tangents(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[MOST_COLUMNS];
    double *partials[MOST_COLUMNS];
    for (Py_ssize_t first = 0, n; first < in->rows; first += n) {
        n = in->rows - first < tile_of(b) ? in->rows - first : tile_of(b);
        Py_ssize_t total = n * b->lanes;
        for (int c = 0; c < in->columns; c++) {
            x[c] = fetch(b, &in->column[c], first, n, w->same, w->lanes, w->scratch + c * TILE);
            partials[c] = w->scratch + (MOST_COLUMNS + c) * TILE;
        }
        partials_of[in->opcode](total, lanes_of_slot(b, in->out + (int)first, w->same, w->lanes), x,
                                partials);
        double *rates = lanes_of_slot(b, in->out + (int)first, w->same_rates, w->lane_rates);
        memset(rates, 0, (size_t)total * sizeof(double));
        for (int c = 0; c < in->columns; c++) {
            const double *moving = fetch(b, &in->column[c], first, n, w->same_rates, w->lane_rates,
                                         w->scratch + c * TILE);
            for (Py_ssize_t i = 0; i < total; i++)
                if (moving[i] != 0.0)
                    rates[i] += in->gated ? gated_product(moving[i], partials[c][i])
                                          : moving[i] * partials[c][i];
        }
    }
}

/* Rows of any number of operands --------------------------------------------------------------- */

/* The scratch of a reduction: what was fetched, and what is passed back, of each column. */
static inline double *
part_of_scratch(const Part *b, const Instruction *in, int part)
{
    return b->w->scratch + (Py_ssize_t)part * in->width * b->lanes;
}

static inline const double *
fetch_row(const Part *b, const Instruction *in, int c, Py_ssize_t row, double *same, double *lanes,
          double *to)
{
    const Column *column = &in->column[c];
    return fetch(b, column, column->shared ? 0 : row * in->width, in->width, same, lanes, to);
}

/* Whether the rows are those of a matrix, the same for all samples, times one vector of lanes. */
static inline int
is_matrix(const Part *b, const Instruction *in)
{
    const Column *matrix = &in->column[0];
    return b->lanes > 1 && in->opcode == OP_dot && matrix->same && !matrix->list &&
           !matrix->shared && in->column[1].shared;
}

/* Sums of one sample. */

static inline int
is_plain_sum(const Part *b, const Instruction *in)
{
    return b->lanes == 1 && in->opcode == OP_sum && in->column[0].same;
}

static void
sums_forward(const Part *b, const Instruction *in)
{
    const Column *column = &in->column[0];
    const double *same = b->w->same;
    double *out = lanes_of_slot(b, in->out, b->w->same, b->w->lanes);
    for (Py_ssize_t row = 0; row < in->rows; row++) {
        Py_ssize_t first = column->shared ? 0 : row * in->width;
        double sum = 0.0;
        for (Py_ssize_t i = 0; i < in->width; i++)
            sum += same[slot_of(column, first + i)];
        out[row] = sum;
    }
}

static void
sums_reverse(const Part *b, const Instruction *in)
{
    const Column *column = &in->column[0];
    double *same = b->w->same_gradient;
    const double *gradient = lanes_of_slot(b, in->out, same, b->w->lane_gradient);
    for (Py_ssize_t row = 0; row < in->rows && !column->resting; row++) {
        Py_ssize_t first = column->shared ? 0 : row * in->width;
        const double g = gradient[row];
        for (Py_ssize_t i = 0; i < in->width; i++)
            same[slot_of(column, first + i)] += g;
    }
}

/* Dot products of one sample. Columns that lie in place are matrices, others are read by row. */

static inline int
in_place(const Part *b, const Instruction *in)
{
    return b->lanes == 1 && in->opcode == OP_dot &&
           !(in->column[0].list && !in->column[0].shared) &&
           !(in->column[1].list && !in->column[1].shared);
}

static void
dots_forward(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    const double *x[2];
    for (int c = 0; c < 2; c++)
        x[c] = fetch_row(b, in, c, 0, w->same, w->lanes, part_of_scratch(b, in, c));
    b->kernels->dots(in->rows, in->width, x[0], in->column[0].shared ? 0 : in->width, x[1],
                     in->column[1].shared ? 0 : in->width,
                     lanes_of_slot(b, in->out, w->same, w->lanes));
}

static void
dots_reverse(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    Py_ssize_t k = in->width;
    const double *gradient = lanes_of_slot(b, in->out, w->same_gradient, w->lane_gradient);
    const double *x[2];
    for (int c = 0; c < 2; c++)
        x[c] = fetch_row(b, in, c, 0, w->same, w->lanes, part_of_scratch(b, in, c));
    for (int c = 0; c < 2; c++) {
        const Column *column = &in->column[c];
        double *to = part_of_scratch(b, in, 2);
        if (column->resting)
            continue;
        if (column->list)
            memset(to, 0, (size_t)k * sizeof(double));
        else
            to = lanes_of_slot(b, column->first, w->same_gradient, w->lane_gradient);
        b->kernels->add_all_scaled(in->rows, k, gradient, x[1 - c],
                                   in->column[1 - c].shared ? 0 : k, to, column->shared ? 0 : k);
        if (column->list)
            pass_back(b, column, 0, k, to);
    }
}

static void
reduction_forward(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    Py_ssize_t k = in->width, lanes = b->lanes;
    double *out = lanes_of_slot(b, in->out, w->same, w->lanes);
    const double *x[2] = {NULL, NULL};
    if (is_plain_sum(b, in)) {
        sums_forward(b, in);
        return;
    }
    if (in_place(b, in)) {
        dots_forward(b, in);
        return;
    }
    if (is_matrix(b, in)) {
        x[1] = fetch_row(b, in, 1, 0, w->same, w->lanes, part_of_scratch(b, in, 1));
        memset(out, 0, (size_t)(in->rows * lanes) * sizeof(double));
        b->kernels->combine(in->rows, k, lanes, w->same + in->column[0].first, k, 1, x[1], out);
        return;
    }
    for (Py_ssize_t row = 0; row < in->rows; row++, out += lanes) {
        for (int c = 0; c < in->columns; c++)
            if (row == 0 || !in->column[c].shared)
                x[c] = fetch_row(b, in, c, row, w->same, w->lanes, part_of_scratch(b, in, c));
        if (in->opcode == OP_dot && lanes == 1) {
            b->kernels->dots(1, k, x[0], 0, x[1], 0, out);
        } else if (in->opcode == OP_dot) {
            memset(out, 0, (size_t)lanes * sizeof(double));
            for (Py_ssize_t i = 0; i < k; i++)
                b->kernels->add_products(lanes, x[0] + i * lanes, x[1] + i * lanes, out);
        } else if (in->opcode == OP_sum) {
            memset(out, 0, (size_t)lanes * sizeof(double));
            for (Py_ssize_t i = 0; i < k; i++)
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
    double *gradient = lanes_of_slot(b, in->out, w->same_gradient, w->lane_gradient);
    const double *x[2] = {NULL, NULL};
    double *passed[2] = {part_of_scratch(b, in, 2), part_of_scratch(b, in, 3)};
    const size_t row_size = (size_t)(k * lanes) * sizeof(double);
    if (!in->gated && is_plain_sum(b, in)) {
        sums_reverse(b, in);
        return;
    }
    if (!in->gated && in_place(b, in)) {
        dots_reverse(b, in);
        return;
    }
    if (!in->gated && is_matrix(b, in)) {
        const Column *matrix = &in->column[0];
        x[1] = fetch_row(b, in, 1, 0, w->same, w->lanes, part_of_scratch(b, in, 1));
        if (!matrix->resting)
            b->kernels->outer(in->rows, k, lanes, gradient, x[1], w->same_gradient + matrix->first);
        if (!in->column[1].resting) {
            memset(passed[1], 0, row_size);
            b->kernels->combine(k, in->rows, lanes, w->same + matrix->first, 1, k, gradient,
                                passed[1]);
            pass_back(b, &in->column[1], 0, k, passed[1]);
        }
        return;
    }
    for (int c = 0; c < in->columns; c++) /* of shared columns, gradients are added up first */
        if (in->column[c].shared)
            memset(passed[c], 0, row_size);
    for (Py_ssize_t row = 0; row < in->rows; row++, gradient += lanes) {
        for (int c = 0; c < in->columns; c++) {
            if (row == 0 || !in->column[c].shared)
                x[c] = fetch_row(b, in, c, row, w->same, w->lanes, part_of_scratch(b, in, c));
            if (!in->column[c].shared)
                memset(passed[c], 0, row_size);
        }
        if (in->gated || (in->opcode != OP_dot && in->opcode != OP_sum)) {
            double *a = part_of_scratch(b, in, 4), *p = a + in->columns * k;
            for (Py_ssize_t l = 0; l < lanes; l++) {
                for (int c = 0; c < in->columns; c++)
                    for (Py_ssize_t i = 0; i < k; i++)
                        a[c * k + i] = x[c][i * lanes + l];
                rows[in->opcode].reduce(k, a, p);
                for (int c = 0; c < in->columns; c++)
                    for (Py_ssize_t i = 0; i < k; i++)
                        passed[c][i * lanes + l] += in->gated
                                                        ? gated_product(gradient[l], p[c * k + i])
                                                        : gradient[l] * p[c * k + i];
            }
        } else if (in->opcode == OP_sum) {
            for (Py_ssize_t i = 0; i < k; i++)
                b->kernels->add(lanes, gradient, passed[0] + i * lanes);
        } else {
            for (int c = 0; c < 2; c++) {
                if (in->column[c].resting)
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
        for (int c = 0; c < in->columns; c++)
            if (!in->column[c].shared)
                pass_back(b, &in->column[c], row * k, k, passed[c]);
    }
    for (int c = 0; c < in->columns; c++)
        if (in->column[c].shared)
            pass_back(b, &in->column[c], 0, k, passed[c]);
}

static void
reduction_tangents(const Part *b, const Instruction *in)
{
    Workspace *w = b->w;
    Py_ssize_t k = in->width, lanes = b->lanes;
    double *rates = lanes_of_slot(b, in->out, w->same_rates, w->lane_rates);
    double *a = part_of_scratch(b, in, 4), *p = a + in->columns * k;
    for (Py_ssize_t row = 0; row < in->rows; row++, rates += lanes) {
        const double *x[2] = {NULL, NULL}, *moving[2] = {NULL, NULL};
        for (int c = 0; c < in->columns; c++) {
            x[c] = fetch_row(b, in, c, row, w->same, w->lanes, part_of_scratch(b, in, c));
            moving[c] = fetch_row(b, in, c, row, w->same_rates, w->lane_rates,
                                  part_of_scratch(b, in, 2 + c));
        }
        for (Py_ssize_t l = 0; l < lanes; l++) {
            double rate = 0.0;
            for (int c = 0; c < in->columns; c++)
                for (Py_ssize_t i = 0; i < k; i++)
                    a[c * k + i] = x[c][i * lanes + l];
            rows[in->opcode].reduce(k, a, p);
            for (int c = 0; c < in->columns; c++)
                for (Py_ssize_t i = 0; i < k; i++) {
                    double t = moving[c][i * lanes + l];
                    if (t != 0.0)
                        rate += in->gated ? gated_product(t, p[c * k + i]) : t * p[c * k + i];
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

static inline void
run_tangents(const Part *b, Py_ssize_t from, Py_ssize_t to)
{
    for (Py_ssize_t i = from; i < to; i++) {
        const Instruction *in = &b->tape->instructions[i];
        (in->width ? reduction_tangents : fixed_tangents)(b, in);
    }
}

/* A job ---------------------------------------------------------------------------------------- */

typedef struct {
    const double *numbers; /* sample after sample */
    double *gradient;      /* likewise, or NULL */
    const double *rates;   /* likewise, or NULL */
    Py_ssize_t width;
} Samples;

typedef struct {
    Py_ssize_t samples, columns;
    const double *same, *seeds, *same_rates;
    double *results, *totals, *same_gradient, *rates;
    Samples *column;
    Py_ssize_t broken_guard, broken_sample;
} Job;

/* The first guard that does not hold for the first sample for which any does not, or -1. */
static Py_ssize_t
broken_guard(const Part *b, Py_ssize_t *sample)
{
    const int *guard = b->tape->guard_fields;
    Py_ssize_t found = -1;
    *sample = b->lanes;
    for (Py_ssize_t i = 0; i < b->tape->guards; i++, guard += 4) {
        const double *x = lanes_of_slot(b, guard[1], b->w->same, b->w->lanes);
        const double *y = lanes_of_slot(b, guard[2], b->w->same, b->w->lanes);
        Py_ssize_t next_x = guard[1] >= b->boundary, next_y = guard[2] >= b->boundary;
        for (Py_ssize_t l = 0; l < *sample; l++) {
            double left = x[l * next_x], right = y[l * next_y];
            int holds = guard[0] == 0   ? left < right
                        : guard[0] == 1 ? left <= right
                                        : left != right;
            if (holds != guard[3]) {
                found = i;
                *sample = l;
                break;
            }
        }
    }
    return found;
}

static void
load_lanes(const Part *b, const Job *job, Py_ssize_t first, int rates)
{
    const int *slot = b->tape->lane_slots;
    for (Py_ssize_t c = 0; c < job->columns; c++) {
        const Samples *column = &job->column[c];
        const double *from = (rates ? column->rates : column->numbers) + first * column->width;
        for (Py_ssize_t j = 0; j < column->width; j++, slot++) {
            double *to = (rates ? b->w->lane_rates : b->w->lanes) +
                         (Py_ssize_t)(*slot - b->boundary) * b->lanes;
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                to[l] = from[l * column->width + j];
        }
    }
}

static void
store_lane_gradients(const Part *b, const Job *job, Py_ssize_t first)
{
    const int *slot = b->tape->lane_slots;
    for (Py_ssize_t c = 0; c < job->columns; c++) {
        const Samples *column = &job->column[c];
        if (!column->gradient) /* not wanted */
            return;
        double *to = column->gradient + first * column->width;
        for (Py_ssize_t j = 0; j < column->width; j++, slot++) {
            const double *from =
                b->w->lane_gradient + (Py_ssize_t)(*slot - b->boundary) * b->lanes;
            for (Py_ssize_t l = 0; l < b->lanes; l++)
                to[l * column->width + j] = from[l];
        }
    }
}

/* One lane of each output to `to`, sample after sample. */
static void
store_outputs(const Part *b, double *same, double *lanes, double *to)
{
    Py_ssize_t n = b->tape->outputs;
    for (Py_ssize_t k = 0; k < n; k++) {
        int slot = b->tape->output_slots[k];
        const double *from = lanes_of_slot(b, slot, same, lanes);
        for (Py_ssize_t l = 0; l < b->lanes; l++)
            to[l * n + k] = slot < b->boundary ? *from : from[l];
    }
}

static void
replay(const TapeObject *tape, Workspace *w, Job *job)
{
    Part whole = {tape, all_kernels[kernel_set], w, 1, tape->same}, block = whole;
    size_t same_size = (size_t)tape->same * sizeof(double);
    for (int i = 0; i < tape->same_inputs; i++)
        w->same[tape->same_slots[i]] = job->same[i];
    run_forward(&whole, 0, tape->shared_count);
    if (job->seeds)
        memset(w->same_gradient, 0, same_size);
    if (job->same_rates) {
        memset(w->same_rates, 0, same_size);
        for (int i = 0; i < tape->same_inputs; i++)
            w->same_rates[tape->same_slots[i]] += job->same_rates[i];
        run_tangents(&whole, 0, tape->shared_count);
    }
    for (Py_ssize_t first = 0; first < job->samples; first += block.lanes) {
        Py_ssize_t left = job->samples - first;
        block.lanes = left < tape->most_lanes ? left : tape->most_lanes;
        load_lanes(&block, job, first, 0);
        run_forward(&block, tape->shared_count, tape->count);
        job->broken_guard = broken_guard(&block, &job->broken_sample);
        if (job->broken_guard >= 0) {
            job->broken_sample += first;
            return;
        }
        double *results = job->results + first * tape->outputs;
        store_outputs(&block, w->same, w->lanes, results);
        for (Py_ssize_t l = 0; l < block.lanes; l++)
            for (Py_ssize_t k = 0; k < tape->outputs; k++)
                job->totals[k] += results[l * tape->outputs + k];
        if (job->seeds) {
            memset(w->lane_gradient, 0,
                   (size_t)tape->lanes * (size_t)block.lanes * sizeof(double));
            for (int k = 0; k < tape->outputs; k++) {
                int slot = tape->output_slots[k];
                double *to = lanes_of_slot(&block, slot, w->same_gradient, w->lane_gradient);
                if (slot < tape->same)
                    *to += job->seeds[k] * (double)block.lanes;
                else
                    for (Py_ssize_t l = 0; l < block.lanes; l++)
                        to[l] += job->seeds[k];
            }
            run_reverse(&block, tape->shared_count, tape->count);
            store_lane_gradients(&block, job, first);
        }
        if (job->same_rates) {
            memset(w->lane_rates, 0, (size_t)tape->lanes * (size_t)block.lanes * sizeof(double));
            load_lanes(&block, job, first, 1);
            run_tangents(&block, tape->shared_count, tape->count);
            store_outputs(&block, w->same_rates, w->lane_rates,
                          job->rates + first * tape->outputs);
        }
    }
    if (job->seeds) {
        run_reverse(&whole, 0, tape->shared_count);
        for (int i = 0; i < tape->same_inputs; i++)
            job->same_gradient[i] += w->same_gradient[tape->same_slots[i]];
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
    int slots = tape->same + tape->lanes;
    if (left < 6)
        return damaged("an instruction is cut off");
    in->opcode = code[0];
    in->rows = code[1];
    in->width = code[2];
    in->out = code[3];
    in->gated = code[4];
    in->columns = code[5];
    if (in->opcode < 0 || in->opcode >= TAPE_OPCODES)
        return damaged("an opcode is unknown");
    int reduces = in->opcode < OPCODES && rows[in->opcode].reduce;
    int wanted = reduces                   ? rows[in->opcode].columns
                 : in->opcode < OPCODES ? rows[in->opcode].arity
                                        : trace_arities[in->opcode - OPCODES];
    if (in->columns != wanted || in->rows < 1 || in->rows > slots || in->out < 0 ||
        in->out > slots - in->rows || (reduces ? in->width < 1 : in->width != 0) ||
        (in->out < tape->same && in->out + in->rows > tape->same))
        return damaged("an instruction does not fit");
    if (left < 6 + 2 * in->columns)
        return damaged("an instruction is cut off");
    int in_lanes = in->out >= tape->same;
    for (int c = 0; c < in->columns; c++) {
        Column *column = &in->column[c];
        int kind = code[6 + 2 * c], at = code[7 + 2 * c];
        column->shared = (kind & SHARED) != 0;
        column->resting = (kind & RESTING) != 0;
        column->list = NULL;
        column->first = at;
        Py_ssize_t per_row = in->width ? in->width : 1;
        Py_ssize_t count = column->shared ? per_row : per_row * in->rows;
        if (at < 0 || (column->shared && !in->width))
            return damaged("a column does not fit");
        column->lanes = column->same = 1;
        if (kind & LISTED) {
            if (count > list_count || at > list_count - count)
                return damaged("a column does not fit");
            column->list = tape->lists + at;
            for (Py_ssize_t i = 0; i < count; i++) {
                int slot = column->list[i];
                if (slot < 0 || slot >= slots)
                    return damaged("a slot does not exist");
                if (slot < tape->same) {
                    column->lanes = 0;
                    if (!in_lanes && slot >= in->out)
                        return damaged("an operand comes after its result");
                } else {
                    column->same = 0;
                    if (!in_lanes || slot >= in->out)
                        return damaged("an operand comes after its result");
                }
            }
        } else {
            if (count > slots || at > slots - count)
                return damaged("a slot does not exist");
            if (at < tape->same && at + count > tape->same)
                return damaged("a run crosses into other slots");
            column->lanes = at >= tape->same;
            column->same = !column->lanes;
            if (column->lanes ? !in_lanes || at + count > in->out
                              : !in_lanes && at + count > in->out)
                return damaged("an operand comes after its result");
        }
    }
    return 6 + 2 * in->columns;
}

static void
tape_dealloc(PyObject *self)
{
    TapeObject *tape = (TapeObject *)self;
    PyTypeObject *type = Py_TYPE(self);
    free(tape->instructions);
    free(tape->lists);
    free(tape->numbers_of);
    free(tape->constants);
    free_workspace(tape->spare);
    type->tp_free(self);
    Py_DECREF(type);
}

enum { CODE, LISTS, CONSTANT_SLOTS, SAME_SLOTS, LANE_SLOTS, OUTPUT_SLOTS, GUARDS, CONSTANT_NUMBERS,
       TAPE_BUFFERS };

static int
fill_tape(TapeObject *tape, const Py_buffer *views)
{
    Py_ssize_t counts[TAPE_BUFFERS], offset = 0;
    for (int i = 0; i < TAPE_BUFFERS; i++)
        counts[i] = views[i].len / views[i].itemsize;
    Py_ssize_t list_count = counts[LISTS], slots = (Py_ssize_t)tape->same + tape->lanes;
    if (counts[CONSTANT_SLOTS] != counts[CONSTANT_NUMBERS] || counts[GUARDS] % 4 ||
        counts[CONSTANT_SLOTS] > slots || counts[SAME_SLOTS] > slots ||
        counts[LANE_SLOTS] > slots || counts[OUTPUT_SLOTS] > INT32_MAX ||
        counts[GUARDS] > INT32_MAX)
        return damaged("its parts do not agree");
    size_t most = (size_t)(counts[CODE] / 6 + 1);
    tape->instructions = checked_malloc(most * sizeof(Instruction));
    tape->lists = checked_malloc((size_t)(list_count + 1) * sizeof(int));
    tape->constants = checked_malloc((size_t)(counts[CONSTANT_NUMBERS] + 1) * sizeof(double));
    size_t total = 1;
    for (int i = CONSTANT_SLOTS; i <= GUARDS; i++)
        total += (size_t)counts[i];
    tape->numbers_of = checked_malloc(total * sizeof(int));
    if (!tape->instructions || !tape->lists || !tape->constants || !tape->numbers_of) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(tape->lists, views[LISTS].buf, (size_t)list_count * sizeof(int));
    memcpy(tape->constants, views[CONSTANT_NUMBERS].buf, (size_t)views[CONSTANT_NUMBERS].len);
    const int *parts[TAPE_BUFFERS];
    for (int i = CONSTANT_SLOTS; i <= GUARDS; i++) {
        memcpy(tape->numbers_of + offset, views[i].buf, (size_t)views[i].len);
        parts[i] = tape->numbers_of + offset;
        offset += counts[i];
    }
    tape->constant_slots = parts[CONSTANT_SLOTS];
    tape->same_slots = parts[SAME_SLOTS];
    tape->lane_slots = parts[LANE_SLOTS];
    tape->output_slots = parts[OUTPUT_SLOTS];
    tape->guard_fields = parts[GUARDS];
    tape->constant_count = (int)counts[CONSTANT_SLOTS];
    tape->same_inputs = (int)counts[SAME_SLOTS];
    tape->lane_inputs = (int)counts[LANE_SLOTS];
    tape->outputs = (int)counts[OUTPUT_SLOTS];
    tape->guards = (int)counts[GUARDS] / 4;
    if (!are_slots(tape->constant_slots, tape->constant_count, 0, tape->same) ||
        !are_slots(tape->same_slots, tape->same_inputs, 0, tape->same) ||
        !are_slots(tape->lane_slots, tape->lane_inputs, tape->same, (int)slots) ||
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
    int next[2] = {0, tape->same};
    size_t widest = 0;
    for (Py_ssize_t place = 0, taken; place < counts[CODE]; place += taken) {
        Instruction *in = &tape->instructions[tape->count];
        taken = read_instruction(tape, in, code + place, counts[CODE] - place, list_count);
        if (taken < 0)
            return -1;
        int lanes = in->out >= tape->same;
        if (in->out < next[lanes] || (!lanes && tape->shared_count < tape->count))
            return damaged("instructions are out of order");
        next[lanes] = in->out + in->rows;
        tape->count++;
        if (!lanes)
            tape->shared_count++;
        if ((size_t)in->width > widest)
            widest = (size_t)in->width;
    }
    /* As many lanes as keep the numbers of a block in the cache. */
    tape->most_lanes = MOST_LANES;
    while (tape->most_lanes > FEWEST_LANES &&
           ((size_t)tape->lanes * 2 + 4 * widest) * (size_t)tape->most_lanes > 24576)
        tape->most_lanes /= 2;
    /* Of a row of the table four columns of TILE and what they pass; of a reduction both columns
     * and what they pass, and one row of operands and partials without lanes. */
    size_t scratch = widest * (4 * (size_t)tape->most_lanes + 4);
    tape->scratch = scratch > 2 * MOST_COLUMNS * TILE ? scratch : 2 * MOST_COLUMNS * TILE;
    return 0;
}

static PyObject *
tape_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(named))
{
    PyObject *sources[TAPE_BUFFERS];
    Py_buffer views[TAPE_BUFFERS];
    int same, lanes, got = 0, filled = -1;
    if (!PyArg_ParseTuple(args, "iiOOOOOOOO:Tape", &same, &lanes, &sources[0], &sources[1],
                          &sources[2], &sources[3], &sources[4], &sources[5], &sources[6],
                          &sources[7]))
        return NULL;
    if (same < 0 || lanes < 0 || same > INT32_MAX / 2 || lanes > INT32_MAX / 2) {
        damaged("it has no sensible number of slots");
        return NULL;
    }
    TapeObject *tape = (TapeObject *)type->tp_alloc(type, 0);
    if (!tape)
        return NULL;
    tape->same = same;
    tape->lanes = lanes;
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
read_column(PyObject *column, PyObject **numbers, Py_ssize_t *width)
{
    if (!PyTuple_Check(column)) {
        PyErr_SetString(PyExc_TypeError, "a column is a tuple (doubles, width)");
        return -1;
    }
    return PyArg_ParseTuple(column, "On;a column is (doubles, width)", numbers, width) ? 0 : -1;
}

/* replay(samples, same, columns, seeds, same_rates, rate_columns, results, totals, same_gradient,
 * column_gradients, rates): see tape.Job. Columns are lists of (doubles, width). */
static PyObject *
tape_replay(PyObject *self, PyObject *args)
{
    TapeObject *tape = (TapeObject *)self;
    PyObject *same, *columns, *seeds, *same_rates, *rate_columns, *results, *totals, *same_gradient;
    PyObject *gradients, *rates, *answer = NULL;
    Job job = {.broken_guard = -1};
    Views views = {NULL, 0, 0};
    if (!PyArg_ParseTuple(args, "nOO!OOO!OOOO!O:replay", &job.samples, &same, &PyTuple_Type,
                          &columns, &seeds, &same_rates, &PyTuple_Type, &rate_columns, &results,
                          &totals, &same_gradient, &PyTuple_Type, &gradients, &rates))
        return NULL;
    job.columns = PyTuple_GET_SIZE(columns);
    Py_ssize_t most = PTRDIFF_MAX / 64 / ((Py_ssize_t)tape->lane_inputs + tape->outputs + 1);
    if (job.samples < 1 || job.samples > most) {
        PyErr_SetString(PyExc_ValueError, "there is no sensible number of samples");
        return NULL;
    }
    views.room = 7 + 3 * job.columns;
    views.views = checked_malloc((size_t)views.room * sizeof(Py_buffer));
    job.column = checked_malloc((size_t)(job.columns + 1) * sizeof(Samples));
    if (!views.views || !job.column) {
        PyErr_NoMemory();
        goto end;
    }
    int reverse = seeds != Py_None, forward = same_rates != Py_None;
    int by_sample = PyTuple_GET_SIZE(gradients) > 0;
    if ((reverse && by_sample && PyTuple_GET_SIZE(gradients) != job.columns) ||
        (forward && PyTuple_GET_SIZE(rate_columns) != job.columns)) {
        PyErr_SetString(PyExc_ValueError, "the columns of a job do not agree");
        goto end;
    }
    Py_ssize_t wanted = job.samples * tape->outputs, lane_inputs = 0;
    if (!(job.same = doubles_of(&views, same, tape->same_inputs, 0)) ||
        !(job.results = doubles_of(&views, results, wanted, 1)) ||
        !(job.totals = doubles_of(&views, totals, tape->outputs, 1)))
        goto end;
    if (reverse && (!(job.seeds = doubles_of(&views, seeds, tape->outputs, 0)) ||
                    !(job.same_gradient = doubles_of(&views, same_gradient, tape->same_inputs, 1))))
        goto end;
    if (forward && (!(job.same_rates = doubles_of(&views, same_rates, tape->same_inputs, 0)) ||
                    !(job.rates = doubles_of(&views, rates, wanted, 1))))
        goto end;
    for (Py_ssize_t c = 0; c < job.columns; c++) {
        Samples *column = &job.column[c];
        PyObject *numbers, *moving;
        Py_ssize_t width;
        if (read_column(PyTuple_GET_ITEM(columns, c), &numbers, &width) < 0)
            goto end;
        if (width < 0 || width > tape->lane_inputs - lane_inputs) {
            PyErr_SetString(PyExc_ValueError, "the columns of a job do not agree with the tape");
            goto end;
        }
        lane_inputs += width;
        column->width = width;
        column->gradient = NULL;
        column->rates = NULL;
        if (!(column->numbers = doubles_of(&views, numbers, job.samples * width, 0)))
            goto end;
        if (reverse && by_sample &&
            !(column->gradient = doubles_of(&views, PyTuple_GET_ITEM(gradients, c),
                                            job.samples * width, 1)))
            goto end;
        if (forward) {
            if (read_column(PyTuple_GET_ITEM(rate_columns, c), &moving, &width) < 0)
                goto end;
            if (width != column->width) {
                PyErr_SetString(PyExc_ValueError, "the columns of a job do not agree");
                goto end;
            }
            if (!(column->rates = doubles_of(&views, moving, job.samples * column->width, 0)))
                goto end;
        }
    }
    if (lane_inputs != tape->lane_inputs) {
        PyErr_SetString(PyExc_ValueError, "the columns of a job do not agree with the tape");
        goto end;
    }
    Workspace *w = tape->spare;
    tape->spare = NULL; /* taken, for another thread may come by */
    if (!w)
        w = new_workspace(tape);
    if (!w)
        goto end;
    Py_BEGIN_ALLOW_THREADS
    replay(tape, w, &job);
    Py_END_ALLOW_THREADS
    if (tape->spare)
        free_workspace(w);
    else
        tape->spare = w;
    answer = job.broken_guard < 0 ? Py_NewRef(Py_None)
                                  : Py_BuildValue("(nn)", job.broken_guard, job.broken_sample);
end:
    while (views.count > 0)
        PyBuffer_Release(&views.views[--views.count]);
    free(views.views);
    free(job.column);
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
