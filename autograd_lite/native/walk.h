/* Topological order and the chain rule. Part of the one translation unit of engine.c. */

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

static void
forget_spare(void)
{
    free(spare.order.items);
    free(spare.leaves.items);
    free(spare.frames);
    memset(&spare, 0, sizeof(Walk));
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
        Value **nodes = nodes_of(frame->node, &count);
        Value *found = NULL;
        while (frame->next < count) {
            Value *parent = nodes[frame->next++];
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

/* Keep the grads of `nodes`, if wanted, and set them to a zero that leaves no trace. */
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
        nodes->items[i]->grad = kept[i];
}

/* The chain rule, from the root down. Runs no Python code. */
static void
sweep(Walk *walk)
{
    for (size_t i = walk->order.count; i-- > 0;) {
        Value *v = walk->order.items[i];
        double gradient = v->grad;
        if (LIKELY(v->arity == 2)) {
            if (v->nodes[0])
                v->nodes[0]->grad += gradient * v->numbers[0];
            if (v->nodes[1])
                v->nodes[1]->grad += gradient * v->numbers[1];
        } else {
            Py_ssize_t count;
            Value **nodes = nodes_of(v, &count);
            const double *numbers = numbers_of(v);
            for (Py_ssize_t k = 0; k < count; k++)
                if (nodes[k])
                    nodes[k]->grad += gradient * numbers[k];
        }
    }
}

/* Walk from `root` and leave d root / d node times `seed` in the `grad` of every node. What was
 * there before is in walk->grads: of the leaves, or of the order and then the leaves.
 *
 * Ctrl-C is looked at once, after the walk and before the first grad changes, so that an error
 * leaves every grad as it was. From there until the caller has taken what it wants from the grads,
 * no Python code runs. */
static int
differentiate(Walk *walk, Value *root, double seed, int keep_all)
{
    for (;;) {
        walk_start(walk, 1);
        uint64_t before = walks;
        if (walk_from(walk, root) < 0 || PyErr_CheckSignals() < 0)
            break;
        if (walks != before) { /* a handler walked some graph, maybe this one: once more */
            walk_end(walk);
            continue;
        }
        size_t kept = walk->leaves.count + (keep_all ? walk->order.count : 0);
        walk->grads = checked_malloc((kept ? kept : 1) * sizeof(double));
        if (!walk->grads) {
            PyErr_NoMemory();
            break;
        }
        clear_grads(&walk->order, keep_all ? walk->grads : NULL);
        clear_grads(&walk->leaves, walk->grads + (keep_all ? walk->order.count : 0));
        root->grad = seed;
        sweep(walk);
        return 0;
    }
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
    PyObject *found = NULL, *wanted = PySequence_Tuple(xs); /* that nobody else can change */
    if (!wanted)
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(wanted);
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_value(PyTuple_GET_ITEM(wanted, i))) {
            PyErr_SetString(PyExc_TypeError, "_gradients takes Values");
            goto done;
        }
    int watching = watched();
    if (watching) {
        found = watching < 0 ? NULL : Py_NewRef(Py_None);
        goto done;
    }
    Walk walk;
    found = PyList_New(count); /* may collect garbage, and so run Python code: not later */
    if (!found || differentiate(&walk, (Value *)self, 1.0, 1) < 0) {
        Py_CLEAR(found);
        goto done;
    }
    for (Py_ssize_t i = 0; found && i < count; i++) {
        Value *x = (Value *)PyTuple_GET_ITEM(wanted, i);
        PyObject *number = PyFloat_FromDouble(x->mark == walk.mark ? x->grad : 0.0);
        if (number)
            PyList_SET_ITEM(found, i, number);
        else
            Py_CLEAR(found);
    }
    restore_grads(&walk.order, walk.grads);
    restore_grads(&walk.leaves, walk.grads + walk.order.count);
    walk_end(&walk);
done:
    Py_DECREF(wanted);
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
