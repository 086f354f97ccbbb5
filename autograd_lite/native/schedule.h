/* The slots of compiler/schedule.py, on a graph in arrays: the same, number for number; and the
 * code of a tape as Tape.encoded has it. */
#ifndef AUTOGRAD_LITE_SCHEDULE_H
#define AUTOGRAD_LITE_SCHEDULE_H

#include "engine.h"
#include "flat_graph.h"
#include "instruction.h"
#include "memory.h"
#include "plan.h"
#include "rows.h"
#include "simplify.h"

typedef struct {
    Lowering *l;
    Plan *plan;
    int *slot;        /* of results; -1 - slot while varying slots are counted apart; or NO_SLOT */
    int counts[2];    /* slots of each kind */
    int64_t *sorting; /* for one group */
    char *constant;   /* of uniform slots */
    int *constant_slots;
    double *constants;
    size_t constant_count;
    Ints code, lists;
} Placing;

enum { NO_SLOT = INT32_MIN };

typedef struct { /* an operand of a group */
    int first, width, shared;
} GroupColumn;

/* The operands of a group of operations; gives how many there are. */
static int
columns_of(const FlatGraph *graph, const int *group, size_t count, GroupColumn *columns)
{
    const int op = graph->op[group[0]], arity = graph->count[group[0]];
    if (op >= OPCODES || !rows[op].reduce) {
        for (int c = 0; c < arity; c++)
            columns[c] = (GroupColumn){.first = c, .width = 0, .shared = 0};
        return arity;
    }
    const int width = arity / rows[op].columns;
    for (int c = 0; c < rows[op].columns; c++) {
        const int *first = operands_of(graph, group[0]) + c * width;
        int shared = 1;
        for (size_t k = 1; shared && k < count; k++)
            shared = same_operands(operands_of(graph, group[k]) + c * width, first, width);
        columns[c] = (GroupColumn){.first = c * width, .width = width, .shared = shared};
    }
    return rows[op].columns;
}

static inline void
put(Placing *p, int i)
{
    if (p->slot[i] == NO_SLOT) {
        const int differs = p->l->varying[i];
        p->slot[i] = differs ? -1 - p->counts[1] : p->counts[0];
        p->counts[differs]++;
    }
}

static int
compare_longs(const void *left, const void *right)
{
    const int64_t x = *(const int64_t *)left, y = *(const int64_t *)right;
    return (x > y) - (x < y);
}

/* Sort a group by where the first operands lie already; those that lie nowhere come first. */
static void
sort_group(Placing *p, int *group, size_t count)
{
    int sorted = 1;
    for (size_t k = 0; k < count; k++) {
        const int slot = p->slot[operands_of(&p->l->graph, group[k])[0]];
        const int64_t place = slot == NO_SLOT ? 0 : 1 + (slot < 0 ? -(int64_t)slot : slot);
        p->sorting[k] = place << 32 | (int64_t)k; /* so that the order of equal ones stays */
        sorted = sorted && (!k || p->sorting[k - 1] < p->sorting[k]);
    }
    if (sorted)
        return;
    qsort(p->sorting, count, sizeof(int64_t), compare_longs);
    memcpy(p->plan->room, group, count * sizeof(int));
    for (size_t k = 0; k < count; k++)
        group[k] = p->plan->room[p->sorting[k] & 0xffffffff];
}

/* Give each result a slot: operands in the order in which a group reads them. */
static int
place_results(Placing *p)
{
    const Lowering *l = p->l;
    const FlatGraph *graph = &l->graph;
    Plan *plan = p->plan;
    size_t steps = 0;
    for (size_t i = 0; i < graph->results; i++)
        p->slot[i] = NO_SLOT;
    for (size_t g = 0; g < plan->groups; g++) {
        int *group = plan->order + plan->starts[g];
        const size_t count = (size_t)(plan->starts[g + 1] - plan->starts[g]);
        GroupColumn columns[MOST_OPERANDS];
        sort_group(p, group, count);
        const int operands = columns_of(graph, group, count, columns);
        for (int c = 0; c < operands; c++)
            for (size_t row = 0; row < (columns[c].shared ? 1 : count); row++)
                for (int k = 0; k < (columns[c].width ? columns[c].width : 1); k++)
                    put(p, operands_of(graph, group[row])[columns[c].first + k]);
        for (size_t row = 0; row < count; row++)
            put(p, group[row]);
        if (is_interrupted(&steps, count) < 0)
            return -1;
    }
    for (size_t k = 0; k < l->input_count; k++)
        put(p, l->inputs[k]);
    for (size_t k = 0; k < l->captured_count; k++)
        put(p, l->captured[k]);
    for (size_t k = 0; k < l->output_count; k++)
        put(p, l->outputs[k]);
    for (size_t k = 0; k < l->guard_count; k++) {
        put(p, l->guards[k].x);
        put(p, l->guards[k].y);
    }
    for (size_t i = 0; i < graph->results; i++)
        if (p->slot[i] != NO_SLOT && p->slot[i] < 0)
            p->slot[i] = p->counts[0] - 1 - p->slot[i];
    return 0;
}

/* List the constants that have slots, in the order of these. */
static int
list_constants(Placing *p)
{
    const FlatGraph *graph = &p->l->graph;
    size_t count = 0;
    for (size_t i = 0; i < graph->results; i++)
        count += is_constant(graph, (int)i) && p->slot[i] != NO_SLOT;
    p->constant = checked_malloc((size_t)p->counts[0] + 1);
    p->constant_slots = checked_malloc((count + 1) * sizeof(int));
    p->constants = checked_malloc((count + 1) * sizeof(double));
    int *result = checked_malloc(((size_t)p->counts[0] + 1) * sizeof(int));
    if (!p->constant || !p->constant_slots || !p->constants || !result) {
        free(result);
        return no_memory();
    }
    memset(p->constant, 0, (size_t)p->counts[0]);
    for (size_t i = 0; i < graph->results; i++)
        if (is_constant(graph, (int)i) && p->slot[i] != NO_SLOT) {
            p->constant[p->slot[i]] = 1;
            result[p->slot[i]] = (int)i;
        }
    for (int slot = 0; slot < p->counts[0]; slot++)
        if (p->constant[slot]) {
            p->constant_slots[p->constant_count] = slot;
            p->constants[p->constant_count++] = graph->value[result[slot]];
        }
    free(result);
    return 0;
}

/* Write an operand: its kind, and where it starts; the slots go to the lists if they are no run. */
static int
write_column(Placing *p, const int *group, size_t count, const GroupColumn *column)
{
    const FlatGraph *graph = &p->l->graph;
    const int width = column->width ? column->width : 1, uniform = p->counts[0];
    const size_t start = p->lists.count;
    for (size_t row = 0; row < (column->shared ? 1 : count); row++)
        for (int k = 0; k < width; k++) {
            const int i = operands_of(graph, group[row])[column->first + k];
            if (push_int(&p->lists, p->slot[i]) < 0)
                return -1;
        }
    const int *slots = p->lists.items + start, first = slots[0];
    const size_t n = p->lists.count - start;
    int run = 1, constant = 1;
    for (size_t k = 0; k < n && (run || constant); k++) {
        run = run && slots[k] == first + (int)k;
        constant = constant && slots[k] < uniform && p->constant[slots[k]];
    }
    run = run && (first + (int)n - 1 < uniform || first >= uniform);
    if (push_int(&p->code, !run + 2 * column->shared + 4 * constant) < 0 ||
        push_int(&p->code, run ? first : (int)start) < 0)
        return -1;
    if (run)
        p->lists.count = start;
    return 0;
}

static int
write_code(Placing *p)
{
    const FlatGraph *graph = &p->l->graph;
    const Plan *plan = p->plan;
    size_t steps = 0;
    for (size_t g = 0; g < plan->groups; g++) {
        const int *group = plan->order + plan->starts[g], first = group[0];
        const size_t count = (size_t)(plan->starts[g + 1] - plan->starts[g]);
        GroupColumn columns[MOST_OPERANDS];
        const int operands = columns_of(graph, group, count, columns);
        const int head[] = {graph->op[first],  (int)count,           columns[0].width,
                            p->slot[first], p->l->masked[first], operands};
        for (int k = 0; k < 6; k++)
            if (push_int(&p->code, head[k]) < 0)
                return -1;
        for (int c = 0; c < operands; c++)
            if (write_column(p, group, count, &columns[c]) < 0)
                return -1;
        if (p->lists.count > INT32_MAX / 2 || p->code.count > INT32_MAX / 2) {
            PyErr_SetString(PyExc_OverflowError, "a tape of more than 10**9 operands");
            return -1;
        }
        if (is_interrupted(&steps, count) < 0)
            return -1;
    }
    return 0;
}

static void
free_placing(Placing *p)
{
    free(p->slot);
    free(p->sorting);
    free(p->constant);
    free(p->constant_slots);
    free(p->constants);
    free(p->code.items);
    free(p->lists.items);
}

/* The slots and the code; the plan has room for what is needed meanwhile. */
static int
schedule(Placing *p)
{
    const size_t results = p->l->graph.results;
    p->slot = checked_malloc((results + 1) * sizeof(int));
    p->sorting = checked_malloc((p->plan->ordered + 1) * sizeof(int64_t));
    if (!p->slot || !p->sorting)
        return no_memory();
    if (place_results(p) < 0)
        return -1;
    free(p->sorting);
    p->sorting = NULL;
    return list_constants(p) < 0 ? -1 : write_code(p);
}

#endif
