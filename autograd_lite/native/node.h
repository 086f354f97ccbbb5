/* The node, and where nodes live and die. */
#ifndef AUTOGRAD_LITE_NODE_H
#define AUTOGRAD_LITE_NODE_H

#include "engine.h"
#include "memory.h"
#include "modes.h"
#include "scopes.h"
#include "table.inc"

/* The node ------------------------------------------------------------------------------------- */

typedef struct Value Value;

/* Operands are two arrays: of nodes (strong references; NULL for a constant) and of numbers (the
 * partial with respect to the node; or the constant). */

typedef struct { /* the operands of a node that has more than two, or a primitive of its own */
    PyObject *op; /* a custom primitive; NULL for a row of the table */
    Py_ssize_t count;
    double numbers[]; /* and then the nodes */
} Operands;

enum { LEAF = OPCODES, CUSTOM, COLUMN };  /* opcodes of what is no row of the table */
enum { COLUMNS = 254, ELSEWHERE };        /* arities of nodes whose operands are elsewhere */

struct Value {
    PyObject_HEAD
    double data;
    union {
        double grad;
        Value *next; /* in the list of dead nodes, and in the list of free slots of a block */
        size_t sums; /* of a column: where the walk that is under way has its sums, see walk.h */
    };
    PyObject *tag; /* place and label: see scopes.h */
    PyObject *weakrefs;
    uint64_t mark : 48; /* the last walk that came by, or that had begun when it was made */
    uint64_t opcode : 8;
    uint64_t arity : 8; /* operands in place, 0 to 2; or COLUMNS, or ELSEWHERE */
    union {
        struct {
            Value *nodes[2]; /* of arity COLUMNS: two columns, see columns.h */
            double numbers[2];
        };
        struct {
            Operands *operands;
            Value **cache_entry; /* from here on of a column alone */
            uint64_t written;
            Py_ssize_t values;
        };
    };
};

static PyTypeObject *Value_Type; /* for good; nodes hold no reference to it */

static struct { /* what `join` brings from Python */
    PyObject *rows, *primitive, *value_at, *partials_at, *number, *partials_on_values;
    PyObject *later_opcodes; /* a function that gives those of rows that only tapes know, by row */
} shared;

static uint64_t walks;  /* how many have begun; each has its number, of 48 bits, as its mark */
static uint64_t writes; /* how often data of Values have been assigned */

static inline int
is_value(PyObject *x)
{
    return LIKELY(Py_IS_TYPE(x, Value_Type)) || PyObject_TypeCheck(x, Value_Type);
}

static inline Value **
nodes_in(Operands *operands)
{
    return (Value **)(operands->numbers + operands->count);
}

/* The nodes below: the operands, or the columns that hold them. */
static inline Value **
nodes_of(Value *v, Py_ssize_t *count)
{
    if (UNLIKELY(v->arity == ELSEWHERE)) {
        *count = v->operands->count;
        return nodes_in(v->operands);
    }
    *count = v->arity == COLUMNS ? 2 : v->arity;
    return v->nodes;
}

typedef struct { /* operands of a node, in one piece of memory */
    Py_ssize_t count;
    Value **nodes;                      /* NULL for a constant */
    const double *partials, *constants; /* with respect to nodes; instead of nodes */
} Span;

/* The operands of a node, in order. Returns in how many pieces they are, 1 or 2. */
static inline int
spans_of(Value *v, Span spans[2])
{
    if (v->arity == COLUMNS) {
        for (int side = 0; side < 2; side++) {
            Operands *column = v->nodes[side]->operands, *other = v->nodes[!side]->operands;
            spans[side] = (Span){column->count, nodes_in(column), other->numbers, column->numbers};
        }
        return 2;
    }
    const double *numbers = v->arity == ELSEWHERE ? v->operands->numbers : v->numbers;
    spans[0].nodes = nodes_of(v, &spans[0].count);
    spans[0].partials = spans[0].constants = numbers;
    return 1;
}

/* Memory ------------------------------------------------------------------------------------------
 *
 * Nodes are laid one after another in blocks, in the order in which they are made, which is the
 * order in which backward walks them; this decides the speed. A block is reset when its last node
 * dies. Blocks that stay mostly empty are filled up again before new memory is asked for.
 *
 * The first blocks are asked for one by one; those of large graphs come as many as fill a huge page
 * of the system, where it has such, in a chunk, for at four kilobytes a page the system spends more
 * time on giving and taking pages than the engine on the nodes in them. A chunk is given back as a
 * whole.
 */

#define BLOCK_SIZE 65536
#define CHUNK_SIZE HUGE_PAGE
#define BLOCKS_IN_CHUNK (CHUNK_SIZE / BLOCK_SIZE)
#define EMPTY_BLOCKS_KEPT 1024

typedef struct Block {
    struct Block *next, *previous; /* in the list of empty, or of sparse blocks */
    Value *free;                   /* slots whose nodes are dead */
    char *bump;                    /* from here on nothing has been used */
    uint32_t live;
    uint8_t sparse;  /* whether in the list of sparse blocks */
    uint8_t chunked; /* whether in a chunk */
    uint16_t empty;  /* of the first block of a chunk: how many of its blocks are */
} Block;

#define FIRST_SLOT(block) ((char *)(block) + ((sizeof(Block) + 15) & ~(size_t)15))
#define CAPACITY ((BLOCK_SIZE - ((sizeof(Block) + 15) & ~(size_t)15)) / sizeof(Value))
#define BLOCK_OF(v) ((Block *)((uintptr_t)(v) & ~(uintptr_t)(BLOCK_SIZE - 1)))
#define CHUNK_OF(block) ((Block *)((uintptr_t)(block) & ~(uintptr_t)(CHUNK_SIZE - 1)))
#define BLOCK_IN(chunk, i) ((Block *)((char *)(chunk) + (i) * BLOCK_SIZE))

static Block *current_block, *empty_blocks, *sparse_blocks;
static size_t empty_count, block_count;

static inline void
link_block(Block **first, Block *block)
{
    block->previous = NULL;
    block->next = *first;
    if (*first)
        (*first)->previous = block;
    *first = block;
}

static inline void
unlink_block(Block **first, Block *block)
{
    if (block->previous)
        block->previous->next = block->next;
    else
        *first = block->next;
    if (block->next)
        block->next->previous = block->previous;
    block->next = block->previous = NULL;
}

static void
add_empty(Block *block)
{
    link_block(&empty_blocks, block);
    empty_count++;
    if (block->chunked)
        CHUNK_OF(block)->empty++;
}

static void
remove_empty(Block *block)
{
    unlink_block(&empty_blocks, block);
    empty_count--;
    if (block->chunked)
        CHUNK_OF(block)->empty--;
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
    if (memory) {
        ((Block *)memory)->chunked = 0;
        block_count++;
    }
    return memory;
}

/* Add the blocks of a new chunk to those that are empty, where there are huge pages. */
static void
new_chunk(void)
{
#ifdef MADV_HUGEPAGE
    if (allocation_fails())
        return;
    char *memory = mmap(NULL, 2 * CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                        -1, 0);
    if (memory == MAP_FAILED)
        return;
    Block *chunk = CHUNK_OF(memory + CHUNK_SIZE - 1); /* and what is around it is given back */
    size_t before = (size_t)((char *)chunk - memory);
    if (before)
        munmap(memory, before);
    munmap((char *)chunk + CHUNK_SIZE, CHUNK_SIZE - before);
    advise_huge(chunk, CHUNK_SIZE);
    for (size_t i = BLOCKS_IN_CHUNK; i-- > 0;) {
        BLOCK_IN(chunk, i)->chunked = 1;
        add_empty(BLOCK_IN(chunk, i));
    }
    block_count += BLOCKS_IN_CHUNK;
#endif
}

/* Give back a block, or its chunk if all of that is empty; there is enough without. */
static void
release_block(Block *block)
{
    if (!block->chunked) {
        remove_empty(block);
        block_count--;
#ifdef _WIN32
        _aligned_free(block);
#else
        free(block);
#endif
        return;
    }
#ifdef MADV_HUGEPAGE
    Block *chunk = CHUNK_OF(block);
    if (chunk->empty < BLOCKS_IN_CHUNK)
        return;
    for (size_t i = BLOCKS_IN_CHUNK; i-- > 0;)
        remove_empty(BLOCK_IN(chunk, i));
    block_count -= BLOCKS_IN_CHUNK;
    munmap(chunk, CHUNK_SIZE);
#endif
}

static void
reset_block(Block *block)
{
    block->free = NULL;
    block->bump = FIRST_SLOT(block);
    block->live = block->sparse = 0;
}

NEVER_INLINE int
next_block(void)
{
    Block *block = sparse_blocks;
    if (!empty_blocks && !block && block_count >= BLOCKS_IN_CHUNK)
        new_chunk();
    if (empty_blocks) {
        block = empty_blocks;
        remove_empty(block);
        reset_block(block);
    } else if (block) {
        unlink_block(&sparse_blocks, block);
        block->sparse = 0;
    } else {
        block = new_block();
        if (!block)
            return -1;
        reset_block(block);
    }
    current_block = block;
    return 0;
}

/* A slot for a node, uninitialised; NULL with MemoryError. */
ALWAYS_INLINE Value *
alloc_slot(void)
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
free_slot(Value *v)
{
    Block *block = BLOCK_OF(v);
    if (--block->live == 0) {
        if (block == current_block) {
            reset_block(block);
            return;
        }
        if (block->sparse)
            unlink_block(&sparse_blocks, block);
        add_empty(block);
        if (UNLIKELY(empty_count > EMPTY_BLOCKS_KEPT))
            release_block(block);
        return;
    }
    v->next = block->free;
    block->free = v;
    if (UNLIKELY(!block->sparse && block != current_block && block->live <= CAPACITY / 2)) {
        block->sparse = 1;
        link_block(&sparse_blocks, block);
    }
}

/* A header with one reference, on memory that may hold anything: Py_SET_REFCNT would look at what
 * was there and might take it for an immortal object. */
static inline void
init_header(PyObject *object)
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

/* What a new node has as its place, a new reference; NULL for none, or with an error. Runs Python
 * code while lines are recorded. */
static PyObject *
current_place(void)
{
    PyObject *scope = open_scopes.count ? (PyObject *)innermost() : NULL;
    if (LIKELY(!lines_recorded()))
        return Py_XNewRef(scope);
    PyObject *lines = ruling_value(LINES);
    if (!lines)
        return PyErr_Occurred() ? NULL : Py_XNewRef(scope);
    PyObject *place = PyObject_CallMethod(lines, "place", "O", scope ? scope : Py_None);
    Py_DECREF(lines);
    if (place && !is_place(place)) {
        PyErr_Format(PyExc_TypeError, "a Place is wanted, got %R", place);
        Py_CLEAR(place);
    }
    return place;
}

/* place(): what a new Value has as its place, or None. */
static PyObject *
module_place(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *place = current_place();
    return place || PyErr_Occurred() ? place : Py_NewRef(Py_None);
}

/* Apart from `new_node`, which is then shorter while no scope is open and no line recorded. */
NEVER_INLINE Value *
put_in_place(Value *v)
{
    v->tag = current_place();
    if (UNLIKELY(!v->tag && PyErr_Occurred())) {
        free_slot(v); /* it has no operands yet */
        return NULL;
    }
    return v;
}

/* The scope of new nodes, a borrowed reference; or NULL. */
static inline PyObject *
current_scope(void)
{
    return open_scopes.count ? (PyObject *)innermost() : NULL;
}

/* A node in a scope (NULL for none). */
ALWAYS_INLINE Value *
node_in(PyObject *scope, double data, int opcode, int arity)
{
    Value *v = alloc_slot();
    if (UNLIKELY(!v))
        return NULL;
    init_header((PyObject *)v);
    v->data = data;
    v->grad = 0.0;
    v->tag = Py_XNewRef(scope);
    v->weakrefs = NULL;
    v->mark = walks;
    v->opcode = (unsigned)opcode;
    v->arity = (unsigned)arity;
    return v;
}

ALWAYS_INLINE Value *
new_node(double data, int opcode, int arity)
{
    Value *v = node_in(NULL, data, opcode, arity);
    return LIKELY(!open_scopes.count || !v) ? v : put_in_place(v);
}

/* Operands elsewhere: those of up to SMALL are used again, for a net makes and frees thousands of a
 * few sizes in each step. */
#define SMALL 64
#define SPARES_KEPT 8192

static struct {
    Operands *first; /* linked by their `op` */
    int count;
} spare_operands[SMALL + 1];

/* Room for `count` operands; NULL with MemoryError. */
static inline Operands *
new_operands(Py_ssize_t count)
{
    const size_t each = sizeof(double) + sizeof(Value *);
    Operands *operands = count <= SMALL ? spare_operands[count].first : NULL;
    if (LIKELY(operands && !failing_allocation)) {
        spare_operands[count].first = (Operands *)operands->op;
        spare_operands[count].count--;
    } else {
        operands = NULL;
        if ((size_t)count < (PTRDIFF_MAX - sizeof(Operands)) / each)
            operands = checked_malloc(sizeof(Operands) + (size_t)count * each);
        if (!operands) {
            PyErr_NoMemory();
            return NULL;
        }
    }
    operands->op = NULL;
    operands->count = count;
    return operands;
}

static inline void
free_operands(Operands *operands)
{
    Py_ssize_t count = operands->count;
    if (count > SMALL || spare_operands[count].count == SPARES_KEPT) {
        free(operands);
        return;
    }
    operands->op = (PyObject *)spare_operands[count].first;
    spare_operands[count].first = operands;
    spare_operands[count].count++;
}

static inline void
forget_column(Value *column)
{
    if (*column->cache_entry == column)
        *column->cache_entry = NULL;
}

static Value *dead; /* nodes whose last reference is gone */
static int freeing;

/* Give up the reference to an operand of a node that is being freed. */
static inline void
decref_operand(Value *v)
{
#if !defined(Py_REF_DEBUG) && !defined(Py_GIL_DISABLED)
    if (Py_REFCNT(v) == 1 && Py_IS_TYPE(v, Value_Type) && !v->weakrefs) {
        Py_SET_REFCNT(v, 0); /* as Py_DECREF would, without a call of value_dealloc */
        v->next = dead;
        dead = v;
        return;
    }
#endif
    Py_DECREF((PyObject *)v); /* at most lengthens the list of the dead */
}

static void
free_node(Value *v)
{
    PyObject *tag = v->tag, *op = NULL;
    Operands *operands = v->arity == ELSEWHERE ? v->operands : NULL;
    Py_ssize_t count;
    Value **nodes = nodes_of(v, &count);
    for (Py_ssize_t i = 0; i < count; i++)
        if (nodes[i])
            decref_operand(nodes[i]);
    if (operands) {
        if (v->opcode == COLUMN)
            forget_column(v);
        op = operands->op;
        free_operands(operands);
    }
    free_slot(v);
    Py_XDECREF(tag);
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
        Py_CLEAR(v->tag);
        type->tp_free(self);
        Py_DECREF(type);
        return;
    }
    v->next = dead;
    dead = v;
    if (freeing)
        return;
    freeing = 1;
    while (dead) {
        v = dead;
        dead = v->next;
        free_node(v);
    }
    freeing = 0;
}

#endif
