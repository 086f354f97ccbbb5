/* What compiler/schedule.py does, on a graph in arrays: groups of operations, slots of results, and
 * the code of a tape as in Tape.encoded. The same groups and slots, number for number. */
#ifndef AUTOGRAD_LITE_SCHEDULE_H
#define AUTOGRAD_LITE_SCHEDULE_H

#include "engine.h"
#include "flat_graph.h"
#include "instruction.h"
#include "memory.h"
#include "rows.h"
#include "simplify.h"

/* Mark the results that differ from sample to sample. */
static int
mark_varying(Lowering *l, const char *batched)
{
    const FlatGraph *graph = &l->graph;
    char *varying = l->varying = checked_malloc(graph->results + 1);
    if (!varying)
        return no_memory();
    memset(varying, 0, graph->results);
    for (size_t k = 0; k < l->input_count; k++)
        varying[l->inputs[k]] |= batched[k] != 0;
    for (int i = 0; i < (int)graph->results; i++)
        for (int k = 0; k < graph->count[i] && !varying[i]; k++)
            varying[i] = varying[operands_of(graph, i)[k]];
    return 0;
}

/* Plan ----------------------------------------------------------------------------------------- */

enum { UNIFORM, VARYING };

typedef struct { /* operations that may run side by side */
    int op, count, masked;
    int ready[2], first[2];       /* how many are, and the first of them, of each part */
    int next[2], previous[2];     /* kinds that have some ready, in the order in which they came */
} Kind;

typedef struct {
    Lowering *l;
    Kind *kinds;
    size_t kind_count, kind_room;
    Table by_kind;          /* an operation of each kind */
    int *kind_of;           /* operations */
    int *missing;           /* of each operation: operands that are not computed yet */
    int *users, *first_user; /* operations that read a result; where those of each start */
    int *next_ready;        /* of the same kind and part */
    int first_kind[2], last_kind[2];
    int *order;             /* all operations, group by group */
    size_t ordered;
    int *starts;            /* of the groups in `order` */
    size_t groups;
    int *room, *parts;      /* for one group */
    Table vectors;          /* for one group of dot products */
} Plan;

/* Let go what is needed for the plan alone. */
static void
forget_readiness(Plan *p)
{
    void **several[] = {
        (void **)&p->kinds, (void **)&p->by_kind.place, (void **)&p->kind_of,
        (void **)&p->missing, (void **)&p->users, (void **)&p->first_user,
        (void **)&p->next_ready, (void **)&p->parts, (void **)&p->vectors.place,
    };
    for (size_t k = 0; k < sizeof(several) / sizeof(*several); k++) {
        free(*several[k]);
        *several[k] = NULL;
    }
}

static void
free_plan(Plan *p)
{
    forget_readiness(p);
    free(p->order);
    free(p->starts);
    free(p->room);
}

static inline int
is_of_kind(const Kind *kind, const Lowering *l, int i)
{
    return kind->op == l->graph.op[i] && kind->count == l->graph.count[i] &&
           kind->masked == l->masked[i];
}

/* The number of the kind of an operation; -1 with an error. */
static int
kind_of(Plan *p, int i)
{
    const Lowering *l = p->l;
    const int op = l->graph.op[i], count = l->graph.count[i], masked = l->masked[i];
    if (2 * (p->kind_count + 1) > p->by_kind.size) {
        Table larger = {NULL, 0, 0};
        if (begin_table(&larger, 2 * (p->kind_count + 1)) < 0)
            return -1;
        for (size_t k = 0; k < p->kind_count; k++) {
            const Kind *kind = &p->kinds[k];
            size_t at = mixed(mixed((uint64_t)kind->op, (uint64_t)kind->count),
                              (uint64_t)kind->masked);
            while (larger.place[at & (larger.size - 1)] >= 0)
                at++;
            larger.place[at & (larger.size - 1)] = (int)k;
        }
        free(p->by_kind.place);
        p->by_kind = larger;
    }
    for (size_t at = mixed(mixed((uint64_t)op, (uint64_t)count), (uint64_t)masked);; at++) {
        int *entry = &p->by_kind.place[at & (p->by_kind.size - 1)];
        if (*entry >= 0 && is_of_kind(&p->kinds[*entry], l, i))
            return *entry;
        if (*entry >= 0)
            continue;
        if (p->kind_count == p->kind_room) {
            size_t room = p->kind_room ? 2 * p->kind_room : 32;
            if (widen(&p->kinds, sizeof(Kind), room) < 0)
                return -1;
            p->kind_room = room;
        }
        p->kinds[p->kind_count] = (Kind){.op = op, .count = count, .masked = masked};
        return *entry = (int)p->kind_count++;
    }
}

/* Note that all operands of an operation are there. */
static void
put_ready(Plan *p, int i)
{
    const int part = p->l->varying[i], number = p->kind_of[i];
    Kind *kind = &p->kinds[number];
    if (!kind->ready[part]) { /* the last among the kinds */
        kind->first[part] = kind->next[part] = -1;
        kind->previous[part] = p->last_kind[part];
        if (p->last_kind[part] < 0)
            p->first_kind[part] = number;
        else
            p->kinds[p->last_kind[part]].next[part] = number;
        p->last_kind[part] = number;
    }
    p->next_ready[i] = kind->first[part];
    kind->first[part] = i;
    kind->ready[part]++;
}

/* The kind with the most operations ready in a part, the one that came first of several; it goes
 * from the list. */
static int
take_kind(Plan *p, int part)
{
    int most = p->first_kind[part];
    for (int k = p->kinds[most].next[part]; k >= 0; k = p->kinds[k].next[part])
        if (p->kinds[k].ready[part] > p->kinds[most].ready[part])
            most = k;
    const Kind *kind = &p->kinds[most];
    if (kind->previous[part] < 0)
        p->first_kind[part] = kind->next[part];
    else
        p->kinds[kind->previous[part]].next[part] = kind->next[part];
    if (kind->next[part] < 0)
        p->last_kind[part] = kind->previous[part];
    else
        p->kinds[kind->next[part]].previous[part] = kind->previous[part];
    return most;
}

static int
compare_ints(const void *left, const void *right)
{
    const int x = *(const int *)left, y = *(const int *)right;
    return (x > y) - (x < y);
}

static void
sort_ints(int *items, size_t count)
{
    size_t k = 1;
    while (k < count && items[k - 1] <= items[k])
        k++;
    if (k < count)
        qsort(items, count, sizeof(int), compare_ints);
}

/* For each of a group of dot products which of their vectors it has: 0, 1, ... in the order in
 * which these come. Gives how many there are; -1 with an error. */
static int
number_vectors(Plan *p, const int *group, size_t count, int right, int *parts)
{
    const FlatGraph *graph = &p->l->graph;
    const int half = graph->count[group[0]] / 2;
    int found = 0;
    if (begin_table(&p->vectors, count) < 0)
        return -1;
    for (size_t k = 0; k < count; k++) {
        const int *vector = operands_of(graph, group[k]) + (right ? half : 0);
        for (size_t at = hash_of(0, vector, half);; at++) {
            int *entry = &p->vectors.place[at & (p->vectors.size - 1)];
            if (*entry < 0) {
                *entry = (int)k;
                parts[k] = found++;
                break;
            }
            const int *other = operands_of(graph, group[*entry]) + (right ? half : 0);
            if (same_operands(other, vector, half)) {
                parts[k] = parts[*entry];
                break;
            }
        }
    }
    return found;
}

static void
swap_halves(const FlatGraph *graph, int i)
{
    const int half = graph->count[i] / 2;
    int *operands = graph->operands + graph->first[i];
    for (int k = 0; k < half; k++) {
        const int x = operands[k];
        operands[k] = operands[half + k];
        operands[half + k] = x;
    }
}

/* Append a group of dot products in parts that have one vector in common, then all others. */
static int
put_products(Plan *p, const int *group, size_t count)
{
    int *parts = p->parts, *starts = parts + count, found;
    const int left = number_vectors(p, group, count, 0, parts);
    if (left < 0 || (found = number_vectors(p, group, count, 1, parts)) < 0)
        return -1;
    if (left < found) { /* the common vector stands on the right */
        for (size_t k = 0; k < count; k++)
            swap_halves(&p->l->graph, group[k]);
        if ((found = number_vectors(p, group, count, 1, parts)) < 0)
            return -1;
    }
    memset(starts, 0, (size_t)found * sizeof(int));
    for (size_t k = 0; k < count; k++)
        starts[parts[k]]++;
    int next = (int)p->ordered, single = 0;
    for (int part = 0; part < found; part++) {
        const int size = starts[part];
        starts[part] = size > 1 ? next : -1;
        if (size > 1) {
            p->starts[p->groups++] = next;
            next += size;
        } else {
            single++;
        }
    }
    if (single)
        p->starts[p->groups++] = next;
    for (size_t k = 0; k < count; k++)
        p->order[starts[parts[k]] < 0 ? next++ : starts[parts[k]]++] = group[k];
    p->ordered += count;
    return 0;
}

/* List the users of each result: those of x stand from first_user[x] on, in order. */
static void
list_users(Plan *p)
{
    const FlatGraph *graph = &p->l->graph;
    const size_t results = graph->results;
    int *next = p->first_user + 1; /* where the next user of each result goes */
    memset(p->first_user, 0, (results + 2) * sizeof(int));
    for (size_t i = 0; i < results; i++)
        for (int k = 0; k < graph->count[i]; k++)
            next[operands_of(graph, (int)i)[k] + 1]++;
    for (size_t i = 0; i < results; i++)
        next[i + 1] += next[i];
    for (size_t i = 0; i < results; i++)
        for (int k = 0; k < graph->count[i]; k++)
            p->users[next[operands_of(graph, (int)i)[k]]++] = (int)i;
}

/* Groups of operations that run side by side: of one kind, with all their operands there. */
static int
plan(Plan *p)
{
    const FlatGraph *graph = &p->l->graph;
    const size_t results = graph->results;
    size_t read = 0, steps = 0;
    for (size_t i = 0; i < results; i++)
        read += (size_t)graph->count[i];
    p->kind_of = checked_malloc((results + 1) * sizeof(int));
    p->missing = checked_malloc((results + 1) * sizeof(int));
    p->users = checked_malloc((read + 1) * sizeof(int));
    p->first_user = checked_malloc((results + 2) * sizeof(int));
    p->next_ready = checked_malloc((results + 1) * sizeof(int));
    p->order = checked_malloc((results + 1) * sizeof(int));
    p->starts = checked_malloc((results + 2) * sizeof(int));
    p->room = checked_malloc((results + 1) * sizeof(int));
    p->parts = checked_malloc((2 * results + 1) * sizeof(int));
    if (!p->kind_of || !p->missing || !p->users || !p->first_user || !p->next_ready ||
        !p->order || !p->starts || !p->room || !p->parts)
        return no_memory();
    list_users(p);
    p->first_kind[0] = p->first_kind[1] = p->last_kind[0] = p->last_kind[1] = -1;
    for (int i = 0; i < (int)results; i++) {
        if (!graph->count[i])
            continue;
        p->missing[i] = 0;
        for (int k = 0; k < graph->count[i]; k++)
            p->missing[i] += graph->count[operands_of(graph, i)[k]] > 0;
        if ((p->kind_of[i] = kind_of(p, i)) < 0)
            return -1;
        if (!p->missing[i])
            put_ready(p, i);
    }
    while (p->first_kind[UNIFORM] >= 0 || p->first_kind[VARYING] >= 0) {
        const int part = p->first_kind[UNIFORM] >= 0 ? UNIFORM : VARYING;
        Kind *kind = &p->kinds[take_kind(p, part)];
        const size_t count = (size_t)kind->ready[part];
        size_t taken = 0;
        for (int i = kind->first[part]; i >= 0; i = p->next_ready[i])
            p->room[taken++] = i;
        kind->ready[part] = 0;
        sort_ints(p->room, count);
        if (kind->op == OP_dot) {
            if (put_products(p, p->room, count) < 0)
                return -1;
        } else {
            p->starts[p->groups++] = (int)p->ordered;
            memcpy(p->order + p->ordered, p->room, count * sizeof(int));
            p->ordered += count;
        }
        for (size_t k = 0; k < count; k++) {
            const int x = p->room[k];
            for (int u = p->first_user[x]; u < p->first_user[x + 1]; u++)
                if (--p->missing[p->users[u]] == 0)
                    put_ready(p, p->users[u]);
            if (is_interrupted(&steps, 1) < 0)
                return -1;
        }
    }
    p->starts[p->groups] = (int)p->ordered;
    forget_readiness(p);
    return 0;
}

/* Place ---------------------------------------------------------------------------------------- */

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
