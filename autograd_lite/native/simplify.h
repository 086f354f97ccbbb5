/* The passes of compiler/simplify.py on a graph in arrays: each does what its namesake does there,
 * result for result. */
#ifndef AUTOGRAD_LITE_SIMPLIFY_H
#define AUTOGRAD_LITE_SIMPLIFY_H

#include "engine.h"
#include "flat_graph.h"
#include "memory.h"
#include "table.inc"

enum { HAS_NEUTRAL = 1, COMMUTES = 2, MASKS = 4 }; /* what rows say of themselves */

typedef struct {
    int sign, x, y, outcome;
    int number; /* among those of the trace */
} Guard;

typedef struct { /* what is lowered */
    FlatGraph graph;
    const unsigned char *traits; /* of opcodes */
    const double *neutral;
    int reorder;
    int *inputs, *captured, *outputs;
    size_t input_count, captured_count, output_count, guard_count;
    Guard *guards;
    char *masked;            /* of results */
    char *varying;           /* likewise */
    Py_ssize_t operations[4]; /* recorded, and after each pass */
} Lowering;

static inline int
is_zero(const FlatGraph *graph, int i)
{
    return is_constant(graph, i) && bits_of(graph->value[i]) == 0;
}

static inline void
remove_result(FlatGraph *graph, int i)
{
    graph->op[i] = UNUSED_RESULT;
    graph->count[i] = 0;
}

static Py_ssize_t
count_operations(const FlatGraph *graph)
{
    Py_ssize_t count = 0;
    for (size_t i = 0; i < graph->results; i++)
        count += graph->count[i] > 0;
    return count;
}

static inline int
same_operands(const int *left, const int *right, int count)
{
    return memcmp(left, right, (size_t)count * sizeof(int)) == 0;
}

/* The first result that does the same as `i`, which may be `i` itself. */
static int
first_of_its_kind(const FlatGraph *graph, Table *known, int i)
{
    const int *operands = operands_of(graph, i), op = graph->op[i], count = graph->count[i];
    for (size_t at = hash_of(op, operands, count);; at++) {
        int *entry = &known->place[at & (known->size - 1)], other = *entry;
        if (other < 0)
            return *entry = i;
        if (graph->op[other] == op && graph->count[other] == count &&
            same_operands(operands_of(graph, other), operands, count))
            return other;
    }
}

/* The result that stands for operation `i`: an operand, a constant, one known, or itself; -1 with
 * an error. */
static int
shorter(Lowering *l, Table *known, int i)
{
    FlatGraph *graph = &l->graph;
    int *operands = graph->operands + graph->first[i];
    const int op = graph->op[i], count = graph->count[i];
    const int first = operands[0], last = operands[count - 1], traits = l->traits[op];
    if (is_constant(graph, last)) {
        int all = is_constant(graph, first);
        for (int k = 1; all && k < count; k++)
            all = is_constant(graph, operands[k]);
        if (all)
            return constant_result(graph, graph->value[i]);
        if (traits & HAS_NEUTRAL && bits_of(graph->value[last]) == bits_of(l->neutral[op]))
            return first;
        if (op == OP_power && graph->value[last] == 2.0 && l->reorder) {
            graph->op[i] = OP_mul; /* the slope is x + x, not 2 x */
            operands[1] = first;
        }
    } else if (traits & COMMUTES && is_constant(graph, first) &&
               bits_of(graph->value[first]) == bits_of(l->neutral[op])) {
        return last;
    }
    return first_of_its_kind(graph, known, i);
}

/* Keep the first of the guards that compare the same, and none of two constants. */
static int
simplify_guards(Lowering *l, Table *seen)
{
    size_t kept = 0;
    if (begin_table(seen, l->guard_count) < 0)
        return -1;
    for (size_t i = 0; i < l->guard_count; i++) {
        const Guard guard = l->guards[i];
        if (is_constant(&l->graph, guard.x) && is_constant(&l->graph, guard.y))
            continue;
        for (size_t at = hash_of(guard.sign, &guard.x, 2);; at++) { /* x and y stand together */
            int *entry = &seen->place[at & (seen->size - 1)];
            const Guard *other = *entry < 0 ? NULL : &l->guards[*entry];
            if (!other) {
                *entry = (int)kept;
                l->guards[kept++] = guard;
                break;
            }
            if (other->sign == guard.sign && other->x == guard.x && other->y == guard.y)
                break;
        }
    }
    l->guard_count = kept;
    return 0;
}

/* Compute nothing that is constant, known already, or changed by a neutral operand only. */
static int
simplify_results(Lowering *l)
{
    FlatGraph *graph = &l->graph;
    const int results = (int)graph->results;
    Table known = {NULL, 0, 0};
    size_t steps = 0;
    int done = -1, *number = checked_malloc(((size_t)results + 1) * sizeof(int));
    if (!number) {
        no_memory();
        goto end;
    }
    if (begin_table(&known, graph->results) < 0)
        goto end;
    for (int i = 0; i < results; i++)
        number[i] = i;
    for (int i = 0; i < results; i++) {
        int *operands = graph->operands + graph->first[i];
        for (int k = 0; k < graph->count[i]; k++)
            operands[k] = number[operands[k]];
        if (graph->count[i]) {
            int other = shorter(l, &known, i);
            if (other < 0)
                goto end;
            if (other != i)
                remove_result(graph, i);
            number[i] = other;
        }
        if (is_interrupted(&steps, 1) < 0)
            goto end;
    }
    for (size_t k = 0; k < l->output_count; k++)
        l->outputs[k] = number[l->outputs[k]];
    for (size_t k = 0; k < l->guard_count; k++) {
        l->guards[k].x = number[l->guards[k].x];
        l->guards[k].y = number[l->guards[k].y];
    }
    done = simplify_guards(l, &known);
end:
    free(number);
    free(known.place);
    return done;
}

/* How often each result is used by what outputs and guards need; NULL with an error. */
static int *
count_uses(const Lowering *l)
{
    const FlatGraph *graph = &l->graph;
    int *uses = checked_malloc((graph->results + 1) * sizeof(int));
    if (!uses) {
        no_memory();
        return NULL;
    }
    memset(uses, 0, graph->results * sizeof(int));
    for (size_t k = 0; k < l->output_count; k++)
        uses[l->outputs[k]]++;
    for (size_t k = 0; k < l->guard_count; k++) {
        uses[l->guards[k].x]++;
        uses[l->guards[k].y]++;
    }
    for (int i = (int)graph->results; i-- > 0;)
        if (uses[i]) {
            const int *operands = operands_of(graph, i);
            for (int k = 0; k < graph->count[i]; k++)
                uses[operands[k]]++;
        }
    return uses;
}

/* Compute only what outputs and guards need. */
static int
prune(Lowering *l)
{
    int *uses = count_uses(l);
    if (!uses)
        return -1;
    for (int i = 0; i < (int)l->graph.results; i++)
        if (!uses[i] && l->graph.count[i])
            remove_result(&l->graph, i);
    free(uses);
    return 0;
}

/* Mark the results whose gradient must pass nothing on where it is 0. */
static int
mask(Lowering *l)
{
    const FlatGraph *graph = &l->graph;
    char *masked = l->masked = checked_malloc(graph->results + 1);
    if (!masked)
        return no_memory();
    int one = l->output_count > 0;
    for (size_t k = 1; k < l->output_count; k++)
        one = one && l->outputs[k] == l->outputs[0];
    memset(masked, 1, graph->results);
    if (one)
        masked[l->outputs[0]] = 0;
    for (int i = (int)graph->results; i-- > 0;) {
        if (masked[i] || graph->op[i] < 0)
            continue;
        if (l->traits[graph->op[i]] & MASKS) {
            masked[i] = 1;
            continue;
        }
        for (int k = 0; k < graph->count[i]; k++)
            masked[operands_of(graph, i)[k]] = 0;
    }
    return 0;
}

#endif
