/* Gradients that can be differentiated again: the chain rule, run on nodes.
 *
 * As derivatives.py does it: from the root down each node hands to each parent its gradient times
 * the partial, and here both are nodes, so that what comes out is a graph. The partials are what
 * the rule of the row gives (rules.h), or what Python gave before (moving_nodes.h). While the graph
 * is built no Python code runs, so `grad` of a node can hold its place in the order.
 */
#ifndef AUTOGRAD_LITE_GRADIENT_GRAPH_H
#define AUTOGRAD_LITE_GRADIENT_GRAPH_H

#include "engine.h"
#include "modes.h"
#include "moving_nodes.h"
#include "node.h"
#include "record.h"
#include "rules.h"

/* Pass `gradient` times `partial` on to a parent that depends on an x. */
static int
pass_to(GradientGraph *graph, Value *parent, const Operand *gradient, const Operand *partial)
{
    size_t i = index_of(parent);
    Operand *sum = &graph->gradients[i], product;
    if (!partial->node && partial->number == 1.0) {
        product = (Operand){(Value *)Py_XNewRef((PyObject *)gradient->node), gradient->number};
    } else if (!gradient->node && !partial->node) {
        product = (Operand){NULL, gradient->number * partial->number};
    } else {
        Value *nodes[2] = {gradient->node, partial->node};
        double a[2] = {gradient->number, partial->number}, p[2], data = mul_forward(a, p);
        Value *node = small_node(data, OP_mul, 2, nodes, a, p, graph->leaves);
        if (!node)
            return -1;
        product = (Operand){node, data};
    }
    if (!(graph->flags[i] & REACHED)) {
        graph->flags[i] |= REACHED;
        *sum = product;
        return 0;
    }
    if (!sum->node && !product.node) {
        sum->number += product.number;
        return 0;
    }
    Value *nodes[2] = {sum->node, product.node}, *node;
    double a[2] = {sum->number, product.number}, p[2], data = add_forward(a, p);
    node = small_node(data, OP_add, 2, nodes, a, p, graph->leaves);
    Py_XDECREF((PyObject *)product.node);
    if (!node)
        return -1;
    Py_XDECREF((PyObject *)sum->node);
    *sum = (Operand){node, data};
    return 0;
}

static inline int
moves(const GradientGraph *graph, const Value *v)
{
    return v && graph->flags[index_of(v)] & MOVES;
}

/* The partials of a list that Python gave, one for each parent. */
static int
pass_list(GradientGraph *graph, size_t i, const Operand *gradient)
{
    PyObject *list = graph->partials[i];
    Span spans[2];
    int parts = spans_of(graph->walk.order.items[i].node, spans);
    Py_ssize_t place = 0;
    for (int part = 0; part < parts; part++)
        for (Py_ssize_t k = 0; k < spans[part].count; k++) {
            Value *parent = spans[part].nodes[k];
            if (!parent || place == PyList_GET_SIZE(list))
                continue;
            PyObject *item = PyList_GET_ITEM(list, place++);
            Operand partial = {NULL, 0.0};
            if (is_value(item))
                partial = (Operand){(Value *)item, ((Value *)item)->data};
            else
                partial.number = PyFloat_AS_DOUBLE(item);
            if (moves(graph, parent) && pass_to(graph, parent, gradient, &partial) < 0)
                return -1;
        }
    return 0;
}

/* Pass on the gradient of a node of a row with a fixed number of operands. */
static int
pass_fixed(GradientGraph *graph, Value *v, const Operand *gradient)
{
    Run run;
    Span span[2];
    int status = 0;
    spans_of(v, span);
    run_start(&run, &rules_of_rows[v->opcode], graph->leaves);
    put_operand(&run, 0, (Operand){v, v->data});
    for (int i = 0; i < span->count; i++) {
        Value *x = span->nodes[i];
        put_operand(&run, 1 + i, (Operand){x, x ? x->data : span->constants[i]});
    }
    for (int i = 0; i < span->count && status == 0; i++)
        if (moves(graph, span->nodes[i])) {
            const Operand *partial = operand_at(&run, run.rule->results[i]);
            status = partial ? pass_to(graph, span->nodes[i], gradient, partial) : -1;
        }
    run_end(&run);
    return status;
}

/* The same of a reduction: its folds, and then a run for each operand. */
static int
pass_reduction(GradientGraph *graph, Value *v, const Operand *gradient)
{
    Operand results[MOST_FOLDS];
    Gathering *g = &graph->g;
    int columns = rows[v->opcode].columns, status = 0;
    if (gather_operands(g, v) < 0)
        return -1;
    int count = fold_operands(v->opcode, g, graph->leaves, results);
    if (count < 0)
        return -1;
    Py_ssize_t n = g->count / columns;
    for (Py_ssize_t i = 0; i < g->count && status == 0; i++) {
        if (!moves(graph, g->nodes[i]))
            continue;
        Run run;
        run_start(&run, &rules_of_rows[v->opcode], graph->leaves);
        put_operand(&run, 0, (Operand){v, v->data});
        put_position(&run, g, columns, i % n, results, count);
        const Operand *partial = operand_at(&run, run.rule->results[i / n]);
        status = partial ? pass_to(graph, g->nodes[i], gradient, partial) : -1;
        run_end(&run);
    }
    while (count-- > 0)
        Py_XDECREF((PyObject *)results[count].node);
    return status;
}

/* The gradients of all that depends on an x, from the root down, while nodes are numbered. */
static int
build(GradientGraph *graph)
{
    size_t root = graph->count - 1;
    graph->gradients[root] = (Operand){NULL, 1.0};
    if (graph->flags[root] & MOVES)
        graph->flags[root] |= REACHED;
    for (size_t i = graph->count; i-- > 0;) {
        if (!passes_back(graph, i) || !(graph->flags[i] & REACHED))
            continue;
        Value *v = graph->walk.order.items[i].node;
        Operand gradient = graph->gradients[i];
        int status;
        if (graph->partials && graph->partials[i])
            status = pass_list(graph, i, &gradient);
        else if (rows[v->opcode].reduce)
            status = pass_reduction(graph, v, &gradient);
        else
            status = pass_fixed(graph, v, &gradient);
        if (status < 0)
            return -1;
    }
    return 0;
}

/* Put the gradients of the xs into a list that has room for them. */
static int
put_gradients(GradientGraph *graph, PyObject *list)
{
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(list); k++) {
        Operand gradient = {NULL, 0.0};
        if (graph->places[k] >= 0)
            gradient = graph->gradients[graph->places[k]];
        Value *v = gradient.node ? (Value *)Py_NewRef((PyObject *)gradient.node)
                                 : new_node(gradient.number, LEAF, 0);
        if (!v)
            return -1;
        PyList_SET_ITEM(list, k, (PyObject *)v);
    }
    return 0;
}

/* _gradient_graph(xs, since): the list of d self / d x as Values; None where it is for Python: a
 * watch is on, lines are recorded, self is of a subclass, or a trace holds custom nodes. */
static PyObject *
value_gradient_graph(PyObject *self, PyObject *args)
{
    PyObject *xs, *list, *wanted;
    unsigned long long since;
    if (!PyArg_ParseTuple(args, "OK:_gradient_graph", &xs, &since))
        return NULL;
    wanted = values_in(xs);
    if (!wanted)
        return NULL;
    if (any_mode() && (watched() || lines_recorded())) {
        Py_DECREF(wanted);
        Py_RETURN_NONE;
    }
    if (!Py_IS_TYPE(self, Value_Type)) {
        Py_DECREF(wanted);
        Py_RETURN_NONE;
    }
    list = PyList_New(PyTuple_GET_SIZE(wanted)); /* may run Python code: not later */
    if (list) {
        GradientGraph graph;
        const int traced = any_mode() && ruling_entry(TRACE) != NULL;
        int done = graph_start(&graph, (Value *)self, wanted, since) == 0;
        if (done && traced && has_custom_nodes(&graph)) {
            graph_end(&graph);
            Py_DECREF(list);
            Py_DECREF(wanted);
            Py_RETURN_NONE;
        }
        done = done && check_nodes(&graph, traced) == 0;
        if (done) {
            number_nodes(&graph);
            done = build(&graph) == 0;
            restore_grads(&graph.walk.order);
        }
        if (!done || put_gradients(&graph, list) < 0)
            Py_CLEAR(list);
        graph_end(&graph);
    }
    Py_DECREF(wanted);
    return list;
}

#endif
