/* The groups of operations of compiler/schedule.py, on a graph in arrays: the same groups. */
#ifndef AUTOGRAD_LITE_PLAN_H
#define AUTOGRAD_LITE_PLAN_H

#include "engine.h"
#include "flat_graph.h"
#include "memory.h"
#include "simplify.h"
#include "table.inc"

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

#endif
