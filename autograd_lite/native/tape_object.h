/* A tape as it is kept, and the memory that a replay works in. */
#ifndef AUTOGRAD_LITE_TAPE_OBJECT_H
#define AUTOGRAD_LITE_TAPE_OBJECT_H

#include "engine.h"
#include "memory.h"
#include "table.inc"

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

#endif
