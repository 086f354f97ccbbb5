/* A tape as it is kept, and the memory that a replay works in. */
#ifndef AUTOGRAD_LITE_TAPE_OBJECT_H
#define AUTOGRAD_LITE_TAPE_OBJECT_H

#include "engine.h"
#include "instruction.h"
#include "memory.h"

enum { MOST_LANES = 256, FEWEST_LANES = 8 }; /* samples in a block */
enum { SHORT_REPLAY = 4000 }; /* operations, below which a lock takes longer to pass on */

typedef struct FlatRow FlatRow;
typedef struct LoopPlan LoopPlan;

typedef struct {
    PyObject_HEAD
    int *code;      /* instructions as in instruction.h, first those that write uniform slots */
    size_t *starts; /* where each of them starts */
    Py_ssize_t count, uniform_count;
    Py_ssize_t operations; /* of all instructions */
    int uniform, varying;  /* how many slots there are of each kind */
    /* Uniform slots that matrices want side by side: copies of these stand behind the uniform
     * slots, so many. */
    int copies, *copied;
    /* Uniform slots that also have a row: these stand behind the rows of the varying slots. The
     * first `wanted` of them want gradients. */
    int spread, wanted, *spread_slots;
    int cleared, *cleared_rows; /* those whose gradients no instruction is the first to write */
    int most_lanes;             /* samples in a block */
    int *slot_lists;            /* of constants, inputs, outputs and guards */
    double *constants;
    int constant_count, uniform_inputs, varying_inputs, outputs, guards;
    const int *constant_slots, *uniform_input_slots, *varying_input_slots, *output_slots;
    const int *guard_fields;
    size_t scratch, pointers; /* how much of each an instruction wants */
    size_t partials;          /* that a forward pass keeps */
    struct Workspace *spare;
    FlatRow *flat; /* see flat.h; NULL until it is asked for */
    Py_ssize_t flat_count;
} TapeObject;

typedef struct {
    double *uniform; /* by slot, and then the copies */
    double *rows;    /* by row */
} Numbers;

typedef struct Workspace { /* what a replay computes */
    Numbers values, gradients, rates;
    double *nothing, *scratch, *partials;
    const double **pointers;
    void *memory;
    double *lanes; /* of directions, room for `lane_room` doubles; NULL before they are asked for */
    size_t lane_room;
    LoopPlan *plan; /* see few_directions.h, with rates in up to `rate_room` lanes; likewise */
    double *lane_rates;
    int rate_room;
    struct Workspace *next; /* of those that are kept */
} Workspace;

enum { LINE = 8 }; /* doubles in a line of the cache */

/* From one row to the next, for blocks of so many samples: a whole number of lines, and no power of
 * two, for then the same few places of a cache would serve all rows. */
static inline Py_ssize_t
pitch_of(Py_ssize_t lanes)
{
    return lanes < LINE ? lanes : (lanes + LINE - 1) / LINE * LINE + LINE;
}

/* The lanes that are worked on: whole lines, where the samples fill one. */
static inline Py_ssize_t
padded(Py_ssize_t lanes)
{
    return lanes < LINE ? lanes : (lanes + LINE - 1) / LINE * LINE;
}

static void
free_workspace(Workspace *w)
{
    if (w) {
        free(w->memory);
        free(w->pointers);
        free(w->lanes);
        free(w->plan);
        free(w->lane_rates);
        free(w);
    }
}

static Workspace *
new_workspace(const TapeObject *tape)
{
    size_t pitch = (size_t)pitch_of(tape->most_lanes);
    size_t uniform = (size_t)tape->uniform + (size_t)tape->copies;
    size_t rows = ((size_t)tape->varying + (size_t)tape->spread) * pitch;
    size_t size = 3 * (uniform + rows + LINE) + pitch + tape->scratch + tape->partials + LINE;
    Workspace *w = checked_malloc(sizeof(Workspace));
    if (w) {
        w->lanes = w->lane_rates = NULL;
        w->lane_room = 0;
        w->plan = NULL;
        w->rate_room = 0;
        w->memory = checked_malloc(size * sizeof(double));
        w->pointers = checked_malloc((tape->pointers + 1) * sizeof(double *));
    }
    if (!w || !w->memory || !w->pointers) {
        free_workspace(w);
        PyErr_NoMemory();
        return NULL;
    }
    double *next = w->memory;
    next += (LINE - (uintptr_t)next / sizeof(double) % LINE) % LINE; /* rows start with a line */
    Numbers *all[] = {&w->values, &w->gradients, &w->rates};
    for (int i = 0; i < 3; i++, next += rows)
        all[i]->rows = next;
    w->nothing = next;
    next += pitch;
    for (int i = 0; i < 3; i++, next += uniform)
        all[i]->uniform = next;
    w->scratch = next;
    w->partials = next + tape->scratch;
    /* Nobody may see what was in this memory before. */
    memset(w->values.uniform, 0, uniform * sizeof(double));
    memset(w->values.rows, 0, 2 * rows * sizeof(double)); /* and the gradients */
    for (size_t i = 0; i < pitch; i++)
        w->nothing[i] = -0.0;
    for (int i = 0; i < tape->constant_count; i++)
        w->values.uniform[tape->constant_slots[i]] = tape->constants[i];
    return w;
}

#endif
