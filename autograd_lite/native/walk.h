/* Topological order and the chain rule. */
#ifndef AUTOGRAD_LITE_WALK_H
#define AUTOGRAD_LITE_WALK_H

#include "engine.h"
#include "memory.h"
#include "modes.h"
#include "node.h"
#include "record.h"

/* Traversal ---------------------------------------------------------------------------------------
 *
 * A walk can be told to end at the nodes made before a run of a transform began (`since`), which do
 * not depend on the inputs of the run: their mark is older. It takes them for leaves and gives them
 * their mark back, for later walks of the run ask again. So does any walk of everything while a
 * mode is on, for a run may be under way.
 *
 * Columns (see columns.h) gather what reaches their operands, in an array of sums that lives as
 * long as the walk: a dot product adds numbers to numbers that lie side by side, and each operand
 * gets its sum once, when the column's turn comes. This must not change the order in which anything
 * is added, so only a column does it whose operands are reached in no other way. A walk has two
 * marks to tell: `mark + 1` is for operands of one column alone.
 */

typedef struct {
    Value *node;
    double grad; /* what its `.grad` was; among `marked`, its mark */
} Visited;

typedef struct {
    Visited *items;
    size_t count, room;
} Nodes;

typedef struct {
    Value *node;
    Py_ssize_t next; /* the operand to look at next; or NONE_LEFT */
    double grad;     /* what its `.grad` was */
} Frame;

#define NONE_LEFT (-1)

typedef struct {
    Nodes order;  /* parents before the nodes that use them */
    Nodes leaves; /* leaves, if they are listed apart */
    Nodes marked; /* nodes that get their marks back */
    Frame *frames;
    size_t frame_count, frame_room;
    double *sums; /* of columns, one after another */
    size_t sum_count, sum_room;
    uint64_t mark, since;
    int keeps_marks; /* of all nodes */
    int ended_early; /* whether it came to a node made before `since` */
    int any_shared;  /* whether an operand of a column was reached in more ways than one */
} Walk;

static int
grow(void **items, size_t *room, size_t size)
{
    size_t wanted = *room ? *room * 2 : 256;
    size_t bytes = wanted * size; /* from 64 MB on copies cost more than huge pages spare */
    void *moved = bytes < 2 * HUGE_PAGE || bytes > 32 * HUGE_PAGE
                      ? checked_realloc(*items, bytes)
                      : huge_realloc(*items, *room * size, bytes);
    if (!moved) {
        PyErr_NoMemory();
        return -1;
    }
    *items = moved;
    *room = wanted;
    return 0;
}

static Walk spare; /* the memory of an earlier walk; a walk that starts takes it */
#define SPARE_ROOM ((size_t)1 << 20)

static uint64_t
next_mark(void)
{
    return walks = (walks + 1) & (((uint64_t)1 << 48) - 1);
}

static void
walk_start(Walk *walk, uint64_t since)
{
    *walk = spare;
    memset(&spare, 0, sizeof(Walk));
    walk->order.count = walk->leaves.count = walk->marked.count = 0;
    walk->frame_count = walk->sum_count = 0;
    walk->mark = next_mark();
    next_mark();
    walk->since = since;
    walk->keeps_marks = !since && any_mode();
    walk->ended_early = walk->any_shared = 0;
}

/* Whether the walk has come by. */
ALWAYS_INLINE int
is_seen(const Walk *walk, const Value *v)
{
    return v->mark - walk->mark <= 1; /* never negative */
}

static void
walk_end(Walk *walk)
{
    for (size_t i = 0; i < walk->marked.count; i++)
        walk->marked.items[i].node->mark = (uint64_t)walk->marked.items[i].grad;
    if (!spare.order.items && walk->order.room <= SPARE_ROOM && walk->leaves.room <= SPARE_ROOM &&
        walk->marked.room <= SPARE_ROOM && walk->frame_room <= SPARE_ROOM &&
        walk->sum_room <= SPARE_ROOM) {
        spare = *walk;
        return;
    }
    free(walk->order.items);
    free(walk->leaves.items);
    free(walk->marked.items);
    free(walk->frames);
    free(walk->sums);
}

static void
forget_spare(void)
{
    free(spare.order.items);
    free(spare.leaves.items);
    free(spare.marked.items);
    free(spare.frames);
    free(spare.sums);
    memset(&spare, 0, sizeof(Walk));
}

/* Append a node whose `.grad` was `grad`; 0 with MemoryError. */
ALWAYS_INLINE int
append(Nodes *nodes, Value *v, double grad)
{
    if (UNLIKELY(nodes->count == nodes->room) &&
        grow((void **)&nodes->items, &nodes->room, sizeof(Visited)) < 0)
        return 0;
    nodes->items[nodes->count++] = (Visited){v, grad};
    return 1;
}

/* Append a leaf; if gradients are to be added up, its grad becomes a zero that leaves no trace. */
ALWAYS_INLINE int
visit_leaf(Nodes *nodes, Value *v, int for_gradients)
{
    if (UNLIKELY(!append(nodes, v, v->grad)))
        return -1;
    if (for_gradients)
        v->grad = -0.0; /* -0.0 + x is x, for every x */
    return 0;
}

/* Give a node a mark of this walk. Returns whether the walk ends at it; -1 for no memory. */
ALWAYS_INLINE int
mark_node(Walk *walk, Value *v, uint64_t mark)
{
    int before = v->mark < walk->since && v->opcode != COLUMN; /* whose nodes must be visited */
    if (UNLIKELY(before || walk->keeps_marks)) {
        if (!append(&walk->marked, v, (double)v->mark)) /* exactly: it has 48 bits */
            return -1;
        walk->ended_early |= before;
    }
    v->mark = mark;
    return before || v->arity == 0;
}

/* Append a column, which is to have sums. */
static inline int
visit_column(Walk *walk, Value *column)
{
    if (!append(&walk->order, column, column->grad))
        return -1;
    column->sums = walk->sum_count;
    walk->sum_count += (size_t)column->operands->count;
    return 0;
}

#define AHEAD 4096 /* bytes */

/* Append all that `root` depends on, depth first and from left to right; if for gradients, with the
 * leaves apart, in any order. Runs no Python code. Also after an error the walk is to be ended by
 * `walk_end`.
 *
 * The nodes of a large graph lie far away in memory, so each is touched as seldom as can be: its
 * grad is saved when it is reached, and one whose last operand is gone into is finished from its
 * frame alone. */
ALWAYS_INLINE int
walk_from(Walk *walk, Value *root, int for_gradients)
{
    const uint64_t mark = walk->mark;
    Nodes *leaves = for_gradients ? &walk->leaves : &walk->order;
    Frame *frames = walk->frames;
    size_t depth = 0;
    Value *v = root;
    if (is_seen(walk, v))
        return 0;
    int ends = mark_node(walk, v, mark);
    if (ends)
        return ends < 0 ? -1 : visit_leaf(leaves, v, for_gradients);
    for (;;) { /* v is reached */
        Py_ssize_t next = 0;
        double grad = v->grad;
        if (for_gradients && LIKELY(v->opcode != COLUMN))
            v->grad = -0.0;
        for (;;) { /* look at the operands of v, from the next one on */
            Py_ssize_t count;
            Value **nodes = nodes_of(v, &count), *inner = NULL;
            for (; next < count; next++) {
                Value *parent = nodes[next];
                if (!parent)
                    continue;
                if (is_seen(walk, parent)) {
                    if (UNLIKELY(parent->mark != mark || v->opcode == COLUMN)) {
                        parent->mark = mark;
                        walk->any_shared = 1;
                    }
                    continue;
                }
                if (inner && (!for_gradients || parent->arity))
                    break; /* its turn comes after the other one */
                ends = mark_node(walk, parent, mark + (v->opcode == COLUMN));
                if (!ends)
                    inner = parent;
                else if (ends < 0 || visit_leaf(leaves, parent, for_gradients) < 0)
                    goto no_memory;
            }
            if (inner) {
                if (UNLIKELY(depth == walk->frame_room)) {
                    if (grow((void **)&walk->frames, &walk->frame_room, sizeof(Frame)) < 0)
                        goto no_memory;
                    frames = walk->frames;
                }
                int finished = next == count && v->opcode != COLUMN;
                frames[depth++] = (Frame){v, finished ? NONE_LEFT : next, grad};
                v = inner;
                break;
            }
            /* Nodes lie in memory in the order in which they were made, and most end in it. */
            PREFETCH((uintptr_t)v + AHEAD);
            PREFETCH((uintptr_t)v + AHEAD + 64);
            if (UNLIKELY(v->opcode == COLUMN)) {
                if (for_gradients && v->values && visit_column(walk, v) < 0)
                    goto no_memory;
            } else if (UNLIKELY(!append(&walk->order, v, grad))) {
                goto no_memory;
            }
            for (;;) {
                if (depth == 0)
                    return 0;
                v = frames[--depth].node;
                grad = frames[depth].grad;
                if (frames[depth].next != NONE_LEFT)
                    break;
                if (UNLIKELY(!append(&walk->order, v, grad)))
                    goto no_memory;
            }
            next = frames[depth].next;
        }
        continue;
    no_memory:
        v->grad = grad;
        walk->frame_count = depth;
        return -1;
    }
}

static void
restore_grads(const Nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        nodes->items[i].node->grad = nodes->items[i].grad;
}

/* Give back the grads of nodes that the walk was in when memory ended. */
static void
restore_entered(const Walk *walk)
{
    for (size_t i = 0; i < walk->frame_count; i++)
        walk->frames[i].node->grad = walk->frames[i].grad;
}

#define NO_SUMS SIZE_MAX

/* Room for the sums of the columns that may have some, at first a zero that leaves no trace. */
static int
begin_sums(Walk *walk)
{
    if (UNLIKELY(walk->any_shared))
        for (size_t i = 0; i < walk->order.count; i++) {
            Value *v = walk->order.items[i].node;
            Value **nodes = v->opcode == COLUMN ? nodes_in(v->operands) : NULL;
            for (Py_ssize_t k = 0; nodes && k < v->operands->count; k++)
                if (nodes[k] && nodes[k]->mark == walk->mark)
                    v->sums = NO_SUMS;
        }
    while (walk->sum_room < walk->sum_count)
        if (grow((void **)&walk->sums, &walk->sum_room, sizeof(double)) < 0)
            return -1;
    for (size_t i = 0; i < walk->sum_count; i++)
        walk->sums[i] = -0.0;
    return 0;
}

static inline void
add_to_nodes(Py_ssize_t count, Value **nodes, double gradient, const double *partials)
{
    for (Py_ssize_t k = 0; k < count; k++)
        if (nodes[k])
            nodes[k]->grad += gradient * partials[k];
}

static inline void
add_scaled(Py_ssize_t count, double factor, const double *restrict x, double *restrict sums)
{
    for (Py_ssize_t k = 0; k < count; k++)
        sums[k] += factor * x[k];
}

/* Add to the operands of a column what comes from a dot product with these partials. */
static inline void
add_to_column(const Walk *walk, Value *column, double gradient, const double *partials)
{
    Operands *operands = column->operands;
    if (!column->values)
        return;
    if (column->sums == NO_SUMS) {
        add_to_nodes(operands->count, nodes_in(operands), gradient, partials);
        return;
    }
    add_scaled(operands->count, gradient, partials, walk->sums + column->sums);
}

/* Give the operands of a column their sums. */
static inline void
end_column(const Walk *walk, Value *column)
{
    if (column->sums != NO_SUMS)
        add_to_nodes(column->operands->count, nodes_in(column->operands), 1.0,
                     walk->sums + column->sums);
}

/* The chain rule, from the root down. Runs no Python code. */
static void
sweep(const Walk *walk)
{
    for (size_t i = walk->order.count; i-- > 0;) {
        Value *v = walk->order.items[i].node;
        double gradient = v->grad;
        if (LIKELY(v->arity == 2)) {
            if (v->nodes[0])
                v->nodes[0]->grad += gradient * v->numbers[0];
            if (v->nodes[1])
                v->nodes[1]->grad += gradient * v->numbers[1];
        } else if (v->arity == 1) {
            if (v->nodes[0])
                v->nodes[0]->grad += gradient * v->numbers[0];
        } else if (v->arity == COLUMNS) {
            Value *row = v->nodes[0], *x = v->nodes[1];
            add_to_column(walk, row, gradient, x->operands->numbers);
            add_to_column(walk, x, gradient, row->operands->numbers);
        } else if (v->opcode == COLUMN) {
            end_column(walk, v);
        } else {
            add_to_nodes(v->operands->count, nodes_in(v->operands), gradient,
                         v->operands->numbers);
        }
    }
}

/* Walk from `root` and leave d root / d node times `seed` in the `grad` of every node; what was
 * there before is saved in the walk. An error leaves every grad as it was. From here until the
 * caller has taken what it wants from the grads no Python code runs: Ctrl-C waits. */
static int
differentiate(Walk *walk, Value *root, double seed, uint64_t since)
{
    walk_start(walk, since);
    if (walk_from(walk, root, 1) < 0 || begin_sums(walk) < 0) {
        restore_grads(&walk->order);
        restore_grads(&walk->leaves);
        restore_entered(walk);
        walk_end(walk);
        return -1;
    }
    root->grad = seed;
    sweep(walk);
    return 0;
}

/* _run_backward(gradient): as backward; False if a watch is on and nothing was done. */
static PyObject *
value_backward(PyObject *self, PyObject *gradient)
{
    double seed = 0.0;
    if (as_number(gradient, NULL, &seed) < 0)
        return NULL;
    if (watched()) /* the shared Python loop shows it each step */
        Py_RETURN_FALSE;
    Walk walk;
    if (differentiate(&walk, (Value *)self, seed, 0) < 0)
        return NULL;
    for (size_t i = 0; i < walk.leaves.count; i++) {
        Visited *leaf = &walk.leaves.items[i];
        leaf->node->grad = leaf->grad + leaf->node->grad;
    }
    walk_end(&walk);
    Py_RETURN_TRUE;
}

/* _begin_run(): the number of a run of a transform; below it is `_made` of what was made before. */
static PyObject *
value_begin_run(PyObject *Py_UNUSED(ignored), PyObject *Py_UNUSED(none))
{
    return PyLong_FromUnsignedLongLong(next_mark());
}

/* The items of a sequence as a tuple, which nobody else can change, if they are Values. */
static PyObject *
values_in(PyObject *sequence)
{
    PyObject *values = PySequence_Tuple(sequence);
    for (Py_ssize_t i = 0; values && i < PyTuple_GET_SIZE(values); i++)
        if (!is_value(PyTuple_GET_ITEM(values, i))) {
            PyErr_SetString(PyExc_TypeError, "expected Values of the native engine");
            Py_CLEAR(values);
        }
    return values;
}

/* The list of d root / d x for a tuple of Values, leaving every grad alone; sets `*ended_early` if
 * root depends on nodes made before the run `since`. */
static PyObject *
gradients_of(Value *root, PyObject *xs, uint64_t since, int *ended_early)
{
    Walk walk;
    Py_ssize_t count = PyTuple_GET_SIZE(xs);
    PyObject *list = PyList_New(count); /* may collect garbage, and so run Python code: not later */
    if (!list || differentiate(&walk, root, 1.0, since) < 0) {
        Py_XDECREF(list);
        return NULL;
    }
    for (Py_ssize_t i = 0; list && i < count; i++) {
        Value *x = (Value *)PyTuple_GET_ITEM(xs, i);
        PyObject *number = PyFloat_FromDouble(is_seen(&walk, x) ? x->grad : 0.0);
        if (number)
            PyList_SET_ITEM(list, i, number);
        else
            Py_CLEAR(list);
    }
    *ended_early |= walk.ended_early;
    restore_grads(&walk.order);
    restore_grads(&walk.leaves);
    walk_end(&walk);
    return list;
}

/* _gradients(ys, xs, since): for each y the list of d y / d x, leaving every grad alone, and
 * whether a y depends on nodes made before the run `since` (0: on none); None if a watch is on. */
static PyObject *
value_gradients(PyObject *Py_UNUSED(ignored), PyObject *args)
{
    PyObject *ys, *xs, *rows = NULL, *answer = NULL;
    unsigned long long since;
    int ended_early = 0;
    if (!PyArg_ParseTuple(args, "OOK:_gradients", &ys, &xs, &since))
        return NULL;
    if (watched())
        Py_RETURN_NONE;
    ys = values_in(ys);
    xs = ys ? values_in(xs) : NULL;
    rows = xs ? PyList_New(PyTuple_GET_SIZE(ys)) : NULL;
    for (Py_ssize_t i = 0; rows && i < PyTuple_GET_SIZE(ys); i++) {
        PyObject *row = gradients_of((Value *)PyTuple_GET_ITEM(ys, i), xs, since, &ended_early);
        if (row)
            PyList_SET_ITEM(rows, i, row);
        else
            Py_CLEAR(rows);
    }
    if (rows)
        answer = PyTuple_Pack(2, rows, ended_early ? Py_True : Py_False);
    Py_XDECREF(rows);
    Py_XDECREF(xs);
    Py_XDECREF(ys);
    return answer;
}

/* _topological_order(roots, since): see chain_rule.order_since. */
static PyObject *
value_topological_order(PyObject *Py_UNUSED(ignored), PyObject *args)
{
    PyObject *roots, *list = NULL;
    unsigned long long since;
    Walk walk;
    if (!PyArg_ParseTuple(args, "OK:_topological_order", &roots, &since))
        return NULL;
    PyObject *all = values_in(roots);
    if (!all)
        return NULL;
    walk_start(&walk, since);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all); i++)
        if (walk_from(&walk, (Value *)PyTuple_GET_ITEM(all, i), 0) < 0)
            goto done;
    list = PyList_New((Py_ssize_t)walk.order.count);
    if (list)
        for (size_t i = 0; i < walk.order.count; i++)
            PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef((PyObject *)walk.order.items[i].node));
done:
    walk_end(&walk);
    Py_DECREF(all);
    return list;
}

#endif
