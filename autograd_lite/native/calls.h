/* Calls of modules, each in a scope. */
#ifndef AUTOGRAD_LITE_CALLS_H
#define AUTOGRAD_LITE_CALLS_H

#include "engine.h"
#include "memory.h"
#include "scopes.h"

/* The Python code (nn/calls.py) knows by what name one module calls another, and by what way from
 * the one it finds the other. What it said last is kept here, without references to the modules,
 * and used as long as the way leads there. */

typedef struct {
    const void *caller, *called; /* addresses, which may be those of later objects */
    PyObject *name, *way;
} Said;

#define SAID 1024
static Said said[SAID];
static PyObject *name_in; /* the function that is asked */
static PyObject *forward_name;

static inline Said *
said_of(PyObject *caller, PyObject *called)
{
    size_t mixed = ((uintptr_t)caller >> 4) * 31 + ((uintptr_t)called >> 4);
    return &said[mixed * 11400714819323198485u >> 54];
}

/* Where a key leads from a thing, a new reference; NULL, maybe with an error, if nowhere. */
static inline PyObject *
step_of_way(PyObject *thing, PyObject *key)
{
    if (PyDict_Check(thing))
        return Py_XNewRef(PyDict_GetItemWithError(thing, key));
    if (PyList_Check(thing) || PyTuple_Check(thing)) {
        Py_ssize_t i = PyLong_AsSsize_t(key);
        if (i < 0 || i >= PySequence_Fast_GET_SIZE(thing))
            return NULL;
        return Py_NewRef(PySequence_Fast_GET_ITEM(thing, i));
    }
    if (!PyUnicode_Check(key))
        return PyObject_GetItem(thing, key); /* an array */
    PyObject *attributes = PyObject_GenericGetDict(thing, NULL), *found = NULL;
    if (attributes)
        found = Py_XNewRef(PyDict_GetItemWithError(attributes, key));
    Py_XDECREF(attributes);
    return found;
}

/* Whether a way leads from one module to the other. Never an error. */
static int
leads(PyObject *from, PyObject *way, PyObject *to)
{
    PyObject *thing = Py_NewRef(from);
    for (Py_ssize_t i = 0; thing && i < PyTuple_GET_SIZE(way); i++) {
        PyObject *next = step_of_way(thing, PyTuple_GET_ITEM(way, i));
        Py_DECREF(thing);
        thing = next;
    }
    if (!thing && PyErr_Occurred())
        PyErr_Clear();
    Py_XDECREF(thing);
    return thing == to;
}

/* The name of a module that is called, a new reference. */
static PyObject *
name_of_call(PyObject *caller, PyObject *called)
{
    if (!caller)
        return Py_NewRef(((PyHeapTypeObject *)Py_TYPE(called))->ht_name);
    Said *before = said_of(caller, called);
    if (LIKELY(before->caller == caller && before->called == called)) {
        PyObject *name = Py_NewRef(before->name), *way = Py_NewRef(before->way);
        int known = leads(caller, way, called);
        Py_DECREF(way);
        if (LIKELY(known))
            return name;
        Py_DECREF(name);
    }
    PyObject *name = NULL;
    PyObject *answer = PyObject_CallFunctionObjArgs(name_in, caller, called, NULL);
    if (!answer)
        return NULL;
    if (!PyTuple_Check(answer) || PyTuple_GET_SIZE(answer) != 2 ||
        !PyUnicode_CheckExact(PyTuple_GET_ITEM(answer, 0))) {
        PyErr_SetString(PyExc_TypeError, "a name and a way are wanted");
    } else {
        name = Py_NewRef(PyTuple_GET_ITEM(answer, 0));
        if (PyTuple_Check(PyTuple_GET_ITEM(answer, 1))) {
            Said old = *before;
            *before = (Said){caller, called, Py_NewRef(name),
                             Py_NewRef(PyTuple_GET_ITEM(answer, 1))};
            Py_XDECREF(old.name);
            Py_XDECREF(old.way);
        }
    }
    Py_DECREF(answer);
    return name;
}

#define FEW 8

static PyObject *
call_forward(PyObject *self, PyObject *const *args, Py_ssize_t given, PyObject *names)
{
    PyObject *few[FEW], **all = few, *result;
    Py_ssize_t count = given + (names ? PyTuple_GET_SIZE(names) : 0);
    if (count >= FEW) {
        all = checked_malloc((size_t)(count + 1) * sizeof(PyObject *));
        if (!all)
            return PyErr_NoMemory();
    }
    all[0] = self;
    if (count)
        memcpy(all + 1, args, (size_t)count * sizeof(PyObject *));
    result = PyObject_VectorcallMethod(forward_name, all, (size_t)given + 1, names);
    if (all != few)
        free(all);
    return result;
}

/* module(*args, **named): module.forward(*args, **named) in a scope. */
static PyObject *
scoped_call(PyObject *self, PyObject *const *args, Py_ssize_t given, PyObject *names)
{
    PyObject *caller = here.module;
    PyObject *name = name_of_call(caller, self);
    if (!name)
        return NULL;
    Scope *scope = open_scope(name);
    Py_DECREF(name);
    if (!scope)
        return NULL;
    here.module = Py_NewRef(self);
    PyObject *result = call_forward(self, args, given, names);
    Py_XSETREF(here.module, caller); /* it gets back the reference that it had */
    close_scope(scope);
    Py_DECREF((PyObject *)scope);
    return result;
}

static PyMethodDef scoped_call_method = {
    "__call__", (PyCFunction)(void (*)(void))scoped_call, METH_FASTCALL | METH_KEYWORDS,
    "__call__($self, /, *args, **named)\n--\n\nThe output of `forward`, computed in a scope."};

/* scoped_call(kind, name_in): the method `__call__` of the class of modules. */
static PyObject *
module_scoped_call(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *kind, *function;
    if (!PyArg_ParseTuple(args, "O!O:scoped_call", &PyType_Type, &kind, &function))
        return NULL;
    if (!forward_name && !(forward_name = PyUnicode_InternFromString("forward")))
        return NULL;
    Py_XSETREF(name_in, Py_NewRef(function));
    return PyDescr_NewMethod((PyTypeObject *)kind, &scoped_call_method);
}

#endif
