/* The operations of a traced run in arrays: what compiler/simplify.py has as a Graph.
 *
 * Result i is op[i] of the results that stand in `operands`, `count[i]` of them from `first[i]` on.
 * What has no operands has one of the names below in the place of an opcode. */
#ifndef AUTOGRAD_LITE_FLAT_GRAPH_H
#define AUTOGRAD_LITE_FLAT_GRAPH_H

#include "engine.h"
#include "growing.h"
#include "memory.h"

enum { CONSTANT_RESULT = -1, INPUT_RESULT = -2, CAPTURED_RESULT = -3, UNUSED_RESULT = -4 };

typedef struct {
    int *place; /* of results, or -1 for a free entry */
    size_t size; /* a power of two, or 0 before the first result */
    size_t used;
} Table; /* of results, by what they are */

typedef struct {
    int *op, *first, *count;
    double *value; /* in the traced run */
    int *operands;
    size_t results, room, operand_count, operand_room;
    Table constants; /* by their numbers */
} FlatGraph;

static inline void
free_flat_graph(FlatGraph *graph)
{
    free(graph->op);
    free(graph->first);
    free(graph->count);
    free(graph->value);
    free(graph->operands);
    free(graph->constants.place);
    memset(graph, 0, sizeof(*graph));
}

/* Let there be room for so many results and operands in all. */
static inline int
reserve(FlatGraph *graph, size_t results, size_t operands)
{
    if (results > INT32_MAX / 2 || operands > INT32_MAX / 2) {
        PyErr_SetString(PyExc_OverflowError, "a graph of more than 10**9 results or operands");
        return -1;
    }
    if (results > graph->room) {
        size_t room = graph->room + graph->room / 2 > results ? graph->room + graph->room / 2
                                                               : results;
        if (widen(&graph->op, sizeof(int), room) < 0 ||
            widen(&graph->first, sizeof(int), room) < 0 ||
            widen(&graph->count, sizeof(int), room) < 0 ||
            widen(&graph->value, sizeof(double), room) < 0)
            return -1;
        graph->room = room;
    }
    if (operands > graph->operand_room) {
        size_t room = graph->operand_room + graph->operand_room / 2;
        room = room > operands ? room : operands;
        if (widen(&graph->operands, sizeof(int), room) < 0)
            return -1;
        graph->operand_room = room;
    }
    return 0;
}

/* A new result without operands, for which there must be room; gives its place. */
static inline int
add_result(FlatGraph *graph, int op, double value)
{
    size_t i = graph->results++;
    graph->op[i] = op;
    graph->first[i] = (int)graph->operand_count;
    graph->count[i] = 0;
    graph->value[i] = value;
    return (int)i;
}

static inline const int *
operands_of(const FlatGraph *graph, int i)
{
    return graph->operands + graph->first[i];
}

static inline int
is_constant(const FlatGraph *graph, int i)
{
    return graph->op[i] == CONSTANT_RESULT;
}

/* Tables ------------------------------------------------------------------------------------------
 *
 * Open addressing: an entry is looked for from its hash on. */

static inline uint64_t
mixed(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static inline uint64_t
hash_of(int op, const int *operands, int count)
{
    uint64_t hash = mixed((uint64_t)op, (uint64_t)count);
    for (int k = 0; k < count; k++)
        hash = mixed(hash, (uint64_t)operands[k]);
    return hash;
}

/* An empty table for so many results. */
static inline int
begin_table(Table *table, size_t results)
{
    size_t size = 16;
    while (size < 2 * results)
        size *= 2;
    free(table->place);
    table->used = table->size = 0;
    table->place = checked_malloc(size * sizeof(int));
    if (!table->place)
        return no_memory();
    memset(table->place, 0xff, size * sizeof(int));
    table->size = size;
    return 0;
}

/* The bits of a number, the same for every nan. */
static inline uint64_t
bits_of(double x)
{
    uint64_t bits;
    if (x != x)
        return 0x7ff8000000000000u;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* Where the constant of these bits stands in the table, or would stand. */
static inline int *
entry_of(const FlatGraph *graph, uint64_t bits)
{
    const Table *table = &graph->constants;
    for (size_t at = mixed(0, bits);; at++) {
        int *entry = &table->place[at & (table->size - 1)];
        if (*entry < 0 || bits_of(graph->value[*entry]) == bits)
            return entry;
    }
}

/* Have the table ready for one more constant. */
static inline int
grow_constants(FlatGraph *graph)
{
    Table old = graph->constants;
    if (2 * (old.used + 1) <= old.size)
        return 0;
    graph->constants = (Table){NULL, 0, 0};
    if (begin_table(&graph->constants, 2 * (old.used + 1)) < 0) {
        graph->constants = old;
        return -1;
    }
    for (size_t i = 0; i < old.size; i++)
        if (old.place[i] >= 0) {
            *entry_of(graph, bits_of(graph->value[old.place[i]])) = old.place[i];
            graph->constants.used++;
        }
    free(old.place);
    return 0;
}

/* Let result `i`, a constant, stand for its number, unless another one does. */
static inline int
note_constant(FlatGraph *graph, int i)
{
    if (grow_constants(graph) < 0)
        return -1;
    int *entry = entry_of(graph, bits_of(graph->value[i]));
    if (*entry < 0) {
        *entry = i;
        graph->constants.used++;
    }
    return 0;
}

/* The result that is the number `x`; -1 with an error. */
static inline int
constant_result(FlatGraph *graph, double x)
{
    if (grow_constants(graph) < 0 ||
        reserve(graph, graph->results + 1, graph->operand_count) < 0)
        return -1;
    int *entry = entry_of(graph, bits_of(x));
    if (*entry < 0) {
        *entry = add_result(graph, CONSTANT_RESULT, x);
        graph->constants.used++;
    }
    return *entry;
}

#endif
