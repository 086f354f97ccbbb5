/* What of a graph moves with some of its nodes, and whether it is still as it was recorded.
 *
 * Derivatives of higher order look at the nodes between the xs and the root alone. Their rules are
 * run on what the nodes hold, so nothing below may have changed. A rule that is not written down,
 * as that of a custom primitive, is asked in Python here, before anything is built.
 */
#ifndef AUTOGRAD_LITE_MOVING_NODES_H
#define AUTOGRAD_LITE_MOVING_NODES_H

#include "engine.h"
#include "memory.h"
#include "modes.h"
#include "node.h"
#include "record.h"
#include "rules.h"
#include "walk.h"

enum { /* of a node: */
    MOVES = 1,   /* it is an x, or depends on one */
    PASSES = 2,  /* a parent of it moves */
    EARLY = 4,   /* it is older than the run */
    REACHED = 8, /* it has a gradient */
};

typedef struct {
    Walk walk;
    size_t count;
    int leaves;            /* whether nothing is recorded */
    Py_ssize_t *places;    /* of the xs in the order; -1 for none */
    unsigned char *flags;  /* by the place in the order */
    Operand *gradients;    /* so far, with references */
    PyObject **partials;   /* lists of what Python gave for a node; or NULL */
    Gathering g;
} GradientGraph;

static inline size_t
index_of(const Value *v)
{
    return (size_t)v->grad;
}

/* Let `grad` of each node be its place in the order, until `restore_grads`. */
static void
number_nodes(GradientGraph *graph)
{
    Visited *items = graph->walk.order.items;
    for (size_t i = 0; i < graph->count; i++) {
        items[i].grad = items[i].node->grad;
        items[i].node->grad = (double)i;
    }
}

/* Give nodes their marks back before the walk is ended, for Python code may run. */
static void
give_marks_back(Walk *walk)
{
    for (size_t i = 0; i < walk->marked.count; i++)
        walk->marked.items[i].node->mark = (uint64_t)walk->marked.items[i].grad;
    walk->marked.count = 0;
}

static inline int
passes_back(const GradientGraph *graph, size_t i)
{
    return graph->flags[i] & PASSES;
}

/* Find what depends on the xs, while nodes are numbered. */
static void
find_moving(GradientGraph *graph, PyObject *xs)
{
    Walk *walk = &graph->walk;
    if (walk->ended_early) /* only older nodes are listed then */
        for (size_t i = 0; i < walk->marked.count; i++)
            graph->flags[index_of(walk->marked.items[i].node)] |= EARLY;
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(xs); k++) { /* no node has been made since */
        Value *x = (Value *)PyTuple_GET_ITEM(xs, k);
        graph->places[k] = -1;
        if (is_seen(walk, x)) {
            graph->places[k] = (Py_ssize_t)index_of(x);
            graph->flags[index_of(x)] |= MOVES;
        }
    }
    for (size_t i = 0; i < graph->count; i++) {
        Value *v = walk->order.items[i].node;
        if (v->arity == 0 || graph->flags[i] & EARLY)
            continue;
        Span spans[2];
        int parts = spans_of(v, spans), moves = 0;
        for (int part = 0; part < parts; part++)
            for (Py_ssize_t k = 0; k < spans[part].count; k++)
                if (spans[part].nodes[k])
                    moves |= graph->flags[index_of(spans[part].nodes[k])] & MOVES;
        if (moves)
            graph->flags[i] |= MOVES | PASSES;
    }
}

static inline int
differ(double now, double then)
{
    return UNLIKELY(now != then) && (now == now || then == then);
}

/* Whether a node of a row has the value and the partials that its operands give now. */
static int
is_as_recorded(GradientGraph *graph, Value *v)
{
    Gathering *g = &graph->g;
    double data, a[2], p[2];
    if (LIKELY(v->arity <= 2 && !rows[v->opcode].reduce)) {
        for (int i = 0; i < v->arity; i++)
            a[i] = v->nodes[i] ? v->nodes[i]->data : v->numbers[i];
        data = forward_of[v->opcode](a, p);
        for (int i = 0; i < v->arity; i++)
            if (v->nodes[i] && differ(p[i], v->numbers[i]))
                return 0;
        return !differ(data, v->data);
    }
    if (gather_operands(g, v) < 0)
        return -1;
    if (rows[v->opcode].reduce)
        data = rows[v->opcode].reduce(g->count / rows[v->opcode].columns, g->a, g->p);
    else
        data = forward_of[v->opcode](g->a, g->p);
    Span spans[2];
    int parts = spans_of(v, spans);
    Py_ssize_t place = 0;
    for (int part = 0; part < parts; part++)
        for (Py_ssize_t i = 0; i < spans[part].count; i++, place++)
            if (spans[part].nodes[i] && differ(g->p[place], spans[part].partials[i]))
                return 0;
    return !differ(data, v->data);
}

/* The partials of a node by its rule in Python, a list of Values and floats. It raises if a leaf
 * below has been changed. */
static PyObject *
partials_by_python(Value *v)
{
    PyObject *list = PyObject_CallFunctionObjArgs(shared.partials_on_values, (PyObject *)v, NULL);
    if (list && !PyList_CheckExact(list)) {
        PyErr_SetString(PyExc_TypeError, "a list of partials is wanted");
        Py_CLEAR(list);
    }
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *partial = PyList_GET_ITEM(list, i);
        double number;
        if (is_value(partial) || PyFloat_CheckExact(partial))
            continue;
        PyObject *plain = as_number(partial, NULL, &number) < 0 ? NULL : PyFloat_FromDouble(number);
        if (!plain || PyList_SetItem(list, i, plain) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* On which operands of a rule a place depends, by its bits. */
static inline unsigned
depends_of(const Rule *rule, int place)
{
    if (place < rule->operands)
        return 1u << place;
    const int step = place - rule->operands - rule->numbers;
    return step < 0 ? 0u : rule_steps[rule->first_step + step].depends;
}

/* Whether what the rule of a node makes is the same whatever the data of its operands that are
 * nodes, so that a trace may keep it. */
static int
is_the_same_for_all(Value *v)
{
    const Rule *rule = &rules_of_rows[v->opcode];
    unsigned nodes = ~0u;
    if (!rows[v->opcode].reduce) {
        Span span[2];
        spans_of(v, span);
        nodes = 1u;
        for (int i = 0; i < span->count; i++)
            nodes |= span->nodes[i] ? 2u << i : 0u;
    }
    for (int i = 0; i < rule->steps; i++) {
        const RuleStep *step = &rule_steps[rule->first_step + i];
        if (step->row == OP_detach ||
            (is_where(step) && nodes & (depends_of(rule, step->operands[0]) |
                                        depends_of(rule, step->operands[1]))))
            return 0;
    }
    return folds_of_rows[v->opcode].count == 0;
}

/* Whether a trace holds a node through which a gradient passes in another way, a `where` say. */
static int
has_custom_nodes(const GradientGraph *graph)
{
    for (size_t i = 0; i < graph->count; i++)
        if (passes_back(graph, i) && graph->walk.order.items[i].node->opcode == CUSTOM)
            return 1;
    return 0;
}

/* Check that nothing has changed below, and get the partials that only Python knows, from the root
 * down: in a trace all those that depend on conditions. Runs Python code. */
static int
check_nodes(GradientGraph *graph, int traced)
{
    for (size_t i = graph->count; i-- > 0;) {
        Value *v = graph->walk.order.items[i].node;
        if (!passes_back(graph, i))
            continue;
        if (v->opcode < OPCODES && rules_of_rows[v->opcode].known &&
            !(traced && !is_the_same_for_all(v))) {
            int same = is_as_recorded(graph, v);
            if (same < 0)
                return -1;
            if (same)
                continue;
        }
        if (!graph->partials) {
            if (!allocation_fails())
                graph->partials = calloc(graph->count, sizeof(PyObject *));
            if (!graph->partials) {
                PyErr_NoMemory();
                return -1;
            }
        }
        graph->partials[i] = partials_by_python(v);
        if (!graph->partials[i])
            return -1;
    }
    return 0;
}

/* Walk from the root, and find what depends on the xs. What a walk marks it has given back. */
static int
graph_start(GradientGraph *graph, Value *root, PyObject *xs, uint64_t since)
{
    Walk *walk = &graph->walk;
    memset(graph, 0, sizeof(GradientGraph));
    graph->leaves = recording_mode() == NUMBERS;
    walk_start(walk, since);
    if (walk_from(walk, root, 0) < 0)
        return -1;
    graph->count = walk->order.count;
    if (!allocation_fails()) {
        graph->flags = calloc(graph->count, 1);
        graph->gradients = calloc(graph->count, sizeof(Operand));
        graph->places = calloc((size_t)PyTuple_GET_SIZE(xs) + 1, sizeof(Py_ssize_t));
    }
    if (!graph->flags || !graph->gradients || !graph->places) {
        PyErr_NoMemory();
        return -1;
    }
    number_nodes(graph);
    find_moving(graph, xs);
    restore_grads(&walk->order);
    give_marks_back(walk);
    return 0;
}

static void
graph_end(GradientGraph *graph)
{
    for (size_t i = 0; graph->gradients && i < graph->count; i++)
        Py_XDECREF((PyObject *)graph->gradients[i].node);
    for (size_t i = 0; graph->partials && i < graph->count; i++)
        Py_XDECREF(graph->partials[i]);
    free(graph->gradients);
    free(graph->partials);
    free(graph->places);
    free(graph->flags);
    gathering_end(&graph->g);
    walk_end(&graph->walk);
}

#endif
