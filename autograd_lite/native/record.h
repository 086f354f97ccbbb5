/* From operands to nodes: operators, methods, and the primitives of the table or of a user. */
#ifndef AUTOGRAD_LITE_RECORD_H
#define AUTOGRAD_LITE_RECORD_H

#include "engine.h"
#include "memory.h"
#include "modes.h"
#include "node.h"
#include "rows.h"
#include "table.inc"

/* Numbers -------------------------------------------------------------------------------------- */

/* `x` as a double. Returns 1; 0 if it is no number and stands beside a Value; -1 for an error. */
static int
as_number(PyObject *x, PyObject *beside, double *number)
{
    if (LIKELY(PyFloat_CheckExact(x))) {
        *number = PyFloat_AS_DOUBLE(x);
        return 1;
    }
    if (PyLong_CheckExact(x)) {
        *number = PyLong_AsDouble(x);
        return *number == -1.0 && PyErr_Occurred() ? -1 : 1;
    }
    if (PyFloat_Check(x)) { /* NumPy's float64 */
        *number = PyFloat_AS_DOUBLE(x);
        return 1;
    }
    PyObject *result = PyObject_CallFunctionObjArgs(
        shared.number, x, (PyObject *)Value_Type, beside ? beside : Py_None, NULL);
    if (!result)
        return -1;
    int status = -1;
    if (PyFloat_Check(result)) {
        *number = PyFloat_AS_DOUBLE(result);
        status = 1;
    } else if (result == Py_NotImplemented) {
        status = 0;
    } else {
        PyErr_SetString(PyExc_TypeError, "expected a real number");
    }
    Py_DECREF(result);
    return status;
}

/* Recording ------------------------------------------------------------------------------------ */

/* A new node (NULL after an error), after the watch, if there is one, was told of it. */
static inline PyObject *
notify_watch(Value *v)
{
    if (UNLIKELY(watched()) && v) {
        PyObject *watch = ruling_value(WATCH);
        PyObject *answer =
            watch ? PyObject_CallMethod(watch, "recorded", "O", (PyObject *)v) : NULL;
        if (!answer && PyErr_Occurred())
            Py_CLEAR(v);
        Py_XDECREF(answer);
        Py_XDECREF(watch);
    }
    return (PyObject *)v;
}

/* The new node `v` (NULL after an error) with its operands, at most two. */
static inline Value *
node_in_place(Value *v, int arity, Value *const *nodes, const double *a, const double *p)
{
    if (UNLIKELY(!v))
        return NULL;
    for (int i = 0; i < arity; i++) {
        v->nodes[i] = nodes[i];
        v->numbers[i] = nodes[i] ? p[i] : a[i];
        Py_XINCREF((PyObject *)nodes[i]);
    }
    return v;
}

/* The node on `operands`, whose nodes are borrowed so far and whose numbers are the partials. It
 * takes them over; if it returns NULL, the caller still has them. */
static inline Value *
node_on(double data, int opcode, Operands *operands, const double *a)
{
    Value *v = new_node(data, opcode, ELSEWHERE), **nodes = nodes_in(operands);
    if (UNLIKELY(!v))
        return NULL;
    for (Py_ssize_t i = 0; i < operands->count; i++) {
        if (LIKELY(nodes[i] != NULL))
            Py_INCREF((PyObject *)nodes[i]);
        else
            operands->numbers[i] = a[i];
    }
    Py_XINCREF(operands->op);
    v->operands = operands;
    return v;
}

typedef double (*Forward)(const double *, double *);

static PyObject *
record_with_modes(double data, int opcode, int arity, Value *const *nodes, const double *a,
                  const double *p)
{
    if (recording_mode() == NUMBERS)
        return (PyObject *)new_node(data, LEAF, 0);
    return notify_watch(node_in_place(new_node(data, opcode, arity), arity, nodes, a, p));
}

ALWAYS_INLINE PyObject *
unary(PyObject *self, int opcode, Forward forward)
{
    Value *x = (Value *)self;
    double a[1] = {x->data}, p[1];
    double data = forward(a, p);
    if (UNLIKELY(any_mode()))
        return record_with_modes(data, opcode, 1, &x, a, p);
    return (PyObject *)node_in_place(new_node(data, opcode, 1), 1, &x, a, p);
}

ALWAYS_INLINE PyObject *
binary(PyObject *left, PyObject *right, int opcode, Forward forward)
{
    Value *nodes[2] = {NULL, NULL};
    double a[2], p[2];
    if (is_value(left))
        nodes[0] = (Value *)left;
    if (is_value(right))
        nodes[1] = (Value *)right;
    if (UNLIKELY(!nodes[0] || !nodes[1])) {
        int status = nodes[0] ? as_number(right, left, &a[1]) : as_number(left, right, &a[0]);
        if (status < 0)
            return NULL;
        if (!status)
            Py_RETURN_NOTIMPLEMENTED;
    }
    if (nodes[0])
        a[0] = nodes[0]->data;
    if (nodes[1])
        a[1] = nodes[1]->data;
    double data = forward(a, p);
    if (UNLIKELY(any_mode()))
        return record_with_modes(data, opcode, 2, nodes, a, p);
    return (PyObject *)node_in_place(new_node(data, opcode, 2), 2, nodes, a, p);
}

#define BINARY_SLOT(slot, name)                                                                   \
    static PyObject *slot(PyObject *x, PyObject *y)                                               \
    {                                                                                             \
        return binary(x, y, OP_##name, name##_forward);                                           \
    }
BINARY_SLOT(slot_add, add)
BINARY_SLOT(slot_subtract, sub)
BINARY_SLOT(slot_multiply, mul)
BINARY_SLOT(slot_divide, div)
BINARY_SLOT(slot_modulo, mod)
BINARY_SLOT(slot_floor_divide, floordiv)

static PyObject *
slot_power(PyObject *x, PyObject *y, PyObject *modulus)
{
    if (modulus != Py_None)
        Py_RETURN_NOTIMPLEMENTED;
    if (is_value(y))
        return binary(x, y, OP_pow, pow_forward);
    return binary(x, y, OP_power, power_forward);
}

#define UNARY_SLOT(slot, name)                                                                    \
    static PyObject *slot(PyObject *x) { return unary(x, OP_##name, name##_forward); }
UNARY_SLOT(slot_negative, neg)
UNARY_SLOT(slot_absolute, abs)

#define METHOD_1(name)                                                                            \
    static PyObject *method_##name(PyObject *self, PyObject *Py_UNUSED(ignored))                  \
    {                                                                                             \
        return unary(self, OP_##name, name##_forward);                                            \
    }
#define METHOD_2(name)
#define METHOD_3(name)
#define METHOD(name, arity) METHOD_##arity(name)
FIXED_ROWS(METHOD)

static const Forward forward_of[OPCODES] = { /* NULL for a reduction */
#define FORWARD(name, arity) [OP_##name] = name##_forward,
    FIXED_ROWS(FORWARD)
};

/* Opcodes by the address of the row's Python object. */
static struct {
    PyObject *row;
    int opcode;
} opcodes_by_row[512];

static inline size_t
place_of(PyObject *row)
{
    return ((uintptr_t)row >> 4) * 11400714819323198485u >> 55;
}

static inline int
opcode_of(PyObject *primitive)
{
    for (size_t i = place_of(primitive);; i = (i + 1) % 512) {
        if (opcodes_by_row[i].row == primitive)
            return opcodes_by_row[i].opcode;
        if (!opcodes_by_row[i].row)
            return CUSTOM;
    }
}

#define IN_PLACE 64 /* operands for which no memory is asked */

typedef struct { /* operands being gathered: right where the node will have them */
    Py_ssize_t count;
    Value **nodes;
    double *a, *p; /* their data, and room for the partials */
    Operands *operands; /* where nodes and p lie; NULL if in place */
    void *memory;
    Value *nodes_in_place[2];
    double partials_in_place[2];
    double numbers_in_place[IN_PLACE];
} Gathered;

static inline int
gather_start(Gathered *g, Py_ssize_t count, int elsewhere)
{
    g->count = count;
    g->memory = NULL;
    g->operands = NULL;
    g->nodes = g->nodes_in_place;
    g->a = g->numbers_in_place;
    g->p = g->partials_in_place;
    if (!elsewhere)
        return 0;
    if (count > IN_PLACE) {
        if ((size_t)count < PTRDIFF_MAX / sizeof(double))
            g->memory = checked_malloc((size_t)count * sizeof(double));
        if (!g->memory) {
            PyErr_NoMemory();
            return -1;
        }
        g->a = g->memory;
    }
    g->operands = new_operands(count);
    if (!g->operands) {
        free(g->memory);
        return -1;
    }
    g->p = g->operands->numbers;
    g->nodes = nodes_in(g->operands);
    return 0;
}

static inline void
gather_end(Gathered *g)
{
    if (g->operands)
        free_operands(g->operands);
    if (g->memory)
        free(g->memory);
}

/* The node on what was gathered. */
static inline Value *
gathered_node(Gathered *g, double data, int opcode)
{
    if (!g->operands)
        return node_in_place(new_node(data, opcode, (int)g->count), (int)g->count, g->nodes, g->a,
                             g->p);
    Value *v = node_on(data, opcode, g->operands, g->a);
    if (v)
        g->operands = NULL;
    return v;
}

/* Gather from `items`, `count` objects that stay alive whatever Python code may run. */
static int
gather(Gathered *g, Py_ssize_t offset, PyObject *const *items, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        Value **node = &g->nodes[offset + i];
        double *number = &g->a[offset + i];
        if (is_value(items[i])) {
            *node = (Value *)items[i];
        } else {
            *node = NULL;
            if (as_number(items[i], NULL, number) < 0)
                return -1;
        }
    }
    return 0;
}

/* The data of the gathered nodes; read last, for `__float__` of an operand may have changed it. */
static void
gather_finish(Gathered *g)
{
    for (Py_ssize_t i = 0; i < g->count; i++)
        if (g->nodes[i])
            g->a[i] = g->nodes[i]->data;
}

/* The row that takes the place of `opcode` on such operands. */
static inline int
row_on(int opcode, Value *const *nodes)
{
    return opcode == OP_power && nodes[1] ? OP_pow : opcode; /* the exponent is no constant */
}

/* The value of a row on what was gathered, and its partials. */
static inline double
evaluate(int opcode, Gathered *g)
{
    if (rows[opcode].reduce)
        return rows[opcode].reduce(g->count / rows[opcode].columns, g->a, g->p);
    return forward_of[opcode](g->a, g->p);
}

static PyObject *
record_row(int opcode, Gathered *g)
{
    gather_finish(g);
    opcode = row_on(opcode, g->nodes);
    double data = evaluate(opcode, g);
    if (recording_mode() == NUMBERS)
        return (PyObject *)new_node(data, LEAF, 0);
    return notify_watch(gathered_node(g, data, opcode));
}

/* The place in `later_rows` of a row of special_rows.py, which eager code does by the functions of
 * the tape; -1 if the primitive is none or takes another number of operands, -2 on failure. */
static int
later_row_of(PyObject *op, Py_ssize_t count)
{
    static PyObject *opcodes, *custom;
    if (!opcodes) {
        if (!custom && !(custom = PyUnicode_InternFromString("custom")))
            return -2;
        PyObject *is_custom = PyObject_GetAttr(op, custom);
        if (!is_custom)
            return -2;
        Py_DECREF(is_custom);
        if (is_custom != Py_False)
            return -1;
        PyObject *found = PyObject_CallNoArgs(shared.later_opcodes);
        if (!found)
            return -2;
        if (opcodes) /* by what ran meanwhile */
            Py_DECREF(found);
        else
            opcodes = found;
    }
    PyObject *opcode = PyDict_GetItemWithError(opcodes, op);
    if (!opcode)
        return PyErr_Occurred() ? -2 : -1;
    int place = (int)PyLong_AsLong(opcode) - OPCODES;
    return later_rows[place].arity == count ? place : -1;
}

static PyObject *
record_later(int place, PyObject *op, Gathered *g)
{
    double data = later_rows[place].value(g->a);
    if (recording_mode() == NUMBERS)
        return (PyObject *)new_node(data, LEAF, 0);
    later_rows[place].partials(data, g->a, g->p);
    g->operands->op = op;
    return notify_watch(gathered_node(g, data, CUSTOM));
}

/* A primitive that is no row of the table: its Python functions give value and partials. */
static PyObject *
record_custom(PyObject *op, Gathered *g)
{
    int place = later_row_of(op, g->count);
    if (place == -2)
        return NULL;
    if (place >= 0) {
        gather_finish(g);
        return record_later(place, op, g);
    }
    PyObject *node = NULL, *value = NULL, *partials = NULL;
    gather_finish(g);
    PyObject *numbers = PyTuple_New(g->count);
    for (Py_ssize_t i = 0; numbers && i < g->count; i++) {
        PyObject *number = PyFloat_FromDouble(g->a[i]);
        if (number)
            PyTuple_SET_ITEM(numbers, i, number);
        else
            Py_CLEAR(numbers);
    }
    if (!numbers)
        return NULL;
    value = PyObject_CallFunctionObjArgs(shared.value_at, op, numbers, NULL);
    if (!value)
        goto done;
    double data = PyFloat_AsDouble(value);
    if (data == -1.0 && PyErr_Occurred())
        goto done;
    if (recording_mode() == NUMBERS) {
        node = (PyObject *)new_node(data, LEAF, 0);
        goto done;
    }
    partials = PyObject_CallFunctionObjArgs(shared.partials_at, op, value, numbers, NULL);
    if (!partials)
        goto done;
    if (!PyTuple_Check(partials) || PyTuple_GET_SIZE(partials) != g->count) {
        PyErr_SetString(PyExc_TypeError, "one partial per operand is wanted");
        goto done;
    }
    for (Py_ssize_t i = 0; i < g->count; i++) {
        double partial;
        if (as_number(PyTuple_GET_ITEM(partials, i), NULL, &partial) < 0)
            goto done;
        g->p[i] = partial;
    }
    g->operands->op = op;
    node = notify_watch(gathered_node(g, data, CUSTOM));
done:
    Py_DECREF(numbers);
    Py_XDECREF(value);
    Py_XDECREF(partials);
    return node;
}

/* _apply(primitive, operands): the node of a primitive on a tuple of Values and numbers. */
static PyObject *
value_apply(PyObject *Py_UNUSED(ignored), PyObject *const *arguments, Py_ssize_t nargs)
{
    if (nargs != 2 || !PyTuple_Check(arguments[1])) {
        PyErr_SetString(PyExc_TypeError, "_apply takes a primitive and a tuple of operands");
        return NULL;
    }
    PyObject *op = arguments[0], *operands = arguments[1], *node = NULL;
    int is_primitive = PyObject_IsInstance(op, shared.primitive);
    if (is_primitive <= 0) {
        if (!is_primitive)
            PyErr_Format(PyExc_TypeError, "expected a Primitive, got %R", op);
        return NULL;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(operands);
    int opcode = opcode_of(op);
    if (opcode != CUSTOM) {
        int arity = rows[opcode].arity, columns = rows[opcode].columns;
        if (arity ? count != arity : count == 0 || count % columns) {
            PyErr_Format(PyExc_TypeError, "%R cannot take %zd operands", op, count);
            return NULL;
        }
    }
    Gathered g;
    if (gather_start(&g, count, opcode == CUSTOM || count > 2) < 0)
        return NULL;
    int gathered = gather(&g, 0, ((PyTupleObject *)operands)->ob_item, count);
    if (gathered == 0)
        node = opcode == CUSTOM ? record_custom(op, &g) : record_row(opcode, &g);
    gather_end(&g);
    return node;
}

#endif
