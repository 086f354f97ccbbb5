/* lower: from the operations of a traced run in arrays to the arrays of a tape.
 *
 * compiler/simplify.py and compiler/schedule.py say what is done here, and tests compare. */
#include "engine.h"

#include "flat_graph.h"
#include "fold_sums.h"
#include "lowering.h"
#include "memory.h"
#include "plan.h"
#include "rows.h"
#include "schedule.h"
#include "simplify.h"

enum { GRAPH_OPS, GRAPH_COUNTS, GRAPH_OPERANDS, GRAPH_VALUES, GRAPH_INPUTS, GRAPH_CAPTURED,
       GRAPH_OUTPUTS, GRAPH_GUARDS, GRAPH_BATCHED, GRAPH_TRAITS, GRAPH_NEUTRAL, GRAPH_BUFFERS };

/* How many items of `size` bytes a buffer holds; -1 with an error. */
static Py_ssize_t
items_in(const Py_buffer *view, size_t size)
{
    const int aligned = view->len == 0 || (uintptr_t)view->buf % size == 0;
    if ((size_t)view->len % size || !aligned ||
        (size_t)view->len / size > INT32_MAX / 2) {
        PyErr_SetString(PyExc_ValueError, "a graph in arrays: a part of it has no such items");
        return -1;
    }
    return (Py_ssize_t)((size_t)view->len / size);
}

static int
unsound(const char *what)
{
    PyErr_Format(PyExc_ValueError, "a graph in arrays: %s", what);
    return -1;
}

/* A copy of results that must be there; NULL with an error. */
static int *
copy_of_results(const Py_buffer *view, size_t results)
{
    const Py_ssize_t count = items_in(view, sizeof(int));
    int *copy = count < 0 ? NULL : checked_malloc(((size_t)count + 1) * sizeof(int));
    if (!copy) {
        if (count >= 0)
            no_memory();
        return NULL;
    }
    memcpy(copy, view->buf, (size_t)view->len);
    for (Py_ssize_t k = 0; k < count; k++)
        if (copy[k] < 0 || (size_t)copy[k] >= results) {
            free(copy);
            unsound("a result does not exist");
            return NULL;
        }
    return copy;
}

/* Whether an operation may have so many operands. */
static inline int
takes_operands(int op, int count)
{
    if (op < 0 || op >= TAPE_OPCODES)
        return op < 0 && op >= CAPTURED_RESULT && count == 0;
    if (op < OPCODES && rows[op].reduce)
        return count > 0 && count % rows[op].columns == 0;
    return count == arity_of(op);
}

/* The operations, of which nothing is believed. */
static int
read_operations(Lowering *l, const Py_buffer *views)
{
    FlatGraph *graph = &l->graph;
    const Py_ssize_t results = items_in(&views[GRAPH_OPS], sizeof(int));
    const Py_ssize_t counts = items_in(&views[GRAPH_COUNTS], sizeof(int));
    const Py_ssize_t operands = items_in(&views[GRAPH_OPERANDS], sizeof(int));
    const Py_ssize_t values = items_in(&views[GRAPH_VALUES], sizeof(double));
    if (results < 0 || counts < 0 || operands < 0 || values < 0)
        return -1;
    if (counts != results || values != results)
        return unsound("its parts do not agree");
    if (reserve(graph, (size_t)results + 16, (size_t)operands + 16) < 0)
        return -1;
    const int *ops = views[GRAPH_OPS].buf, *count = views[GRAPH_COUNTS].buf;
    const double *value = views[GRAPH_VALUES].buf;
    if (operands)
        memcpy(graph->operands, views[GRAPH_OPERANDS].buf, (size_t)operands * sizeof(int));
    for (Py_ssize_t i = 0; i < results; i++) {
        if (!takes_operands(ops[i], count[i]) ||
            (size_t)count[i] > (size_t)operands - graph->operand_count)
            return unsound("an operation does not fit");
        add_result(graph, ops[i], value[i]);
        graph->count[i] = count[i];
        graph->operand_count += (size_t)count[i];
    }
    if (graph->operand_count != (size_t)operands)
        return unsound("its parts do not agree");
    for (int i = 0; i < (int)results; i++) {
        for (int k = 0; k < graph->count[i]; k++) {
            const int x = operands_of(graph, i)[k];
            if (x < 0 || x >= (int)results || (x >= i && graph->op[x] >= 0))
                return unsound("an operand comes after its result, or does not exist");
        }
        if (graph->op[i] == CONSTANT_RESULT && note_constant(graph, i) < 0)
            return -1;
    }
    return 0;
}

static int
read_guards(Lowering *l, const Py_buffer *view)
{
    const Py_ssize_t count = items_in(view, sizeof(int)) / 4;
    const int *fields = view->buf, results = (int)l->graph.results;
    if ((size_t)view->len % (4 * sizeof(int)))
        return unsound("a guard is cut off");
    l->guards = checked_malloc(((size_t)count + 1) * sizeof(Guard));
    if (!l->guards)
        return no_memory();
    for (Py_ssize_t k = 0; k < count; k++, fields += 4) {
        const Guard guard = {fields[0], fields[1], fields[2], fields[3], (int)k};
        if (guard.sign < 0 || guard.sign > 2 || guard.x < 0 || guard.x >= results ||
            guard.y < 0 || guard.y >= results || (guard.outcome != 0 && guard.outcome != 1))
            return unsound("a guard is not sound");
        l->guards[l->guard_count++] = guard;
    }
    return 0;
}

static int
read_graph(Lowering *l, const Py_buffer *views)
{
    static const char *const wrong = "its parts do not agree";
    if (read_operations(l, views) < 0)
        return -1;
    const size_t results = l->graph.results;
    if (!(l->inputs = copy_of_results(&views[GRAPH_INPUTS], results)) ||
        !(l->captured = copy_of_results(&views[GRAPH_CAPTURED], results)) ||
        !(l->outputs = copy_of_results(&views[GRAPH_OUTPUTS], results)))
        return -1;
    l->input_count = (size_t)views[GRAPH_INPUTS].len / sizeof(int);
    l->captured_count = (size_t)views[GRAPH_CAPTURED].len / sizeof(int);
    l->output_count = (size_t)views[GRAPH_OUTPUTS].len / sizeof(int);
    for (size_t k = 0; k < l->input_count; k++)
        if (l->graph.op[l->inputs[k]] != INPUT_RESULT)
            return unsound("an input is none");
    for (size_t k = 0; k < l->captured_count; k++)
        if (l->graph.op[l->captured[k]] != CAPTURED_RESULT)
            return unsound("a captured leaf is none");
    if ((size_t)views[GRAPH_BATCHED].len != l->input_count ||
        views[GRAPH_TRAITS].len != TAPE_OPCODES ||
        views[GRAPH_NEUTRAL].len != TAPE_OPCODES * sizeof(double))
        return unsound(wrong);
    l->traits = views[GRAPH_TRAITS].buf;
    l->neutral = views[GRAPH_NEUTRAL].buf;
    return items_in(&views[GRAPH_GUARDS], sizeof(int)) < 0 || items_in(&views[GRAPH_NEUTRAL], 8) < 0
               ? -1
               : read_guards(l, &views[GRAPH_GUARDS]);
}

/* All passes, and how many operations there are before and after each. */
static int
simplify_graph(Lowering *l)
{
    static int (*const passes[])(Lowering *) = {simplify_results, prune, fold_sums};
    l->operations[0] = count_operations(&l->graph);
    for (int k = 0; k < 3; k++) {
        if (passes[k](l) < 0)
            return -1;
        l->operations[k + 1] = count_operations(&l->graph);
    }
    return mask(l);
}

/* The slots of results as bytes; NULL with an error. */
static PyObject *
slots_as_bytes(const Placing *p, const int *results, size_t count)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * sizeof(int)));
    for (size_t k = 0; bytes && k < count; k++)
        memcpy(PyBytes_AS_STRING(bytes) + k * sizeof(int), &p->slot[results[k]], sizeof(int));
    return bytes;
}

/* The guards that are kept: (sign, slot, slot, outcome) each, or their numbers in the trace. */
static PyObject *
guards_as_bytes(const Placing *p, int numbers)
{
    const Lowering *l = p->l;
    const size_t each = numbers ? 1 : 4;
    PyObject *bytes =
        PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(l->guard_count * each * sizeof(int)));
    for (size_t k = 0; bytes && k < l->guard_count; k++) {
        const Guard *guard = &l->guards[k];
        const int fields[] = {guard->sign, p->slot[guard->x], p->slot[guard->y], guard->outcome};
        memcpy(PyBytes_AS_STRING(bytes) + k * each * sizeof(int),
               numbers ? &guard->number : fields, each * sizeof(int));
    }
    return bytes;
}

/* What `lower` gives; NULL with an error. */
static PyObject *
answer_of(const Placing *p)
{
    const Lowering *l = p->l;
    return Py_BuildValue(
        "iiNNNNNNNNN(nnnnn)", p->counts[0], p->counts[1],
        as_bytes(p->code.items, p->code.count, sizeof(int)),
        as_bytes(p->lists.items, p->lists.count, sizeof(int)),
        as_bytes(p->constant_slots, p->constant_count, sizeof(int)),
        as_bytes(p->constants, p->constant_count, sizeof(double)),
        slots_as_bytes(p, l->captured, l->captured_count),
        slots_as_bytes(p, l->inputs, l->input_count),
        slots_as_bytes(p, l->outputs, l->output_count), guards_as_bytes(p, 0),
        guards_as_bytes(p, 1), l->operations[0], l->operations[1], l->operations[2],
        l->operations[3], (Py_ssize_t)p->plan->groups);
}

static void
free_lowering(Lowering *l)
{
    free_flat_graph(&l->graph);
    free(l->inputs);
    free(l->captured);
    free(l->outputs);
    free(l->guards);
    free(l->masked);
    free(l->varying);
}

/* lower(ops, counts, operands, values, inputs, captured, outputs, guards, batched, traits, neutral,
 * reorder): see compiler/flat_graph.py. */
PyObject *
module_lower(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer views[GRAPH_BUFFERS];
    Lowering l;
    memset(views, 0, sizeof(views));
    memset(&l, 0, sizeof(l));
    Plan p = {.l = &l};
    Placing to = {.l = &l, .plan = &p};
    PyObject *answer = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*y*y*y*y*p:lower", &views[0], &views[1], &views[2],
                          &views[3], &views[4], &views[5], &views[6], &views[7], &views[8],
                          &views[9], &views[10], &l.reorder))
        return NULL;
    if (read_graph(&l, views) == 0 && simplify_graph(&l) == 0 &&
        mark_varying(&l, views[GRAPH_BATCHED].buf) == 0 && plan(&p) == 0 && schedule(&to) == 0) {
        free_flat_graph(&l.graph); /* the answer takes room, too */
        answer = answer_of(&to);
    }
    free_placing(&to);
    free_plan(&p);
    free_lowering(&l);
    for (int k = 0; k < GRAPH_BUFFERS; k++)
        PyBuffer_Release(&views[k]);
    return answer;
}
