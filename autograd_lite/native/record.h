/* From operands to nodes: operators, methods, calls of primitives. Part of the one translation unit of engine.c. */

/* Numbers --------------------------------------------------------------------------------------- */

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
    PyObject *result = PyObject_CallFunctionObjArgs(
        shared.number, x, (PyObject *)Value_Type, beside ? beside : Py_None, NULL);
    if (!result)
        return -1;
    int found = -1;
    if (PyFloat_Check(result)) {
        *number = PyFloat_AS_DOUBLE(result);
        found = 1;
    } else if (result == Py_NotImplemented) {
        found = 0;
    } else {
        PyErr_SetString(PyExc_TypeError, "expected a real number");
    }
    Py_DECREF(result);
    return found;
}

/* Recording ------------------------------------------------------------------------------------- */

/* A new node (NULL after an error), after the watch has seen it if there is one. */
static inline PyObject *
shown(Value *v)
{
    if (UNLIKELY(watched()) && v) {
        PyObject *watch = Py_NewRef(modes.watch);
        PyObject *answer = PyObject_CallMethod(watch, "recorded", "O", (PyObject *)v);
        if (!answer)
            Py_CLEAR(v);
        Py_XDECREF(answer);
        Py_DECREF(watch);
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

/* The node on `many`, whose nodes are borrowed so far and whose numbers are the partials. It takes
 * `many`; if it returns NULL, the caller still has it. */
static inline Value *
node_of_many(double data, int opcode, Many *many, const double *a)
{
    Value *v = new_node(data, opcode, MANY), **nodes = nodes_of_many(many);
    if (UNLIKELY(!v))
        return NULL;
    for (Py_ssize_t i = 0; i < many->count; i++) {
        if (LIKELY(nodes[i] != NULL))
            Py_INCREF((PyObject *)nodes[i]);
        else
            many->numbers[i] = a[i];
    }
    Py_XINCREF(many->op);
    v->many = many;
    return v;
}

typedef double (*Forward)(const double *, double *);
typedef double (*Reduce)(Py_ssize_t, const double *, double *);

static PyObject *
record_with_modes(double data, int opcode, int arity, Value *const *nodes, const double *a,
                  const double *p)
{
    if (made_now() == NUMBERS)
        return (PyObject *)new_node(data, LEAF, 0);
    return shown(node_in_place(new_node(data, opcode, arity), arity, nodes, a, p));
}

ALWAYS_INLINE PyObject *
unary(PyObject *self, int opcode, Forward forward)
{
    Value *x = (Value *)self;
    double a[1] = {x->data}, p[1];
    double data = forward(a, p);
    if (UNLIKELY(modes_active))
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
        int found = nodes[0] ? as_number(right, left, &a[1]) : as_number(left, right, &a[0]);
        if (found < 0)
            return NULL;
        if (!found)
            Py_RETURN_NOTIMPLEMENTED;
    }
    if (nodes[0])
        a[0] = nodes[0]->data;
    if (nodes[1])
        a[1] = nodes[1]->data;
    double data = forward(a, p);
    if (UNLIKELY(modes_active))
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

static const struct {
    int arity; /* 0 for any number */
    int columns;
    Forward forward;
    Reduce reduce;
} rows[OPCODES] = {
#define FIXED_ROW(name, arity) [OP_##name] = {arity, 1, name##_forward, NULL},
#define REDUCTION(name, columns) [OP_##name] = {0, columns, NULL, name##_forward},
    FIXED_ROWS(FIXED_ROW) REDUCTIONS(REDUCTION)
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
    Many *many;    /* where nodes and p lie; NULL if in place */
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
    g->many = NULL;
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
    g->many = new_many(count);
    if (!g->many) {
        free(g->memory);
        return -1;
    }
    g->p = g->many->numbers;
    g->nodes = nodes_of_many(g->many);
    return 0;
}

static inline void
gather_end(Gathered *g)
{
    if (g->many)
        free_many(g->many);
    if (g->memory)
        free(g->memory);
}

/* The node on what was gathered. */
static inline Value *
gathered_node(Gathered *g, double data, int opcode)
{
    if (!g->many)
        return node_in_place(new_node(data, opcode, (int)g->count), (int)g->count, g->nodes, g->a,
                             g->p);
    Value *v = node_of_many(data, opcode, g->many, g->a);
    if (v)
        g->many = NULL;
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
row_on(int opcode, const Gathered *g)
{
    return opcode == OP_power && g->nodes[1] ? OP_pow : opcode; /* the exponent is no constant */
}

/* The value of a row on what was gathered, and its partials. */
static inline double
evaluate(int opcode, Gathered *g)
{
    if (rows[opcode].reduce)
        return rows[opcode].reduce(g->count / rows[opcode].columns, g->a, g->p);
    return rows[opcode].forward(g->a, g->p);
}

static PyObject *
record_row(int opcode, Gathered *g)
{
    gather_finish(g);
    opcode = row_on(opcode, g);
    double data = evaluate(opcode, g);
    if (made_now() == NUMBERS)
        return (PyObject *)new_node(data, LEAF, 0);
    return shown(gathered_node(g, data, opcode));
}

/* A primitive that is no row of the table: its Python functions give value and partials. */
static PyObject *
record_custom(PyObject *op, Gathered *g)
{
    PyObject *kind = (PyObject *)Value_Type, *node = NULL;
    PyObject *value = NULL, *partials = NULL;
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
    value = PyObject_CallFunctionObjArgs(shared.value_at, op, numbers, kind, NULL);
    if (!value)
        goto done;
    double data = PyFloat_AsDouble(value);
    if (data == -1.0 && PyErr_Occurred())
        goto done;
    if (made_now() == NUMBERS) {
        node = (PyObject *)new_node(data, LEAF, 0);
        goto done;
    }
    partials = PyObject_CallFunctionObjArgs(shared.partials_at, op, value, numbers, kind, NULL);
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
    g->many->op = op;
    node = shown(gathered_node(g, data, CUSTOM));
done:
    Py_DECREF(numbers);
    Py_XDECREF(value);
    Py_XDECREF(partials);
    return node;
}

/* _apply(primitive, operands): the node of a primitive on a tuple of Values and numbers. */
static PyObject *
value_apply(PyObject *Py_UNUSED(ignored), PyObject *const *arguments, Py_ssize_t given)
{
    if (given != 2 || !PyTuple_Check(arguments[1])) {
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

/* Calling primitives ----------------------------------------------------------------------------
 *
 * These are short ways for native Values and numbers, in lists or tuples. Whatever they do not
 * know they leave to the Python code, by answering NotImplemented.
 */

/* A float or an int as a double. Runs no Python code. Returns 0 for anything else, and for an int
 * beyond all floats. */
ALWAYS_INLINE int
plain_number(PyObject *x, double *number)
{
    if (LIKELY(PyFloat_CheckExact(x))) {
        *number = PyFloat_AS_DOUBLE(x);
        return 1;
    }
    if (!PyLong_CheckExact(x))
        return 0;
    *number = PyLong_AsDouble(x);
    if (UNLIKELY(*number == -1.0 && PyErr_Occurred())) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* Gather the items of a list or tuple if they are just Values, floats and ints, of which `found`
 * counts the Values. Runs no Python code. Returns 0 if there is anything else. */
ALWAYS_INLINE int
gather_plain(Gathered *g, Py_ssize_t offset, PyObject *const *items, Py_ssize_t count,
             Py_ssize_t *found)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = items[i];
        if (LIKELY(Py_IS_TYPE(item, Value_Type))) {
            g->nodes[offset + i] = (Value *)item;
            g->a[offset + i] = ((Value *)item)->data;
            ++*found;
        } else {
            g->nodes[offset + i] = NULL;
            if (!plain_number(item, &g->a[offset + i]))
                return 0;
        }
    }
    return 1;
}

static inline int
is_sequence(PyObject *x)
{
    return PyList_CheckExact(x) || PyTuple_CheckExact(x);
}

static inline PyObject **
items_of(PyObject *sequence, Py_ssize_t *count)
{
    *count = PySequence_Fast_GET_SIZE(sequence);
    return PySequence_Fast_ITEMS(sequence);
}

/* The node of a row on operands that lie in `columns` sequences; NotImplemented: see above. */
static PyObject *
record_columns(int opcode, PyObject *const *columns, Py_ssize_t given)
{
    Py_ssize_t count[2] = {0, 0}, found = 0;
    PyObject **items[2];
    PyObject *node = Py_NotImplemented;
    Gathered g;
    int made = made_now();
    if (made == WATCHED)
        Py_RETURN_NOTIMPLEMENTED;
    for (Py_ssize_t c = 0; c < given; c++) {
        if (!is_sequence(columns[c]))
            Py_RETURN_NOTIMPLEMENTED;
        items[c] = items_of(columns[c], &count[c]);
        if (count[c] != count[0] || count[c] == 0)
            Py_RETURN_NOTIMPLEMENTED;
    }
    if (gather_start(&g, count[0] * given, count[0] * given > 2) < 0)
        return NULL;
    for (Py_ssize_t c = 0; c < given; c++)
        if (!gather_plain(&g, c * count[0], items[c], count[0], &found))
            goto done;
    if (found) {
        double data = evaluate(opcode, &g);
        node = (PyObject *)(made == NODES ? gathered_node(&g, data, opcode)
                                          : new_node(data, LEAF, 0));
    }
done:
    gather_end(&g);
    return node == Py_NotImplemented ? Py_NewRef(node) : node;
}

static struct { /* of the last operand of a row */
    double number;
    int known;
} default_of[OPCODES];

/* Whether a row of a fixed number of operands can be done with `given` of them. */
static inline int
is_enough(int opcode, Py_ssize_t given)
{
    Py_ssize_t missing = rows[opcode].arity - given;
    return !rows[opcode].reduce && (missing == 0 || (missing == 1 && default_of[opcode].known));
}

/* Put in the default if only `given` operands were gathered. */
static inline void
complete(Gathered *g, Py_ssize_t given, int opcode)
{
    if (given < g->count) {
        g->nodes[given] = NULL;
        g->a[given] = default_of[opcode].number;
    }
}

/* primitive(*operands), bound by an instancemethod; `usual` is the Python function. */
static PyObject *
call_primitive(PyObject *usual, PyObject *const *args, Py_ssize_t given, PyObject *names)
{
    if (given > 1 && !names) {
        int opcode = opcode_of(args[0]);
        if (opcode != CUSTOM && is_enough(opcode, given - 1)) {
            Gathered g;
            Py_ssize_t found = 0, arity = rows[opcode].arity;
            if (gather_start(&g, arity, arity > 2) < 0)
                return NULL;
            int plain = gather_plain(&g, 0, args + 1, given - 1, &found) && found;
            complete(&g, given - 1, opcode);
            PyObject *node = plain ? record_row(opcode, &g) : NULL;
            gather_end(&g);
            if (plain)
                return node;
        } else if (opcode != CUSTOM && rows[opcode].reduce && rows[opcode].columns == given - 1) {
            PyObject *node = record_columns(opcode, args + 1, given - 1);
            if (node != Py_NotImplemented)
                return node;
            Py_DECREF(node);
        }
    }
    return PyObject_Vectorcall(usual, args, (size_t)given, names);
}

/* primitive.each(xs[, ys]), the list of primitive(x[, y]); NotImplemented: see above. */
static PyObject *
record_each(PyObject *const *args, Py_ssize_t given)
{
    if (given < 2 || given > 3)
        Py_RETURN_NOTIMPLEMENTED;
    int opcode = opcode_of(args[0]), made = made_now();
    Py_ssize_t columns = given - 1, count, same;
    if (opcode == CUSTOM || !is_enough(opcode, columns) || rows[opcode].arity > 2 ||
        !is_sequence(args[1]) || !is_sequence(args[columns]) || made == WATCHED)
        Py_RETURN_NOTIMPLEMENTED;
    const int arity = rows[opcode].arity;
    PyObject *list = PyList_New(PySequence_Fast_GET_SIZE(args[1]));
    if (!list)
        return NULL;
    /* Only now, for making a list may collect garbage, and so run Python code. */
    PyObject **xs = items_of(args[1], &count), **ys = items_of(args[columns], &same);
    if (same != count || count != PyList_GET_SIZE(list)) {
        Py_DECREF(list);
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject *scope = current_scope();
    for (Py_ssize_t i = 0; list && i < count; i++) {
        Gathered g;
        Py_ssize_t found = 0;
        PyObject *operands[2] = {xs[i], ys[i]};
        gather_start(&g, arity, 0);
        if (!gather_plain(&g, 0, operands, columns, &found) || !found) {
            Py_DECREF(list);
            Py_RETURN_NOTIMPLEMENTED;
        }
        complete(&g, columns, opcode);
        int row = row_on(opcode, &g);
        double data = rows[row].forward(g.a, g.p);
        Value *v = made == NODES ? node_in_place(node_in(scope, data, row, arity), arity, g.nodes,
                                                 g.a, g.p)
                                 : node_in(scope, data, LEAF, 0);
        if (v)
            PyList_SET_ITEM(list, i, (PyObject *)v);
        else
            Py_CLEAR(list);
    }
    return list;
}

/* primitive.each(*sequences), bound by an instancemethod; `usual` is the Python function. */
static PyObject *
call_each(PyObject *usual, PyObject *const *args, Py_ssize_t given, PyObject *names)
{
    if (!names) {
        PyObject *list = record_each(args, given);
        if (list != Py_NotImplemented)
            return list;
        Py_DECREF(list);
    }
    return PyObject_Vectorcall(usual, args, (size_t)given, names);
}

static inline int
is_entry(PyObject *x)
{
    return Py_IS_TYPE(x, Value_Type) || PyFloat_CheckExact(x) || PyLong_CheckExact(x);
}

/* flat(x): the entries of a list, and of lists in it, if they are just Values, floats and ints. */
static PyObject *
module_flat(PyObject *Py_UNUSED(module), PyObject *x)
{
    if (!PyList_CheckExact(x))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *found = PyList_New(0); /* from here on no Python code runs */
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(x); i++) {
        PyObject *part = PyList_GET_ITEM(x, i), **items = &part;
        Py_ssize_t count = 1;
        if (PyList_CheckExact(part))
            items = items_of(part, &count);
        for (Py_ssize_t k = 0; k < count; k++)
            if (!is_entry(items[k]) || PyList_Append(found, items[k]) < 0) {
                Py_DECREF(found);
                return PyErr_Occurred() ? NULL : Py_NewRef(Py_NotImplemented);
            }
    }
    return found;
}

static int set_data(PyObject *self, PyObject *number, void *closure);
