/* The Values of a traced run as a graph in arrays; compiler/specialization.py does the same on any
 * engine. */
#ifndef AUTOGRAD_LITE_TRACED_GRAPH_H
#define AUTOGRAD_LITE_TRACED_GRAPH_H

#include "engine.h"
#include "flat_graph.h"
#include "memory.h"
#include "node.h"
#include "record.h"
#include "walk.h"

enum { UNKNOWN = -100 };
enum { KEPT_AFTER_WALK = 4096 }; /* nodes for which memory is kept for the next walk */

/* The opcode on a tape of what a node does; UNKNOWN for a primitive of a user. */
static int
opcode_on_tape(const Value *v, PyObject *later)
{
    if (v->opcode != CUSTOM)
        return v->opcode;
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(later); k++)
        if (PyTuple_GET_ITEM(later, k) == v->operands->op)
            return OPCODES + (int)k;
    return UNKNOWN;
}

/* Append the operands of a node. Each node below has its place as its `grad`. */
static int
append_operands(FlatGraph *graph, Value *v)
{
    Span spans[2];
    const int pieces = spans_of(v, spans);
    size_t count = 0;
    for (int side = 0; side < pieces; side++)
        count += (size_t)spans[side].count;
    if (reserve(graph, graph->results, graph->operand_count + count) < 0)
        return -1;
    for (int side = 0; side < pieces; side++)
        for (Py_ssize_t k = 0; k < spans[side].count; k++) {
            const Value *x = spans[side].nodes[k];
            int place = x ? (int)x->grad : constant_result(graph, spans[side].constants[k]);
            if (place < 0)
                return -1;
            graph->operands[graph->operand_count++] = place;
        }
    return (int)count;
}

/* Add all that was recorded; each node gets its place as its `grad`. 1 if there is a primitive of a
 * user; -1 with an error. */
static int
add_nodes(FlatGraph *graph, const Walk *walk, size_t inputs, PyObject *later)
{
    for (size_t i = 0; i < walk->order.count; i++) {
        Value *v = walk->order.items[i].node;
        int count = 0, op = i < inputs ? INPUT_RESULT : CAPTURED_RESULT;
        const size_t first = graph->operand_count;
        if (v->opcode != LEAF) {
            op = opcode_on_tape(v, later);
            if (op == UNKNOWN)
                return 1;
            if ((count = append_operands(graph, v)) < 0)
                return -1;
        }
        if (reserve(graph, graph->results + 1, graph->operand_count) < 0)
            return -1;
        const int place = add_result(graph, op, v->data);
        graph->first[place] = (int)first;
        graph->count[place] = count;
        v->grad = place;
    }
    return 0;
}

/* A number that another run shares if it did the same; of leaves it knows their places alone. */
static uint64_t
fingerprint_of(const FlatGraph *graph)
{
    uint64_t hash = 0;
    for (int i = 0; i < (int)graph->results; i++) {
        hash = mixed(hash, hash_of(graph->op[i], operands_of(graph, i), graph->count[i]));
        if (is_constant(graph, i))
            hash = mixed(hash, bits_of(graph->value[i]));
    }
    return hash;
}

typedef struct {
    FlatGraph graph;
    int *roots;          /* the results that they are */
    PyObject **leaves;   /* captured ones, references of its own */
    int *leaf_places;
    Py_ssize_t leaf_count;
} Traced;

/* Note which results the roots are, and the captured leaves; runs no Python code. */
static int
note_ends(Traced *traced, const Walk *walk, PyObject *roots)
{
    FlatGraph *graph = &traced->graph;
    const Py_ssize_t count = PyList_GET_SIZE(roots);
    size_t leaves = 0;
    for (size_t i = 0; i < graph->results; i++)
        leaves += graph->op[i] == CAPTURED_RESULT;
    traced->roots = checked_malloc(((size_t)count + 1) * sizeof(int));
    traced->leaves = checked_malloc((leaves + 1) * sizeof(PyObject *));
    traced->leaf_places = checked_malloc((leaves + 1) * sizeof(int));
    if (!traced->roots || !traced->leaves || !traced->leaf_places)
        return no_memory();
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *root = PyList_GET_ITEM(roots, k);
        traced->roots[k] = is_value(root) ? (int)((Value *)root)->grad
                                          : constant_result(graph, PyFloat_AS_DOUBLE(root));
        if (traced->roots[k] < 0)
            return -1;
    }
    for (size_t i = 0; leaves && i < walk->order.count; i++) {
        Value *v = walk->order.items[i].node;
        if (graph->op[(int)v->grad] == CAPTURED_RESULT) {
            traced->leaf_places[traced->leaf_count] = (int)v->grad;
            traced->leaves[traced->leaf_count++] = Py_NewRef((PyObject *)v);
        }
    }
    return 0;
}

static void
free_traced(Traced *traced)
{
    for (Py_ssize_t k = 0; k < traced->leaf_count; k++)
        Py_DECREF(traced->leaves[k]);
    free_flat_graph(&traced->graph);
    free(traced->roots);
    free(traced->leaves);
    free(traced->leaf_places);
}

static PyObject *
traced_answer(const Traced *traced, Py_ssize_t roots)
{
    const FlatGraph *graph = &traced->graph;
    PyObject *leaves = PyList_New(traced->leaf_count);
    if (!leaves)
        return NULL;
    for (Py_ssize_t k = 0; k < traced->leaf_count; k++)
        PyList_SET_ITEM(leaves, k, Py_NewRef(traced->leaves[k]));
    return Py_BuildValue("NNNNNNNK", as_bytes(graph->op, graph->results, sizeof(int)),
                         as_bytes(graph->count, graph->results, sizeof(int)),
                         as_bytes(graph->operands, graph->operand_count, sizeof(int)),
                         as_bytes(graph->value, graph->results, sizeof(double)), leaves,
                         as_bytes(traced->leaf_places, (size_t)traced->leaf_count, sizeof(int)),
                         as_bytes(traced->roots, (size_t)roots, sizeof(int)),
                         (unsigned long long)fingerprint_of(graph));
}

/* Walk from the inputs, which are leaves, and from the roots. 1 if an input is no leaf. */
static int
walk_from_all(Walk *walk, PyObject *inputs, PyObject *roots)
{
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(inputs); k++) {
        Value *v = (Value *)PyList_GET_ITEM(inputs, k);
        if (v->opcode != LEAF)
            return 1;
        if (walk_from(walk, v, 0) < 0)
            return -1;
    }
    if (walk->order.count != (size_t)PyList_GET_SIZE(inputs))
        return 1; /* one of them stands there twice */
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(roots); k++) {
        PyObject *root = PyList_GET_ITEM(roots, k);
        if (is_value(root) && walk_from(walk, (Value *)root, 0) < 0)
            return -1;
    }
    return 0;
}

/* Whether a list holds nothing but Values, or Values and floats. */
static int
holds_values(PyObject *list, int floats)
{
    if (!PyList_CheckExact(list))
        return 0;
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(list); k++) {
        PyObject *x = PyList_GET_ITEM(list, k);
        if (!is_value(x) && !(floats && PyFloat_CheckExact(x)))
            return 0;
    }
    return 1;
}

/* traced_graph(inputs, roots, later): the arrays of the graph below Values (among the roots may be
 * floats), the captured leaves and their places, the places of the roots, a fingerprint.
 * NotImplemented where there is a primitive of a user, or something else than that. */
static PyObject *
module_traced_graph(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *inputs, *roots, *later, *answer = NULL;
    if (!PyArg_ParseTuple(args, "OOO!:traced_graph", &inputs, &roots, &PyTuple_Type, &later))
        return NULL;
    if (!holds_values(inputs, 0) || !holds_values(roots, 1) ||
        PyTuple_GET_SIZE(later) != TAPE_OPCODES - OPCODES)
        Py_RETURN_NOTIMPLEMENTED;
    const Py_ssize_t root_count = PyList_GET_SIZE(roots);
    Traced traced;
    Walk walk;
    memset(&traced, 0, sizeof(traced));
    walk_start(&walk, 0);
    int done = walk_from_all(&walk, inputs, roots);
    if (done == 0) {
        const size_t count = walk.order.count; /* each with the grad that it is to have again */
        done = reserve(&traced.graph, count + 16, 2 * count + 16);
        if (done == 0)
            done = add_nodes(&traced.graph, &walk, (size_t)PyList_GET_SIZE(inputs), later);
        if (done == 0)
            done = note_ends(&traced, &walk, roots);
        restore_grads(&walk.order);
    }
    walk_end(&walk);
    if (walk.order.count > KEPT_AFTER_WALK)
        forget_spare(); /* a trace is walked once */
    if (done == 0)
        answer = traced_answer(&traced, root_count);
    free_traced(&traced);
    return done == 1 ? Py_NewRef(Py_NotImplemented) : answer;
}

#endif
