/* The native engine: recording, topological order, backward and memory of Values.
 *
 * This file is mechanism and holds no formula: the value and the partials of each operation are in
 * primitives.inc, which is generated from the table in primitives.py. What is not hot (methods,
 * messages, custom primitives, modes) is the Python code that both engines share.
 *
 * Graphs may be millions of nodes deep, so nothing here recurses. Everything runs under the
 * interpreter lock; wherever Python code may run in between, what it could change is read after.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "primitives.inc"

#if defined(__GNUC__) || defined(__clang__)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#define ALWAYS_INLINE static __forceinline
#endif

/* The node -------------------------------------------------------------------------------------- */

typedef struct Value Value;

typedef struct {
    Value *node;   /* a strong reference; NULL for a constant */
    double number; /* the partial by the node; or the constant */
} Operand;

typedef struct { /* the operands of a node that has more than two, or a primitive of its own */
    PyObject *op; /* a custom primitive; NULL for a row of the table */
    Py_ssize_t count;
    Operand operands[];
} Many;

enum { LEAF = OPCODES, CUSTOM, MANY = 255 };

struct Value {
    PyObject_HEAD
    double data;
    union {
        double grad;
        Value *next; /* in the list of dead nodes, and in the list of free places of a block */
    };
    PyObject *label; /* NULL for None */
    PyObject *weakrefs;
    uint64_t mark : 48; /* the last traversal that came by */
    uint64_t opcode : 8;
    uint64_t arity : 8; /* operands in place: 0 to 2; MANY: elsewhere */
    union {
        Operand operands[2];
        Many *many;
    };
};

static PyTypeObject *Value_Type; /* for good; nodes hold no reference to it */

static struct { /* what `join` brings from Python */
    PyObject *rows, *primitive, *current, *value_at, *partials_at, *only_leaves_change, *number;
} shared;

static int modes_active; /* how many modes are on, in any thread */

static inline int
is_value(PyObject *x)
{
    return LIKELY(Py_IS_TYPE(x, Value_Type)) || PyObject_TypeCheck(x, Value_Type);
}

static inline Operand *
operands_of(Value *v, Py_ssize_t *count)
{
    if (UNLIKELY(v->arity == MANY)) {
        *count = v->many->count;
        return v->many->operands;
    }
    *count = v->arity;
    return v->operands;
}

/* Memory ----------------------------------------------------------------------------------------
 *
 * Nodes are laid one after another in blocks, in the order in which they are made, which is the
 * order in which backward walks them; this decides the speed. A block is reset when its last node
 * dies. Blocks that stay mostly empty are filled up again before new memory is asked for.
 */

#define BLOCK_SIZE 65536
#define EMPTY_BLOCKS_KEPT 1024

typedef struct Block {
    struct Block *next, *previous; /* in the list of empty, or of sparse blocks */
    Value *free;                   /* dead places */
    char *bump;                    /* from here on nothing has been used */
    uint32_t live;
    uint32_t sparse; /* whether in the list of sparse blocks */
} Block;

#define FIRST_PLACE(block) ((char *)(block) + ((sizeof(Block) + 15) & ~(size_t)15))
#define CAPACITY ((BLOCK_SIZE - ((sizeof(Block) + 15) & ~(size_t)15)) / sizeof(Value))
#define BLOCK_OF(v) ((Block *)((uintptr_t)(v) & ~(uintptr_t)(BLOCK_SIZE - 1)))

static Block *current_block, *empty_blocks, *sparse_blocks;
static size_t empty_count, block_count;
static Py_ssize_t failing_allocation; /* for tests: the allocation that is to fail, from 1; or 0 */

static int
allocation_fails(void)
{
    return UNLIKELY(failing_allocation) && --failing_allocation == 0;
}

static void *
checked_malloc(size_t size)
{
    return allocation_fails() ? NULL : malloc(size);
}

static void *
checked_realloc(void *old, size_t size)
{
    return allocation_fails() ? NULL : realloc(old, size);
}

static Block *
new_block(void)
{
    void *memory = NULL;
    if (allocation_fails())
        return NULL;
#ifdef _WIN32
    memory = _aligned_malloc(BLOCK_SIZE, BLOCK_SIZE);
#else
    if (posix_memalign(&memory, BLOCK_SIZE, BLOCK_SIZE) != 0)
        memory = NULL;
#endif
    if (memory != NULL)
        block_count++;
    return memory;
}

static void
release_block(Block *block)
{
    block_count--;
#ifdef _WIN32
    _aligned_free(block);
#else
    free(block);
#endif
}

static void
reset_block(Block *block)
{
    block->next = block->previous = NULL;
    block->free = NULL;
    block->bump = FIRST_PLACE(block);
    block->live = block->sparse = 0;
}

static void
unlink_sparse(Block *block)
{
    if (block->previous)
        block->previous->next = block->next;
    else
        sparse_blocks = block->next;
    if (block->next)
        block->next->previous = block->previous;
    block->next = block->previous = NULL;
    block->sparse = 0;
}

static int
next_block(void)
{
    Block *block = empty_blocks;
    if (block) {
        empty_blocks = block->next;
        empty_count--;
        reset_block(block);
    } else if (sparse_blocks) {
        block = sparse_blocks;
        unlink_sparse(block);
    } else {
        block = new_block();
        if (!block)
            return -1;
        reset_block(block);
    }
    current_block = block;
    return 0;
}

/* A place for a node, uninitialised; NULL with MemoryError. */
static inline Value *
take_place(void)
{
    for (;;) {
        Block *block = current_block;
        if (LIKELY(block != NULL)) {
            Value *v = block->free;
            if (v) {
                block->free = v->next;
                block->live++;
                return v;
            }
            if (LIKELY(block->bump + sizeof(Value) <= (char *)block + BLOCK_SIZE)) {
                v = (Value *)block->bump;
                block->bump += sizeof(Value);
                block->live++;
                return v;
            }
        }
        if (next_block() < 0) {
            PyErr_NoMemory();
            return NULL;
        }
    }
}

static inline void
give_back(Value *v)
{
    Block *block = BLOCK_OF(v);
    if (--block->live == 0) {
        if (block == current_block) {
            reset_block(block);
            return;
        }
        if (block->sparse)
            unlink_sparse(block);
        if (empty_count >= EMPTY_BLOCKS_KEPT) {
            release_block(block);
            return;
        }
        block->next = empty_blocks;
        empty_blocks = block;
        empty_count++;
        return;
    }
    v->next = block->free;
    block->free = v;
    if (UNLIKELY(!block->sparse && block != current_block && block->live <= CAPACITY / 2)) {
        block->sparse = 1;
        block->previous = NULL;
        block->next = sparse_blocks;
        if (sparse_blocks)
            sparse_blocks->previous = block;
        sparse_blocks = block;
    }
}

/* A header with one reference, on memory that may hold anything: Py_SET_REFCNT would look at what
 * was there and might take it for an immortal object. */
static inline void
be_born(PyObject *object)
{
    memset(object, 0, sizeof(PyObject));
#ifdef Py_GIL_DISABLED
    PyObject_Init(object, Value_Type);
    Py_DECREF(Value_Type);
#else
    object->ob_refcnt = 1;
    object->ob_type = Value_Type;
#endif
}

/* A node without operands. */
static inline Value *
new_node(double data, int opcode, int arity)
{
    Value *v = take_place();
    if (UNLIKELY(!v))
        return NULL;
    be_born((PyObject *)v);
    v->data = data;
    v->grad = 0.0;
    v->label = NULL;
    v->weakrefs = NULL;
    v->mark = 0;
    v->opcode = (unsigned)opcode;
    v->arity = (unsigned)arity;
    return v;
}

static Value *dead; /* nodes whose last reference is gone */
static int burying;

static void
bury(Value *v)
{
    PyObject *label = v->label, *op = NULL;
    Many *many = v->arity == MANY ? v->many : NULL;
    Py_ssize_t count;
    Operand *operands = operands_of(v, &count);
    for (Py_ssize_t i = 0; i < count; i++)
        Py_XDECREF((PyObject *)operands[i].node); /* at most lengthens the list of the dead */
    if (many) {
        op = many->op;
        free(many);
    }
    give_back(v);
    Py_XDECREF(label);
    Py_XDECREF(op);
}

static void
value_dealloc(PyObject *self)
{
    Value *v = (Value *)self;
    if (v->weakrefs)
        PyObject_ClearWeakRefs(self);
    if (!Py_IS_TYPE(self, Value_Type)) { /* of a subclass: a leaf in ordinary memory */
        PyTypeObject *type = Py_TYPE(self);
        Py_CLEAR(v->label);
        type->tp_free(self);
        Py_DECREF(type);
        return;
    }
    v->next = dead;
    dead = v;
    if (burying)
        return;
    burying = 1;
    while (dead) {
        v = dead;
        dead = v->next;
        bury(v);
    }
    burying = 0;
}

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

/* Whether this thread records, and its watch (a new reference or NULL). Returns -1 for an error. */
static int
consult_modes(PyObject **watch)
{
    PyObject *recording = PyObject_GetAttrString(shared.current, "recording");
    if (!recording)
        return -1;
    int records = PyObject_IsTrue(recording);
    Py_DECREF(recording);
    if (records <= 0)
        return records;
    *watch = PyObject_GetAttrString(shared.current, "watch");
    if (!*watch)
        return -1;
    if (*watch == Py_None)
        Py_CLEAR(*watch);
    return 1;
}

static PyObject *
show_to_watch(PyObject *watch, Value *v)
{
    if (watch && v) {
        PyObject *answer = PyObject_CallMethod(watch, "recorded", "O", (PyObject *)v);
        if (!answer)
            Py_CLEAR(v);
        Py_XDECREF(answer);
    }
    Py_XDECREF(watch);
    return (PyObject *)v;
}

/* The node of a row on at most two operands. */
static inline Value *
node_in_place(double data, int opcode, int arity, Value *const *nodes, const double *a,
              const double *p)
{
    Value *v = new_node(data, opcode, arity);
    if (UNLIKELY(!v))
        return NULL;
    for (int i = 0; i < arity; i++) {
        v->operands[i].node = nodes[i];
        v->operands[i].number = nodes[i] ? p[i] : a[i];
        Py_XINCREF((PyObject *)nodes[i]);
    }
    return v;
}

/* The node of `op` on any number of operands; `op` is NULL for a row of the table. */
static Value *
node_of_many(double data, int opcode, PyObject *op, Py_ssize_t count, Value *const *nodes,
             const double *a, const double *p)
{
    Many *many = checked_malloc(sizeof(Many) + (size_t)count * sizeof(Operand));
    Value *v = many ? new_node(data, opcode, MANY) : NULL;
    if (!v) {
        free(many);
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return NULL;
    }
    Py_XINCREF(op);
    many->op = op;
    many->count = count;
    for (Py_ssize_t i = 0; i < count; i++) {
        many->operands[i].node = nodes[i];
        many->operands[i].number = nodes[i] ? p[i] : a[i];
        Py_XINCREF((PyObject *)nodes[i]);
    }
    v->many = many;
    return v;
}

typedef double (*Forward)(const double *, double *);
typedef double (*Reduce)(Py_ssize_t, const double *, double *);

static Value *
node_of_row(double data, int opcode, Py_ssize_t count, Value *const *nodes, const double *a,
            const double *p)
{
    if (count <= 2)
        return node_in_place(data, opcode, (int)count, nodes, a, p);
    return node_of_many(data, opcode, NULL, count, nodes, a, p);
}

static PyObject *
record_with_modes(double data, int opcode, Py_ssize_t count, Value *const *nodes, const double *a,
                  const double *p)
{
    PyObject *watch = NULL;
    int records = consult_modes(&watch);
    if (records < 0)
        return NULL;
    if (!records)
        return (PyObject *)new_node(data, LEAF, 0);
    return show_to_watch(watch, node_of_row(data, opcode, count, nodes, a, p));
}

ALWAYS_INLINE PyObject *
unary(PyObject *self, int opcode, Forward forward)
{
    Value *x = (Value *)self;
    double a[1] = {x->data}, p[1];
    double data = forward(a, p);
    if (UNLIKELY(modes_active))
        return record_with_modes(data, opcode, 1, &x, a, p);
    return (PyObject *)node_in_place(data, opcode, 1, &x, a, p);
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
    return (PyObject *)node_in_place(data, opcode, 2, nodes, a, p);
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

typedef struct { /* operands being gathered */
    Py_ssize_t count;
    Value **nodes;
    double *a, *p;
    void *memory;
    Value *nodes_in_place[IN_PLACE];
    double numbers_in_place[2 * IN_PLACE];
} Gathered;

static int
gather_start(Gathered *g, Py_ssize_t count)
{
    g->count = count;
    g->memory = NULL;
    g->nodes = g->nodes_in_place;
    g->a = g->numbers_in_place;
    if (count > IN_PLACE) {
        size_t each = sizeof(Value *) + 2 * sizeof(double);
        g->memory = (size_t)count < PTRDIFF_MAX / each ? checked_malloc((size_t)count * each) : NULL;
        if (!g->memory) {
            PyErr_NoMemory();
            return -1;
        }
        g->a = g->memory;
        g->nodes = (Value **)(g->a + 2 * count);
    }
    g->p = g->a + count;
    return 0;
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

static PyObject *
record_row(int opcode, Gathered *g)
{
    double data;
    gather_finish(g);
    if (rows[opcode].reduce)
        data = rows[opcode].reduce(g->count / rows[opcode].columns, g->a, g->p);
    else
        data = rows[opcode].forward(g->a, g->p);
    if (UNLIKELY(modes_active))
        return record_with_modes(data, opcode, g->count, g->nodes, g->a, g->p);
    return (PyObject *)node_of_row(data, opcode, g->count, g->nodes, g->a, g->p);
}

/* A primitive that is no row of the table: its Python functions give value and partials. */
static PyObject *
record_custom(PyObject *op, Gathered *g)
{
    PyObject *kind = (PyObject *)Value_Type, *watch = NULL, *node = NULL;
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
    int records = modes_active ? consult_modes(&watch) : 1;
    if (records <= 0) {
        node = records < 0 ? NULL : (PyObject *)new_node(data, LEAF, 0);
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
    node = show_to_watch(watch, node_of_many(data, CUSTOM, op, g->count, g->nodes, g->a, g->p));
    watch = NULL;
done:
    Py_DECREF(numbers);
    Py_XDECREF(value);
    Py_XDECREF(partials);
    Py_XDECREF(watch);
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
    if (gather_start(&g, count) < 0)
        return NULL;
    int gathered = gather(&g, 0, ((PyTupleObject *)operands)->ob_item, count);
    if (gathered == 0 && opcode == OP_power && g.nodes[1])
        opcode = OP_pow; /* the exponent is no constant */
    if (gathered == 0)
        node = opcode == CUSTOM ? record_custom(op, &g) : record_row(opcode, &g);
    free(g.memory);
    return node;
}

/* Calling primitives ----------------------------------------------------------------------------
 *
 * These are short ways for native Values and numbers, in lists or tuples. Whatever they do not
 * know they leave to the Python code, by answering NotImplemented.
 */

/* Gather the items of a list or tuple if they are just Values and floats, of which `found` counts
 * the Values. Runs no Python code. Returns 0 if there is anything else. */
static inline int
gather_plain(Gathered *g, Py_ssize_t offset, PyObject *const *items, Py_ssize_t count,
             Py_ssize_t *found)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = items[i];
        if (LIKELY(Py_IS_TYPE(item, Value_Type))) {
            g->nodes[offset + i] = (Value *)item;
            g->a[offset + i] = ((Value *)item)->data;
            ++*found;
        } else if (PyFloat_CheckExact(item)) {
            g->nodes[offset + i] = NULL;
            g->a[offset + i] = PyFloat_AS_DOUBLE(item);
        } else {
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
    for (Py_ssize_t c = 0; c < given; c++) {
        if (!is_sequence(columns[c]))
            Py_RETURN_NOTIMPLEMENTED;
        items[c] = items_of(columns[c], &count[c]);
        if (count[c] != count[0] || count[c] == 0)
            Py_RETURN_NOTIMPLEMENTED;
    }
    if (gather_start(&g, count[0] * given) < 0)
        return NULL;
    for (Py_ssize_t c = 0; c < given; c++)
        if (!gather_plain(&g, c * count[0], items[c], count[0], &found))
            goto done;
    if (found)
        node = record_row(opcode, &g);
done:
    free(g.memory);
    return node == Py_NotImplemented ? Py_NewRef(node) : node;
}

/* primitive(*operands), bound by an instancemethod; `usual` is the Python function. */
static PyObject *
call_primitive(PyObject *usual, PyObject *const *args, Py_ssize_t given, PyObject *names)
{
    if (given > 1 && !names) {
        int opcode = opcode_of(args[0]);
        if (opcode != CUSTOM && rows[opcode].arity == given - 1 && rows[opcode].arity <= 2) {
            Gathered g;
            Py_ssize_t found = 0;
            gather_start(&g, given - 1);
            if (gather_plain(&g, 0, args + 1, given - 1, &found) && found) {
                if (opcode == OP_power && g.nodes[1])
                    opcode = OP_pow;
                return record_row(opcode, &g);
            }
        } else if (opcode != CUSTOM && rows[opcode].reduce && rows[opcode].columns == given - 1) {
            PyObject *node = record_columns(opcode, args + 1, given - 1);
            if (node != Py_NotImplemented)
                return node;
            Py_DECREF(node);
        }
    }
    return PyObject_Vectorcall(usual, args, (size_t)given, names);
}

/* each(primitive, xs[, ys]): the list of primitive(x[, y]). */
static PyObject *
module_each(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    if (given < 2 || given > 3)
        Py_RETURN_NOTIMPLEMENTED;
    int opcode = opcode_of(args[0]);
    Py_ssize_t arity = given - 1, count, same;
    if (opcode == CUSTOM || rows[opcode].arity != arity || !is_sequence(args[1]) ||
        !is_sequence(args[arity]) || modes_active)
        Py_RETURN_NOTIMPLEMENTED;
    PyObject **xs = items_of(args[1], &count), **ys = items_of(args[arity], &same);
    if (same != count)
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list && i < count; i++) {
        Gathered g;
        Py_ssize_t found = 0;
        PyObject *operands[2] = {xs[i], ys[i]}, *node = NULL;
        gather_start(&g, arity);
        if (!gather_plain(&g, 0, operands, arity, &found) || !found) {
            Py_DECREF(list);
            Py_RETURN_NOTIMPLEMENTED;
        }
        node = record_row(opcode, &g);
        if (node)
            PyList_SET_ITEM(list, i, node);
        else
            Py_CLEAR(list);
    }
    return list;
}

/* matvec(matrix, x): the list of dot(row, x). */
static PyObject *
module_matvec(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    Py_ssize_t count, n, found = 0;
    PyObject *list = NULL;
    if (given != 2 || !is_sequence(args[0]) || !is_sequence(args[1]) || modes_active)
        Py_RETURN_NOTIMPLEMENTED;
    PyObject **matrix = items_of(args[0], &count), **xs = items_of(args[1], &n);
    Gathered g;
    if (n == 0 || gather_start(&g, 2 * n) < 0) {
        if (n)
            return NULL;
        Py_RETURN_NOTIMPLEMENTED;
    }
    int known = gather_plain(&g, n, xs, n, &found);
    if (known && !(list = PyList_New(count)))
        goto done;
    for (Py_ssize_t i = 0; list && known && i < count; i++) {
        Py_ssize_t size = -1, here = found;
        PyObject **row = is_sequence(matrix[i]) ? items_of(matrix[i], &size) : NULL;
        known = size == n && gather_plain(&g, 0, row, n, &here) && here;
        if (!known)
            break;
        double data = dot_forward(n, g.a, g.p);
        Value *v = node_of_row(data, OP_dot, 2 * n, g.nodes, g.a, g.p);
        if (v)
            PyList_SET_ITEM(list, i, (PyObject *)v);
        else
            Py_CLEAR(list);
    }
    if (!known) {
        Py_XDECREF(list);
        list = Py_NewRef(Py_NotImplemented);
    }
done:
    free(g.memory);
    return list;
}

static int set_data(PyObject *self, PyObject *number, void *closure);

/* Elementwise -----------------------------------------------------------------------------------
 *
 * A short list of operations, done for many leaves at once, so that the compiler can vectorise.
 */

#define LANES 64

typedef void (*Lanes)(double *restrict, const double *, const double *);

#define LANES_1(name)                                                                             \
    static void name##_lanes(double *restrict out, const double *x, const double *y)              \
    {                                                                                             \
        (void)y;                                                                                  \
        for (int i = 0; i < LANES; i++) {                                                         \
            double p[1];                                                                          \
            out[i] = name##_forward(&x[i], p);                                                    \
        }                                                                                         \
    }
#define LANES_2(name)                                                                             \
    static void name##_lanes(double *restrict out, const double *x, const double *y)              \
    {                                                                                             \
        for (int i = 0; i < LANES; i++) {                                                         \
            double a[2] = {x[i], y[i]}, p[2];                                                     \
            out[i] = name##_forward(a, p);                                                        \
        }                                                                                         \
    }
#define LANES_3(name)
#define LANES_OF(name, arity) LANES_##arity(name)
FIXED_ROWS(LANES_OF)

#define LANES_ENTRY_1(name) [OP_##name] = name##_lanes,
#define LANES_ENTRY_2(name) [OP_##name] = name##_lanes,
#define LANES_ENTRY_3(name)
#define LANES_ENTRY(name, arity) LANES_ENTRY_##arity(name)
static const Lanes lanes_of[OPCODES] = {FIXED_ROWS(LANES_ENTRY)};

enum { LITERALS, OPERATIONS, OUTPUTS, CONSTANTS, STATES, MOST_STATES = 8 };

/* Do it for leaves[first] and those after it; `places` are rows of LANES numbers. */
static void
elementwise_chunk(double *places, const Py_buffer *views, Py_ssize_t states, PyObject **leaves,
                  Py_ssize_t first, Py_ssize_t count)
{
    const int *operations = views[OPERATIONS].buf, *outputs = views[OUTPUTS].buf;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    Py_ssize_t constants = views[CONSTANTS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t literals = views[LITERALS].len / (Py_ssize_t)sizeof(double);
    double *result = places + (2 + states + constants + literals) * LANES;
    for (Py_ssize_t i = 0; i < count; i++) {
        places[i] = ((Value *)leaves[first + i])->data;
        places[LANES + i] = ((Value *)leaves[first + i])->grad;
    }
    for (Py_ssize_t k = 0; k < states; k++)
        memcpy(places + (2 + k) * LANES, (double *)views[STATES + k].buf + first,
               (size_t)count * sizeof(double));
    for (Py_ssize_t k = 0; k < total; k++, operations += 3, result += LANES)
        lanes_of[operations[0]](result, places + (Py_ssize_t)operations[1] * LANES,
                                places + (Py_ssize_t)operations[2] * LANES);
    for (Py_ssize_t i = 0; i < count; i++)
        ((Value *)leaves[first + i])->data = places[(Py_ssize_t)outputs[0] * LANES + i];
    for (Py_ssize_t k = 0; k < states; k++)
        memcpy((double *)views[STATES + k].buf + first, places + (Py_ssize_t)outputs[1 + k] * LANES,
               (size_t)count * sizeof(double));
}

/* Whether the program stays within its places. */
static int
elementwise_is_sound(const Py_buffer *views, Py_ssize_t inputs, Py_ssize_t states)
{
    const int *operations = views[OPERATIONS].buf, *outputs = views[OUTPUTS].buf;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    if (views[OUTPUTS].len != (1 + states) * (Py_ssize_t)sizeof(int))
        return 0;
    for (Py_ssize_t k = 0; k < total; k++, operations += 3)
        if (operations[0] < 0 || operations[0] >= OPCODES || !lanes_of[operations[0]] ||
            operations[1] < 0 || operations[1] >= inputs + k || operations[2] < 0 ||
            operations[2] >= inputs + k)
            return 0;
    for (Py_ssize_t k = 0; k < 1 + states; k++)
        if (outputs[k] < 0 || outputs[k] >= inputs + total)
            return 0;
    return 1;
}

/* elementwise(program, leaves, states, constants): see elementwise.Elementwise. */
static PyObject *
module_elementwise(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *program, *leaves, *states, *constants, *done = NULL;
    Py_buffer views[STATES + MOST_STATES];
    int got = 0;
    double *places = NULL;
    if (!PyArg_ParseTuple(args, "O!O!O!O:elementwise", &PyTuple_Type, &program, &PyList_Type,
                          &leaves, &PyTuple_Type, &states, &constants))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(leaves), kept = PyTuple_GET_SIZE(states);
    if (PyTuple_GET_SIZE(program) != 3 || kept > MOST_STATES)
        Py_RETURN_NOTIMPLEMENTED;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyList_GET_ITEM(leaves, i)))
            Py_RETURN_NOTIMPLEMENTED;
    for (; got < STATES + kept; got++) {
        PyObject *source = got < CONSTANTS    ? PyTuple_GET_ITEM(program, got)
                           : got == CONSTANTS ? constants
                                              : PyTuple_GET_ITEM(states, got - STATES);
        int numbers = got != OPERATIONS && got != OUTPUTS;
        int flags = PyBUF_FORMAT | PyBUF_ND | (got >= STATES ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(source, &views[got], flags) < 0)
            goto end;
        if (!views[got].format || strcmp(views[got].format, numbers ? "d" : "i") != 0 ||
            (got >= STATES && views[got].len != count * (Py_ssize_t)sizeof(double))) {
            got++;
            PyErr_SetString(PyExc_ValueError, "states are arrays of doubles, one for each leaf");
            goto end;
        }
    }
    Py_ssize_t literals = views[LITERALS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t same = views[CONSTANTS].len / (Py_ssize_t)sizeof(double);
    Py_ssize_t inputs = 2 + kept + same + literals;
    Py_ssize_t total = views[OPERATIONS].len / (Py_ssize_t)(3 * sizeof(int));
    if (!elementwise_is_sound(views, inputs, kept)) {
        PyErr_SetString(PyExc_ValueError, "the elementwise program is damaged");
        goto end;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (((Value *)PyList_GET_ITEM(leaves, i))->arity != 0) {
            set_data(PyList_GET_ITEM(leaves, i), Py_None, NULL); /* only for its error */
            goto end;
        }
    places = checked_malloc((size_t)(inputs + total) * LANES * sizeof(double));
    if (!places) {
        PyErr_NoMemory();
        goto end;
    }
    memset(places, 0, (size_t)inputs * LANES * sizeof(double));
    for (Py_ssize_t k = 0; k < same + literals; k++) {
        const double *numbers = views[k < same ? CONSTANTS : LITERALS].buf;
        double number = numbers[k < same ? k : k - same];
        for (int i = 0; i < LANES; i++)
            places[(2 + kept + k) * LANES + i] = number;
    }
    for (Py_ssize_t first = 0; first < count; first += LANES)
        elementwise_chunk(places, views, kept, PySequence_Fast_ITEMS(leaves), first,
                          count - first < LANES ? count - first : LANES);
    done = Py_NewRef(Py_None);
end:
    free(places);
    while (got > 0)
        PyBuffer_Release(&views[--got]);
    return done;
}

/* zero_grad(leaves): see elementwise.zero_grad. */
static PyObject *
module_zero_grad(PyObject *Py_UNUSED(module), PyObject *leaves)
{
    if (!PyList_CheckExact(leaves))
        Py_RETURN_NOTIMPLEMENTED;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(leaves); i++) {
        if (!is_value(PyList_GET_ITEM(leaves, i)))
            Py_RETURN_NOTIMPLEMENTED;
        ((Value *)PyList_GET_ITEM(leaves, i))->grad = 0.0;
    }
    Py_RETURN_NONE;
}

/* Traversal ------------------------------------------------------------------------------------- */

typedef struct {
    Value **items;
    size_t count, room;
} Nodes;

typedef struct {
    Value *node;
    Py_ssize_t next; /* the operand to look at next */
} Frame;

typedef struct {
    Nodes order;     /* parents before the nodes that use them */
    Nodes leaves;    /* leaves, if they are kept apart */
    double *grads;   /* what `.grad` was: of the leaves, or of all nodes in `order` and `leaves` */
    Frame *frames;
    size_t depth, frame_room;
    uint64_t mark;
    int leaves_apart;
} Walk;

static uint64_t walks; /* each walk has its own mark */

static int
grow(void **items, size_t *room, size_t size)
{
    size_t wanted = *room ? *room * 2 : 256;
    void *moved = checked_realloc(*items, wanted * size);
    if (!moved) {
        PyErr_NoMemory();
        return -1;
    }
    *items = moved;
    *room = wanted;
    return 0;
}

static inline int
append(Nodes *nodes, Value *v)
{
    if (UNLIKELY(nodes->count == nodes->room) &&
        grow((void **)&nodes->items, &nodes->room, sizeof(Value *)) < 0)
        return -1;
    nodes->items[nodes->count++] = v;
    return 0;
}

static Walk spare; /* the memory of an earlier walk; a walk that starts takes it */
#define SPARE_ROOM ((size_t)1 << 20)

static void
walk_start(Walk *walk, int leaves_apart)
{
    *walk = spare;
    memset(&spare, 0, sizeof(Walk));
    walk->order.count = walk->leaves.count = walk->depth = 0;
    walk->mark = ++walks & (((uint64_t)1 << 48) - 1);
    walk->leaves_apart = leaves_apart;
}

static void
walk_end(Walk *walk)
{
    free(walk->grads);
    walk->grads = NULL;
    if (!spare.order.items && walk->order.room <= SPARE_ROOM && walk->leaves.room <= SPARE_ROOM &&
        walk->frame_room <= SPARE_ROOM) {
        spare = *walk;
        return;
    }
    free(walk->order.items);
    free(walk->leaves.items);
    free(walk->frames);
}

/* Put `v` where it belongs if it is a leaf, or else on the stack. */
static inline int
enter(Walk *walk, Value *v)
{
    v->mark = walk->mark;
    if (v->arity == 0)
        return append(walk->leaves_apart ? &walk->leaves : &walk->order, v);
    if (UNLIKELY(walk->depth == walk->frame_room) &&
        grow((void **)&walk->frames, &walk->frame_room, sizeof(Frame)) < 0)
        return -1;
    walk->frames[walk->depth].node = v;
    walk->frames[walk->depth++].next = 0;
    return 0;
}

/* Append all that `root` depends on, depth first and from left to right. Runs no Python code. */
static int
walk_from(Walk *walk, Value *root)
{
    if (root->mark == walk->mark)
        return 0;
    if (enter(walk, root) < 0)
        return -1;
    while (walk->depth) {
        Frame *frame = &walk->frames[walk->depth - 1];
        Py_ssize_t count;
        Operand *operands = operands_of(frame->node, &count);
        Value *found = NULL;
        while (frame->next < count) {
            Value *parent = operands[frame->next++].node;
            if (parent && parent->mark != walk->mark) {
                if (parent->arity == 0) {
                    if (enter(walk, parent) < 0)
                        return -1;
                    continue;
                }
                found = parent;
                break;
            }
        }
        if (found) {
            if (enter(walk, found) < 0)
                return -1;
        } else {
            if (append(&walk->order, frame->node) < 0)
                return -1;
            walk->depth--;
        }
    }
    return 0;
}

/* Keep the grads of `nodes` from place `offset` on, and set them to a zero that leaves no trace. */
static void
clear_grads(Nodes *nodes, double *kept)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (kept)
            kept[i] = nodes->items[i]->grad;
        nodes->items[i]->grad = -0.0; /* -0.0 + x is x, for every x */
    }
}

static void
restore_grads(Nodes *nodes, const double *kept)
{
    for (size_t i = 0; i < nodes->count; i++)
        nodes->items[i]->grad = kept ? kept[i] : 0.0;
}

#define SIGNALS_EVERY ((size_t)1 << 20) /* nodes between looks at Ctrl-C */

/* The chain rule, from the root down. Returns 1 if a signal handler interfered, -1 for an error. */
static int
sweep(Walk *walk)
{
    for (size_t i = walk->order.count; i-- > 0;) {
        Value *v = walk->order.items[i];
        double gradient = v->grad;
        if (LIKELY(v->arity == 2)) {
            if (v->operands[0].node)
                v->operands[0].node->grad += gradient * v->operands[0].number;
            if (v->operands[1].node)
                v->operands[1].node->grad += gradient * v->operands[1].number;
        } else {
            Py_ssize_t count;
            Operand *operands = operands_of(v, &count);
            for (Py_ssize_t k = 0; k < count; k++)
                if (operands[k].node)
                    operands[k].node->grad += gradient * operands[k].number;
        }
        if (UNLIKELY(i % SIGNALS_EVERY == SIGNALS_EVERY - 1)) {
            uint64_t before = walks;
            if (PyErr_CheckSignals() < 0)
                return -1;
            if (walks != before)
                return 1; /* a handler walked some graph, maybe this one: once more from the start */
        }
    }
    return 0;
}

/* Walk from `root` and leave d root / d node times `seed` in the `grad` of every node. What was
 * there before is in walk->grads: of the leaves, or of the order and then the leaves.
 * After an error every grad of a leaf, or of every node, is as it was. */
static int
differentiate(Walk *walk, Value *root, double seed, int keep_all)
{
    for (;;) {
        walk_start(walk, 1);
        if (walk_from(walk, root) < 0)
            goto fail;
        size_t kept = walk->leaves.count + (keep_all ? walk->order.count : 0);
        walk->grads = checked_malloc((kept ? kept : 1) * sizeof(double));
        if (!walk->grads) {
            PyErr_NoMemory();
            goto fail;
        }
        double *of_leaves = walk->grads + (keep_all ? walk->order.count : 0);
        clear_grads(&walk->order, keep_all ? walk->grads : NULL);
        clear_grads(&walk->leaves, of_leaves);
        root->grad = seed;
        int interfered = sweep(walk);
        if (interfered == 0)
            return 0;
        restore_grads(&walk->order, keep_all ? walk->grads : NULL);
        restore_grads(&walk->leaves, of_leaves);
        if (interfered < 0)
            goto fail;
        walk_end(walk);
    }
fail:
    walk_end(walk);
    return -1;
}

/* Under a watch, backward is the shared Python loop. */
static int
watched(void)
{
    PyObject *watch = NULL;
    if (!modes_active)
        return 0;
    watch = PyObject_GetAttrString(shared.current, "watch");
    if (!watch)
        return -1;
    int on = watch != Py_None;
    Py_DECREF(watch);
    return on;
}

/* _backward(gradient): as backward; False if a watch is on and nothing was done. */
static PyObject *
value_backward(PyObject *self, PyObject *gradient)
{
    double seed;
    if (as_number(gradient, NULL, &seed) < 0)
        return NULL;
    int watching = watched();
    if (watching)
        return watching < 0 ? NULL : Py_NewRef(Py_False);
    Walk walk;
    if (differentiate(&walk, (Value *)self, seed, 0) < 0)
        return NULL;
    for (size_t i = 0; i < walk.leaves.count; i++) {
        Value *leaf = walk.leaves.items[i];
        leaf->grad = walk.grads[i] + leaf->grad;
    }
    walk_end(&walk);
    Py_RETURN_TRUE;
}

/* _gradients(xs): the list of d self / d x, leaving every grad alone; None if a watch is on. */
static PyObject *
value_gradients(PyObject *self, PyObject *xs)
{
    if (!PyList_Check(xs)) {
        PyErr_SetString(PyExc_TypeError, "_gradients takes a list of Values");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(xs); i++)
        if (!is_value(PyList_GET_ITEM(xs, i))) {
            PyErr_SetString(PyExc_TypeError, "_gradients takes a list of Values");
            return NULL;
        }
    int watching = watched();
    if (watching < 0)
        return NULL;
    if (watching)
        Py_RETURN_NONE;
    Walk walk;
    if (differentiate(&walk, (Value *)self, 1.0, 1) < 0)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(xs); /* a signal handler may have changed it */
    PyObject *found = PyList_New(count);
    for (Py_ssize_t i = 0; found && i < count; i++) {
        PyObject *item = PyList_GET_ITEM(xs, i);
        int reached = is_value(item) && ((Value *)item)->mark == walk.mark;
        PyObject *number = PyFloat_FromDouble(reached ? ((Value *)item)->grad : 0.0);
        if (number)
            PyList_SET_ITEM(found, i, number);
        else
            Py_CLEAR(found);
    }
    restore_grads(&walk.order, walk.grads);
    restore_grads(&walk.leaves, walk.grads + walk.order.count);
    walk_end(&walk);
    return found;
}

/* _topological_order(roots): see chain_rule.topological_order. */
static PyObject *
value_topological_order(PyObject *Py_UNUSED(ignored), PyObject *roots)
{
    PyObject *list = NULL;
    Walk walk;
    PyObject *kept = PySequence_Tuple(roots);
    if (!kept)
        return NULL;
    walk_start(&walk, 0);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kept); i++) {
        PyObject *root = PyTuple_GET_ITEM(kept, i);
        if (!is_value(root)) {
            PyErr_Format(PyExc_TypeError, "expected a Value of the native engine, got %R", root);
            goto done;
        }
        if (walk_from(&walk, (Value *)root) < 0)
            goto done;
    }
    list = PyList_New((Py_ssize_t)walk.order.count);
    if (list)
        for (size_t i = 0; i < walk.order.count; i++)
            PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef((PyObject *)walk.order.items[i]));
done:
    walk_end(&walk);
    Py_DECREF(kept);
    return list;
}

/* Attributes ------------------------------------------------------------------------------------ */

static PyObject *
get_data(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((Value *)self)->data);
}

static int
new_number(PyObject *number, double *target, const char *name)
{
    double found;
    if (!number) {
        PyErr_Format(PyExc_AttributeError, "%s of a Value cannot be deleted", name);
        return -1;
    }
    if (as_number(number, NULL, &found) < 0)
        return -1;
    *target = found;
    return 0;
}

static int
set_data(PyObject *self, PyObject *number, void *Py_UNUSED(closure))
{
    if (((Value *)self)->arity != 0) {
        PyObject *error = PyObject_CallOneArg(shared.only_leaves_change, self);
        if (error)
            PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_XDECREF(error);
        return -1;
    }
    return new_number(number, &((Value *)self)->data, "data");
}

static PyObject *
get_grad(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((Value *)self)->grad);
}

static int
set_grad(PyObject *self, PyObject *number, void *Py_UNUSED(closure))
{
    return new_number(number, &((Value *)self)->grad, "grad");
}

static PyObject *
get_label(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *label = ((Value *)self)->label;
    return Py_NewRef(label ? label : Py_None);
}

static int
set_label(PyObject *self, PyObject *label, void *Py_UNUSED(closure))
{
    if (!label) {
        PyErr_SetString(PyExc_AttributeError, "label of a Value cannot be deleted; set it to None");
        return -1;
    }
    PyObject *before = ((Value *)self)->label;
    ((Value *)self)->label = label == Py_None ? NULL : Py_NewRef(label);
    Py_XDECREF(before);
    return 0;
}

static PyObject *
get_op(PyObject *self, void *Py_UNUSED(closure))
{
    Value *v = (Value *)self;
    if (v->opcode == LEAF)
        Py_RETURN_NONE;
    if (v->opcode == CUSTOM)
        return Py_NewRef(v->many->op);
    return Py_NewRef(PyTuple_GET_ITEM(shared.rows, v->opcode));
}

enum { ARGS, PARENTS, PARTIALS };

/* One of the three views of the operands, as a tuple. */
static PyObject *
get_operands(PyObject *self, void *closure)
{
    intptr_t view = (intptr_t)closure;
    Py_ssize_t count, size = 0;
    Operand *operands = operands_of((Value *)self, &count);
    for (Py_ssize_t i = 0; i < count; i++)
        size += view == ARGS || operands[i].node;
    PyObject *tuple = PyTuple_New(size);
    for (Py_ssize_t i = 0, place = 0; tuple && i < count; i++) {
        PyObject *item;
        if (operands[i].node && view != PARTIALS)
            item = Py_NewRef((PyObject *)operands[i].node);
        else if (operands[i].node || view == ARGS)
            item = PyFloat_FromDouble(operands[i].number);
        else
            continue;
        if (item)
            PyTuple_SET_ITEM(tuple, place++, item);
        else
            Py_CLEAR(tuple);
    }
    return tuple;
}

static PyGetSetDef attributes[] = {
    {"data", get_data, set_data, NULL, NULL},
    {"grad", get_grad, set_grad, NULL, NULL},
    {"_grad", get_grad, set_grad, NULL, NULL},
    {"label", get_label, set_label, NULL, NULL},
    {"op", get_op, NULL, NULL, NULL},
    {"args", get_operands, NULL, NULL, (void *)(intptr_t)ARGS},
    {"parents", get_operands, NULL, NULL, (void *)(intptr_t)PARENTS},
    {"partials", get_operands, NULL, NULL, (void *)(intptr_t)PARTIALS},
    {NULL},
};

/* The type -------------------------------------------------------------------------------------- */

static PyObject *
value_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(named))
{
    if (type == Value_Type)
        return (PyObject *)new_node(0.0, LEAF, 0);
    Value *v = allocation_fails() ? NULL : (Value *)type->tp_alloc(type, 0);
    if (!v) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return NULL;
    }
    v->opcode = LEAF;
    return (PyObject *)v;
}

static int
initialise(Value *v, PyObject *number, PyObject *label)
{
    if (set_data((PyObject *)v, number, NULL) < 0)
        return -1;
    return label ? set_label((PyObject *)v, label, NULL) : 0;
}

static int
value_init(PyObject *self, PyObject *args, PyObject *named)
{
    static char *names[] = {"data", "label", NULL};
    PyObject *data, *label = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O|O:Value", names, &data, &label))
        return -1;
    return initialise((Value *)self, data, label);
}

/* Value(data, label=None), without making a tuple and a dict of the arguments. */
static PyObject *
value_vectorcall(PyObject *type, PyObject *const *args, size_t flags, PyObject *names)
{
    Py_ssize_t given = PyVectorcall_NARGS(flags);
    if (UNLIKELY(names || given < 1 || given > 2)) { /* the usual way, with its messages */
        PyObject *self = NULL, *tuple = PyTuple_New(given), *dict = NULL;
        for (Py_ssize_t i = 0; tuple && i < given; i++)
            PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
        if (tuple && names) {
            dict = PyDict_New();
            for (Py_ssize_t i = 0; dict && i < PyTuple_GET_SIZE(names); i++)
                if (PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), args[given + i]) < 0)
                    Py_CLEAR(dict);
        }
        if (tuple && (!names || dict))
            self = value_new((PyTypeObject *)type, NULL, NULL);
        if (self && value_init(self, tuple, dict) < 0)
            Py_CLEAR(self);
        Py_XDECREF(tuple);
        Py_XDECREF(dict);
        return self;
    }
    double data;
    if (as_number(args[0], NULL, &data) < 0)
        return NULL;
    Value *v = new_node(data, LEAF, 0);
    if (v && given == 2 && args[1] != Py_None)
        v->label = Py_NewRef(args[1]);
    return (PyObject *)v;
}

static PyObject *
value_richcompare(PyObject *self, PyObject *other, int operation)
{
    if (operation == Py_EQ || operation == Py_NE)
        Py_RETURN_NOTIMPLEMENTED; /* so that Python compares identities */
    double y;
    if (is_value(other)) {
        y = ((Value *)other)->data;
    } else {
        int found = as_number(other, self, &y);
        if (found < 0)
            return NULL;
        if (!found)
            Py_RETURN_NOTIMPLEMENTED;
    }
    double x = ((Value *)self)->data;
    switch (operation) {
    case Py_LT:
        return PyBool_FromLong(x < y);
    case Py_LE:
        return PyBool_FromLong(x <= y);
    case Py_GT:
        return PyBool_FromLong(x > y);
    default:
        return PyBool_FromLong(x >= y);
    }
}

static Py_hash_t
value_hash(PyObject *self)
{
    size_t address = (size_t)self;
    Py_hash_t hash = (Py_hash_t)((address >> 4) | (address << (8 * sizeof(size_t) - 4)));
    return hash == -1 ? -2 : hash;
}

static int
value_bool(PyObject *self)
{
    return ((Value *)self)->data != 0.0;
}

#define METHOD_ENTRY_1(name) {#name, method_##name, METH_NOARGS, NULL},
#define METHOD_ENTRY_2(name)
#define METHOD_ENTRY_3(name)
#define METHOD_ENTRY(name, arity) METHOD_ENTRY_##arity(name)

static PyMethodDef methods[] = {
    {"_apply", (PyCFunction)(void (*)(void))value_apply, METH_FASTCALL | METH_STATIC, NULL},
    {"_backward", value_backward, METH_O, NULL},
    {"_gradients", value_gradients, METH_O, NULL},
    {"_topological_order", value_topological_order, METH_O | METH_STATIC, NULL},
    FIXED_ROWS(METHOD_ENTRY)
    {NULL},
};

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Value, weakrefs), READONLY, NULL},
    {NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, value_new},
    {Py_tp_init, value_init},
    {Py_tp_dealloc, value_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, attributes},
    {Py_tp_richcompare, value_richcompare},
    {Py_tp_hash, value_hash},
    {Py_nb_add, slot_add},
    {Py_nb_subtract, slot_subtract},
    {Py_nb_multiply, slot_multiply},
    {Py_nb_true_divide, slot_divide},
    {Py_nb_remainder, slot_modulo},
    {Py_nb_floor_divide, slot_floor_divide},
    {Py_nb_power, slot_power},
    {Py_nb_negative, slot_negative},
    {Py_nb_absolute, slot_absolute},
    {Py_nb_bool, value_bool},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "autograd_lite.native.engine.Value",
    .basicsize = sizeof(Value),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};

/* The module ------------------------------------------------------------------------------------ */

static PyObject *
module_join(PyObject *Py_UNUSED(module), PyObject *args, PyObject *named)
{
    static char *names[] = {"rows",        "primitive",          "current", "value_at",
                            "partials_at", "only_leaves_change", "number",  NULL};
    PyObject *table, *primitive, *current, *value_at, *partials_at, *only_leaves_change, *number;
    if (!PyArg_ParseTupleAndKeywords(args, named, "O!OOOOOO:join", names, &PyTuple_Type, &table,
                                     &primitive, &current, &value_at, &partials_at,
                                     &only_leaves_change, &number))
        return NULL;
    if (shared.rows) {
        PyErr_SetString(PyExc_RuntimeError, "the native engine is joined already");
        return NULL;
    }
    if (PyTuple_GET_SIZE(table) != OPCODES) {
        PyErr_SetString(PyExc_ImportError,
                        "the native engine was built from another table; build it again");
        return NULL;
    }
    shared.rows = Py_NewRef(table);
    shared.primitive = Py_NewRef(primitive);
    shared.current = Py_NewRef(current);
    shared.value_at = Py_NewRef(value_at);
    shared.partials_at = Py_NewRef(partials_at);
    shared.number = Py_NewRef(number);
    shared.only_leaves_change = Py_NewRef(only_leaves_change);
    for (int opcode = 0; opcode < OPCODES; opcode++) {
        PyObject *row = PyTuple_GET_ITEM(table, opcode);
        size_t i = place_of(row);
        while (opcodes_by_row[i].row)
            i = (i + 1) % 512;
        opcodes_by_row[i].row = row;
        opcodes_by_row[i].opcode = opcode;
    }
    Py_RETURN_NONE;
}

static PyObject *
module_set_active(PyObject *Py_UNUSED(module), PyObject *count)
{
    long active = PyLong_AsLong(count);
    if (active == -1 && PyErr_Occurred())
        return NULL;
    modes_active = active > 0;
    Py_RETURN_NONE;
}

/* memory(): bytes of a node, blocks in use or kept, bytes of a block. */
static PyObject *
module_memory(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("{s:n,s:n,s:n,s:i}", "node", (Py_ssize_t)sizeof(Value), "blocks",
                         (Py_ssize_t)block_count, "empty", (Py_ssize_t)empty_count, "block",
                         BLOCK_SIZE);
}

static PyObject *
module_fail_allocation(PyObject *Py_UNUSED(module), PyObject *number)
{
    Py_ssize_t wanted = PyLong_AsSsize_t(number);
    if (wanted == -1 && PyErr_Occurred())
        return NULL;
    Py_ssize_t left = failing_allocation;
    failing_allocation = wanted > 0 ? wanted : 0;
    return PyLong_FromSsize_t(left);
}

static PyMethodDef call_definition = {"__call__", (PyCFunction)(void (*)(void))call_primitive,
                                      METH_FASTCALL | METH_KEYWORDS, NULL};

/* caller(usual): a method `__call__` for primitives that falls back on the function `usual`. */
static PyObject *
module_caller(PyObject *Py_UNUSED(module), PyObject *usual)
{
    PyObject *function = PyCFunction_New(&call_definition, usual), *method = NULL;
    if (function)
        method = PyInstanceMethod_New(function);
    Py_XDECREF(function);
    return method;
}

static PyMethodDef functions[] = {
    {"each", (PyCFunction)(void (*)(void))module_each, METH_FASTCALL, NULL},
    {"matvec", (PyCFunction)(void (*)(void))module_matvec, METH_FASTCALL, NULL},
    {"caller", module_caller, METH_O, NULL},
    {"elementwise", module_elementwise, METH_VARARGS, NULL},
    {"zero_grad", module_zero_grad, METH_O, NULL},
    {"join", (PyCFunction)(void (*)(void))module_join, METH_VARARGS | METH_KEYWORDS, NULL},
    {"set_active", module_set_active, METH_O, NULL},
    {"memory", module_memory, METH_NOARGS, NULL},
    {"fail_allocation", module_fail_allocation, METH_O,
     "fail_allocation(n): let the n-th allocation from now fail, for tests; 0: none."},
    {NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd_lite.native.engine",
    .m_doc = "The mechanism of the native engine.",
    .m_size = -1, /* one per process: no subinterpreters */
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit_engine(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (!module)
        return NULL;
    Value_Type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (!Value_Type) {
        Py_DECREF(module);
        return NULL;
    }
    Value_Type->tp_vectorcall = value_vectorcall;
    if (PyModule_AddObjectRef(module, "Value", (PyObject *)Value_Type) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
