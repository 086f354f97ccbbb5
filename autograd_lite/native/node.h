/* The node, and where nodes live and die. */
#ifndef AUTOGRAD_LITE_NODE_H
#define AUTOGRAD_LITE_NODE_H

#include "engine.h"
#include "memory.h"
#include "scopes.h"
#include "table.inc"

/* The node ------------------------------------------------------------------------------------- */

typedef struct Value Value;

/* Operands are two arrays: of nodes (strong references; NULL for a constant) and of numbers (the
 * partials by the nodes; or the constants). */

typedef struct { /* the operands of a node that has more than two, or a primitive of its own */
    PyObject *op; /* a custom primitive; NULL for a row of the table */
    Py_ssize_t count;
    double numbers[]; /* and then the nodes */
} Many;

enum { LEAF = OPCODES, CUSTOM, COLUMN }; /* opcodes of what is no row of the table */
enum { COLUMNS = 254, MANY };             /* arities of nodes whose operands are elsewhere */

struct Value {
    PyObject_HEAD
    double data;
    union {
        double grad;
        Value *next; /* in the list of dead nodes, and in the list of free places of a block */
    };
    PyObject *kept; /* scope and label: see scopes.h */
    PyObject *weakrefs;
    uint64_t mark : 48; /* the last traversal that came by */
    uint64_t opcode : 8;
    uint64_t arity : 8; /* operands in place, 0 to 2; or COLUMNS, or MANY */
    union {
        struct {
            Value *nodes[2]; /* of arity COLUMNS: two columns, see columns.h */
            double numbers[2];
        };
        struct {
            Many *many;
            Value **place; /* these are of a column alone */
            uint64_t written;
            Py_ssize_t values;
        };
    };
};

static PyTypeObject *Value_Type; /* for good; nodes hold no reference to it */

static struct { /* what `join` brings from Python */
    PyObject *rows, *primitive, *current, *value_at, *partials_at, *only_leaves_change, *number;
} shared;

static uint64_t writes; /* how often data of Values have been assigned */

static inline int
is_value(PyObject *x)
{
    return LIKELY(Py_IS_TYPE(x, Value_Type)) || PyObject_TypeCheck(x, Value_Type);
}

static inline Value **
nodes_of_many(Many *many)
{
    return (Value **)(many->numbers + many->count);
}

/* The nodes below: the operands, or the columns that hold them. */
static inline Value **
nodes_of(Value *v, Py_ssize_t *count)
{
    if (UNLIKELY(v->arity == MANY)) {
        *count = v->many->count;
        return nodes_of_many(v->many);
    }
    *count = v->arity == COLUMNS ? 2 : v->arity;
    return v->nodes;
}

typedef struct { /* operands of a node, in one piece of memory */
    Py_ssize_t count;
    Value **nodes;                      /* NULL for a constant */
    const double *partials, *constants; /* by the nodes; in place of the others */
} Span;

/* The operands of a node, in order. Returns in how many pieces they are, 1 or 2. */
static inline int
spans_of(Value *v, Span spans[2])
{
    if (v->arity == COLUMNS) {
        for (int side = 0; side < 2; side++) {
            Many *own = v->nodes[side]->many, *other = v->nodes[!side]->many;
            spans[side] = (Span){own->count, nodes_of_many(own), other->numbers, own->numbers};
        }
        return 2;
    }
    const double *numbers = v->arity == MANY ? v->many->numbers : v->numbers;
    spans[0].nodes = nodes_of(v, &spans[0].count);
    spans[0].partials = spans[0].constants = numbers;
    return 1;
}

/* Memory ------------------------------------------------------------------------------------------
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

NEVER_INLINE int
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
ALWAYS_INLINE Value *
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

/* Apart from `new_node`, which is then shorter while no scope is open. */
NEVER_INLINE Value *
put_in_scope(Value *v)
{
    v->kept = Py_XNewRef((PyObject *)innermost());
    return v;
}

/* The scope of new nodes, a borrowed reference; or NULL. */
static inline PyObject *
current_scope(void)
{
    return scopes_open ? (PyObject *)innermost() : NULL;
}

/* A node in a scope (NULL for none). */
ALWAYS_INLINE Value *
node_in(PyObject *scope, double data, int opcode, int arity)
{
    Value *v = take_place();
    if (UNLIKELY(!v))
        return NULL;
    be_born((PyObject *)v);
    v->data = data;
    v->grad = 0.0;
    v->kept = Py_XNewRef(scope);
    v->weakrefs = NULL;
    v->mark = 0;
    v->opcode = (unsigned)opcode;
    v->arity = (unsigned)arity;
    return v;
}

ALWAYS_INLINE Value *
new_node(double data, int opcode, int arity)
{
    Value *v = node_in(NULL, data, opcode, arity);
    return LIKELY(!scopes_open || !v) ? v : put_in_scope(v);
}

/* Operands elsewhere: those of up to SMALL are used again, for a net makes and frees thousands of a
 * few sizes in each step. */
#define SMALL 64
#define SPARES_KEPT 8192

static struct {
    Many *first; /* linked by their `op` */
    int count;
} spare_many[SMALL + 1];

/* Room for `count` operands; NULL with MemoryError. */
static inline Many *
new_many(Py_ssize_t count)
{
    const size_t each = sizeof(double) + sizeof(Value *);
    Many *many = count <= SMALL ? spare_many[count].first : NULL;
    if (LIKELY(many && !failing_allocation)) {
        spare_many[count].first = (Many *)many->op;
        spare_many[count].count--;
    } else {
        many = NULL;
        if ((size_t)count < (PTRDIFF_MAX - sizeof(Many)) / each)
            many = checked_malloc(sizeof(Many) + (size_t)count * each);
        if (!many) {
            PyErr_NoMemory();
            return NULL;
        }
    }
    many->op = NULL;
    many->count = count;
    return many;
}

static inline void
free_many(Many *many)
{
    Py_ssize_t count = many->count;
    if (count > SMALL || spare_many[count].count == SPARES_KEPT) {
        free(many);
        return;
    }
    many->op = (PyObject *)spare_many[count].first;
    spare_many[count].first = many;
    spare_many[count].count++;
}

static inline void
forget_column(Value *column)
{
    if (*column->place == column)
        *column->place = NULL;
}

static Value *dead; /* nodes whose last reference is gone */
static int burying;

/* Give up the reference to an operand of a node that is being buried. */
static inline void
let_go(Value *v)
{
#if !defined(Py_REF_DEBUG) && !defined(Py_GIL_DISABLED)
    if (Py_REFCNT(v) == 1 && Py_IS_TYPE(v, Value_Type) && !v->weakrefs) {
        Py_SET_REFCNT(v, 0); /* as Py_DECREF would, without the way through value_dealloc */
        v->next = dead;
        dead = v;
        return;
    }
#endif
    Py_DECREF((PyObject *)v); /* at most lengthens the list of the dead */
}

static void
bury(Value *v)
{
    PyObject *kept = v->kept, *op = NULL;
    Many *many = v->arity == MANY ? v->many : NULL;
    Py_ssize_t count;
    Value **nodes = nodes_of(v, &count);
    for (Py_ssize_t i = 0; i < count; i++)
        if (nodes[i])
            let_go(nodes[i]);
    if (many) {
        if (v->opcode == COLUMN)
            forget_column(v);
        op = many->op;
        free_many(many);
    }
    give_back(v);
    Py_XDECREF(kept);
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
        Py_CLEAR(v->kept);
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

#endif
