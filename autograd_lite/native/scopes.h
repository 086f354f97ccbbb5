/* Scopes, and the tag of a node: its scope and its label. */
#ifndef AUTOGRAD_LITE_SCOPES_H
#define AUTOGRAD_LITE_SCOPES_H

#include "engine.h"
#include "memory.h"

/* The current scope ---------------------------------------------------------------------------- */

/* One entry: names only, no module and no Value, for nodes refer to it and are not seen by the
 * garbage collector. */
typedef struct Scope {
    PyObject_HEAD
    PyObject *name;
    struct Scope *outer; /* or NULL */
    int closed;
} Scope;

static PyTypeObject *Scope_Type;
static Py_ssize_t scopes_open; /* in any thread: recording looks at one number if there are none */

static THREAD_LOCAL struct {
    Scope *scope;     /* the innermost, unless it has been closed; or NULL */
    PyObject *module; /* the one whose call is the innermost; or NULL */
} here;

NEVER_INLINE Scope *
forget_closed(void)
{
    Scope *scope = here.scope;
    while (scope && scope->closed) {
        here.scope = (Scope *)Py_XNewRef((PyObject *)scope->outer);
        Py_DECREF((PyObject *)scope);
        scope = here.scope;
    }
    return scope;
}

/* The innermost scope of this thread that is open, a borrowed reference; or NULL. Scopes may be
 * closed in any order, and by any thread: a generator may outlive the block around it. */
static inline Scope *
innermost(void)
{
    Scope *scope = here.scope;
    return LIKELY(!scope || !scope->closed) ? scope : forget_closed();
}

/* Open a scope. NULL with MemoryError. */
static Scope *
open_scope(PyObject *name)
{
    Scope *scope = allocation_fails() ? NULL : PyObject_New(Scope, Scope_Type);
    if (!scope)
        return (Scope *)PyErr_NoMemory();
    scope->name = Py_NewRef(name);
    scope->outer = innermost(); /* the reference that `here` had */
    scope->closed = 0;
    here.scope = (Scope *)Py_NewRef((PyObject *)scope);
    scopes_open++;
    return scope;
}

static void
close_scope(Scope *scope)
{
    if (!scope->closed) {
        scope->closed = 1;
        scopes_open--;
    }
    innermost();
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

static PyObject *
module_enter(PyObject *Py_UNUSED(module), PyObject *name)
{
    if (!PyUnicode_CheckExact(name)) {
        PyErr_Format(PyExc_TypeError, "a scope has a str as its name, got %R", name);
        return NULL;
    }
    return (PyObject *)open_scope(name);
}

static PyObject *
module_leave(PyObject *Py_UNUSED(module), PyObject *scope)
{
    if (!Py_IS_TYPE(scope, Scope_Type)) {
        PyErr_Format(PyExc_TypeError, "a Scope is left, got %R", scope);
        return NULL;
    }
    close_scope((Scope *)scope);
    Py_RETURN_NONE;
}

static PyObject *
module_innermost(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *scope = scopes_open ? (PyObject *)innermost() : NULL;
    return Py_NewRef(scope ? scope : Py_None);
}

/* The tag of a node -------------------------------------------------------------------------------
 *
 * Its scope and its label, in one pointer: NULL, the label, the scope, or a Named with the two.
 */

typedef struct {
    PyObject_HEAD
    PyObject *scope; /* or NULL */
    PyObject *label;
} Named;

static PyTypeObject *Named_Type;

static void
named_dealloc(PyObject *self)
{
    PyObject *scope = ((Named *)self)->scope, *label = ((Named *)self)->label;
    PyObject_Free(self);
    Py_DECREF(Named_Type);
    Py_XDECREF(scope);
    Py_DECREF(label);
}

static PyType_Slot named_slots[] = {{Py_tp_dealloc, named_dealloc}, {0, NULL}};

static PyType_Spec named_spec = {
    .name = "autograd_lite.native.engine.Named",
    .basicsize = sizeof(Named),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = named_slots,
};

/* A borrowed reference; or NULL. */
static inline PyObject *
scope_in(PyObject *tag)
{
    if (!tag || Py_IS_TYPE(tag, Scope_Type))
        return tag;
    return Py_IS_TYPE(tag, Named_Type) ? ((Named *)tag)->scope : NULL;
}

/* A borrowed reference; or NULL. */
static inline PyObject *
label_in(PyObject *tag)
{
    if (!tag || Py_IS_TYPE(tag, Scope_Type))
        return NULL;
    return Py_IS_TYPE(tag, Named_Type) ? ((Named *)tag)->label : tag;
}

/* Replace a tag by that of a scope (NULL for none) and a label (NULL or None for none). */
static int
set_tag(PyObject **target, PyObject *scope, PyObject *label)
{
    PyObject *before = *target, *tag;
    if (!label || label == Py_None) {
        tag = Py_XNewRef(scope);
    } else if (!scope && !Py_IS_TYPE(label, Scope_Type)) {
        tag = Py_NewRef(label);
    } else {
        Named *named = allocation_fails() ? NULL : PyObject_New(Named, Named_Type);
        if (!named) {
            PyErr_NoMemory();
            return -1;
        }
        named->scope = Py_XNewRef(scope);
        named->label = Py_NewRef(label);
        tag = (PyObject *)named;
    }
    *target = tag;
    Py_XDECREF(before); /* may run Python code */
    return 0;
}

#endif
