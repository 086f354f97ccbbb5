/* On which inputs each result of a tape depends; compiler/sparsity.py says what is meant.
 *
 * Each slot has a set of inputs. A result whose operands bring nothing that the largest set of them
 * does not have shares that set, so that there is memory for sets that differ alone. */
#ifndef AUTOGRAD_LITE_DEPENDENCIES_H
#define AUTOGRAD_LITE_DEPENDENCIES_H

#include "engine.h"
#include "directions.h"
#include "growing.h"
#include "replay.h"

typedef struct {
    size_t first, count; /* where its members stand */
} Set;

typedef struct {
    Set *sets;     /* of each slot */
    Ints members;  /* of all sets */
    Ints operands; /* the slots that the row at hand reads */
    int *joined;   /* for each input, the union that it came to last */
    int unions;
    size_t steps;
} Dependencies;

static void
free_dependencies(Dependencies *d)
{
    free(d->sets);
    free(d->members.items);
    free(d->operands.items);
    free(d->joined);
}

/* Sets of one member each for the inputs, which are `count` slots; -1 with an error. */
static int
begin_dependencies(Dependencies *d, const TapeObject *tape, const int *inputs, Py_ssize_t count)
{
    d->sets = checked_malloc(((size_t)tape->uniform + 1) * sizeof(Set));
    d->joined = checked_malloc(((size_t)count + 1) * sizeof(int));
    if (!d->sets || !d->joined)
        return no_memory();
    memset(d->sets, 0, (size_t)tape->uniform * sizeof(Set));
    memset(d->joined, 0, (size_t)count * sizeof(int));
    for (Py_ssize_t k = 0; k < count; k++) {
        if (inputs[k] < 0 || inputs[k] >= tape->uniform) {
            PyErr_SetString(PyExc_ValueError, "an input is no slot of the tape");
            return -1;
        }
        d->sets[inputs[k]] = (Set){d->members.count, 1};
        if (push_int(&d->members, (int)k) < 0)
            return -1;
    }
    return 0;
}

/* Note which slots a row reads, but for the first `passive` operands. */
static int
note_operands(Dependencies *d, const int *in, Py_ssize_t row, int passive)
{
    d->operands.count = 0;
    if (!reduces(in)) {
        for (int k = passive; k < arity_of(in[OPCODE]); k++)
            if (push_int(&d->operands, in[ENTRIES + k * in[ROWS] + row]) < 0)
                return -1;
        return 0;
    }
    for (int c = 0; c < rows[in[OPCODE]].columns; c++) {
        const Place place = place_of_row(in, c, row);
        for (Py_ssize_t i = 0; i < in[WIDTH]; i++)
            if (push_int(&d->operands, (int)slot_at(&place, i)) < 0)
                return -1;
    }
    return 0;
}

/* The union of the operands' sets. */
static int
unite(Dependencies *d, Set *to)
{
    Set largest = {0, 0};
    int differ = 0;
    for (size_t k = 0; k < d->operands.count; k++) {
        const Set own = d->sets[d->operands.items[k]];
        differ |= own.count && largest.count && own.first != largest.first;
        if (own.count > largest.count)
            largest = own;
    }
    *to = largest;
    if (!differ)
        return 0;
    const size_t first = d->members.count;
    d->unions++;
    for (size_t k = 0; k < d->operands.count; k++) {
        const Set own = d->sets[d->operands.items[k]];
        for (size_t i = 0; i < own.count; i++) {
            const int member = d->members.items[own.first + i];
            if (d->joined[member] == d->unions)
                continue;
            d->joined[member] = d->unions;
            if (push_int(&d->members, member) < 0)
                return -1;
        }
        if (is_interrupted(&d->steps, own.count) < 0)
            return -1;
    }
    if (d->members.count - first > largest.count)
        *to = (Set){first, d->members.count - first};
    else
        d->members.count = first;
    return 0;
}

/* How many inputs each output depends on, and which, those of all outputs in order, as bytes of
 * ints; NULL with an error. `passive` says of each opcode how many operands pass nothing on. */
static PyObject *
dependencies_of_outputs(Dependencies *d, const TapeObject *tape, const unsigned char *passive)
{
    Ints counts = {NULL, 0, 0}, members = {NULL, 0, 0};
    PyObject *answer = NULL;
    for (Py_ssize_t i = 0; i < tape->count; i++) {
        const int *in = instruction_at(tape, i);
        for (Py_ssize_t row = 0; row < in[ROWS]; row++)
            if (note_operands(d, in, row, passive[in[OPCODE]]) < 0 ||
                unite(d, &d->sets[in[OUT] + row]) < 0)
                return NULL;
    }
    for (Py_ssize_t k = 0; k < tape->outputs; k++) {
        const Set own = d->sets[tape->output_slots[k]];
        int status = push_int(&counts, (int)own.count);
        for (size_t i = 0; i < own.count && status == 0; i++)
            status = push_int(&members, d->members.items[own.first + i]);
        if (status < 0)
            goto end;
    }
    answer = Py_BuildValue("NN", as_bytes(counts.items, counts.count, sizeof(int)),
                           as_bytes(members.items, members.count, sizeof(int)));
end:
    free(counts.items);
    free(members.items);
    return answer;
}

#endif
