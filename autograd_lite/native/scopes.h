/* Scopes, and the tag of a node: its place and its label. */
#ifndef AUTOGRAD_LITE_SCOPES_H
#define AUTOGRAD_LITE_SCOPES_H

#include "engine.h"
#include "memory.h"
#include "openings.h"

/* The current scope ---------------------------------------------------------------------------- */

/* One entry: names only, no module and no Value, for nodes refer to it and are not seen by the
 * garbage collector. */
typedef struct Scope {
    PyObject_HEAD
    PyObject *name;
    struct Scope *outer; /* or NULL */
    uint64_t serial;     /* the newer, the larger */
    int running;         /* whether it is that of a call which has not ended */
} Scope;

static PyTypeObject *Scope_Type;

/* The calls of this thread. They end where they began, so they need no entry in the list of a task,
 * which takes longer to add. `open_scopes` counts them, too. */
static THREAD_LOCAL struct {
    Scope *scope;     /* of the innermost call, unless it has ended; or NULL */
    PyObject *module; /* the one whose call is the innermost; or NULL */
} here;

/* With greenlets calls may end in any order. */
NEVER_INLINE Scope *
forget_ended(void)
{
    Scope *scope = here.scope;
    while (scope && !scope->running) {
        here.scope = (Scope *)Py_XNewRef((PyObject *)scope->outer);
        Py_DECREF((PyObject *)scope);
        scope = here.scope;
    }
    return scope;
}

/* The scope of the innermost call of this thread, a borrowed reference; or NULL. */
static inline Scope *
innermost_call(void)
{
    Scope *scope = here.scope;
    return LIKELY(!scope || scope->running) ? scope : forget_ended();
}

/* The newest scope that is open in this task, a borrowed reference; or NULL. */
static inline Scope *
innermost(void)
{
    Scope *call = innermost_call();
    const Entry *entry = LIKELY(!open_scopes.first) ? NULL : open_in(list_of_task(&open_scopes));
    Scope *scope = entry ? (Scope *)entry->scope : NULL;
    return scope && (!call || scope->serial > call->serial) ? scope : call;
}

/* A scope inside the innermost one; NULL with MemoryError. */
static Scope *
new_scope(PyObject *name)
{
    static uint64_t made;
    Scope *scope = allocation_fails() ? NULL : PyObject_New(Scope, Scope_Type);
    if (!scope)
        return (Scope *)PyErr_NoMemory();
    scope->name = Py_NewRef(name);
    scope->outer = (Scope *)Py_XNewRef((PyObject *)innermost());
    scope->serial = ++made;
    scope->running = 0;
    return scope;
}

/* Open the scope of a call; NULL with MemoryError. `before` is for `end_call`. */
static Scope *
begin_call(PyObject *name, Scope **before)
{
    Scope *scope = new_scope(name);
    if (!scope)
        return NULL;
    *before = innermost_call(); /* with the reference that `here` had */
    scope->running = 1;
    here.scope = (Scope *)Py_NewRef((PyObject *)scope);
    open_scopes.count++;
    return scope;
}

static void
end_call(Scope *scope, Scope *before)
{
    scope->running = 0;
    open_scopes.count--;
    if (LIKELY(here.scope == scope)) {
        here.scope = before;
        Py_DECREF((PyObject *)scope);
    } else {
        Py_XDECREF((PyObject *)before);
    }
    Py_DECREF((PyObject *)scope);
}
/* Scopes may be nested deep, so this does not recurse. */
static void
scope_dealloc(PyObject *self)
{
    while (self) {
        PyObject *name = ((Scope *)self)->name, *outer = (PyObject *)((Scope *)self)->outer;
        PyObject_Free(self);
        Py_DECREF(Scope_Type);
        Py_DECREF(name);
        self = NULL;
        if (outer && Py_REFCNT(outer) == 1)
            self = outer;
        else
            Py_XDECREF(outer);
    }
}

static PyMemberDef scope_members[] = {
    {"name", T_OBJECT, offsetof(Scope, name), READONLY, NULL},
    {"outer", T_OBJECT, offsetof(Scope, outer), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot scope_slots[] = {
    {Py_tp_dealloc, scope_dealloc},
    {Py_tp_members, scope_members},
    {0, NULL},
};

static PyType_Spec scope_spec = {
    .name = "autograd_lite.Scope",
    .basicsize = sizeof(Scope),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = scope_slots,
};

/* scope.__enter__ */
static PyObject *
scope_enter(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *name = NULL, *last = PyObject_GetAttr(self, interned.entry);
    if (!last)
        return NULL;
    if (Py_IS_TYPE(last, Entry_Type) && is_open((Entry *)last)) {
        PyObject *error = PyObject_CallMethod(self, "_is_open", NULL);
        if (error)
            PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_XDECREF(error);
    } else {
        name = PyObject_GetAttr(self, interned.name);
    }
    Py_DECREF(last);
    if (!name)
        return NULL;
    Scope *scope = new_scope(name);
    Py_DECREF(name);
    if (!scope)
        return NULL;
    Entry *entry = open_entry(&open_scopes, self, (PyObject *)scope, 0, 1);
    if (!entry || PyObject_SetAttr(self, interned.entry, (PyObject *)entry) < 0) {
        if (entry)
            end_entry(entry);
        Py_CLEAR(scope);
    }
    Py_XDECREF((PyObject *)entry);
    return (PyObject *)scope;
}

/* scope.__exit__ */
static PyObject *
scope_exit(PyObject *self, PyObject *const *Py_UNUSED(exception), Py_ssize_t Py_UNUSED(nargs))
{
    close_entry(&open_scopes, self);
    Py_RETURN_NONE;
}

static PyMethodDef scope_methods[] = {
    {"__enter__", scope_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nOpen the scope."},
    {"__exit__", (PyCFunction)(void (*)(void))scope_exit, METH_FASTCALL,
     "__exit__($self, /, *exception)\n--\n\nClose the scope."},
};

static PyObject *
module_innermost(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *scope = open_scopes.count ? (PyObject *)innermost() : NULL;
    return Py_NewRef(scope ? scope : Py_None);
}

/* managers(): those of the scopes of this task that are open, the newest first. */
static PyObject *
module_managers(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *managers = PyList_New(0);
    Entry *entry = open_in(list_of_task(&open_scopes));
    for (; managers && entry; entry = open_in(entry->outer))
        if (PyList_Append(managers, referent(entry->manager)) < 0)
            Py_CLEAR(managers);
    return managers;
}

/* call(name, function, args, named): function(*args, **named) in a scope of this name. */
static PyObject *
module_call(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *name, *function, *operands, *named;
    if (!PyArg_ParseTuple(args, "UOO!O!:call", &name, &function, &PyTuple_Type, &operands,
                          &PyDict_Type, &named))
        return NULL;
    Scope *before, *scope = begin_call(name, &before);
    if (!scope)
        return NULL;
    PyObject *result = PyObject_Call(function, operands, named);
    end_call(scope, before);
    return result;
}

/* The tag of a node -------------------------------------------------------------------------------
 *
 * Its place and its label, in one pointer: NULL, the label, the place, or a Named with the two. The
 * place is the scope; while `source_lines` is on, a Place of place.py with the scope and the line.
 */

typedef struct {
    PyObject_HEAD
    PyObject *place; /* or NULL */
    PyObject *label;
} Named;

static PyTypeObject *Named_Type, *Place_Type;

static void
named_dealloc(PyObject *self)
{
    PyObject *place = ((Named *)self)->place, *label = ((Named *)self)->label;
    PyObject_Free(self);
    Py_DECREF(Named_Type);
    Py_XDECREF(place);
    Py_DECREF(label);
}

static PyType_Slot named_slots[] = {{Py_tp_dealloc, named_dealloc}, {0, NULL}};

static PyType_Spec named_spec = {
    .name = "autograd_lite.native.engine.Named",
    .basicsize = sizeof(Named),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = named_slots,
};

static inline int
is_place(PyObject *x)
{
    return Py_IS_TYPE(x, Scope_Type) || Py_IS_TYPE(x, Place_Type);
}

/* A borrowed reference; or NULL. */
static inline PyObject *
place_in(PyObject *tag)
{
    if (!tag || is_place(tag))
        return tag;
    return Py_IS_TYPE(tag, Named_Type) ? ((Named *)tag)->place : NULL;
}

/* A borrowed reference; or NULL. */
static inline PyObject *
label_in(PyObject *tag)
{
    if (!tag || is_place(tag))
        return NULL;
    return Py_IS_TYPE(tag, Named_Type) ? ((Named *)tag)->label : tag;
}

/* Replace a tag by that of a place (NULL for none) and a label (NULL or None for none). */
static int
set_tag(PyObject **target, PyObject *place, PyObject *label)
{
    PyObject *before = *target, *tag;
    if (!label || label == Py_None) {
        tag = Py_XNewRef(place);
    } else if (!place && !is_place(label)) {
        tag = Py_NewRef(label);
    } else {
        Named *named = allocation_fails() ? NULL : PyObject_New(Named, Named_Type);
        if (!named) {
            PyErr_NoMemory();
            return -1;
        }
        named->place = Py_XNewRef(place);
        named->label = Py_NewRef(label);
        tag = (PyObject *)named;
    }
    *target = tag;
    Py_XDECREF(before); /* may run Python code */
    return 0;
}

#endif
