/* Calls of nn's modules, each in a scope: the C of `nn.Module.__call__`, and all here that is nn's.
 *
 * It is part of the engine because it pays: the forward pass of MLP(2, [16, 16, 1]) takes 3.2 us
 * with it, 4.3 us if each layer's `forward` runs in Python, and 11.4 us with scopes and calls in
 * Python, too (autograd_lite/calls.py). */
#ifndef AUTOGRAD_LITE_CALLS_H
#define AUTOGRAD_LITE_CALLS_H

#include "columns.h"
#include "engine.h"
#include "memory.h"
#include "primitive_calls.h"
#include "scopes.h"

/* By what name one module calls another is for the Python code to say (autograd_lite/calls.py),
 * with the path of attributes and keys that leads from the one to the other. Its last answers are
 * cached here, without references to the modules; an answer holds as long as its path leads to the
 * module. */

typedef struct {
    const void *caller, *called; /* addresses, which may be those of later objects */
    PyObject *name, *path;
} CachedName;

#define CACHED_NAMES 1024
static CachedName name_cache[CACHED_NAMES];
static PyObject *name_in; /* the function that is asked */
static PyObject *forward_name;

static inline CachedName *
cached_name(PyObject *caller, PyObject *called)
{
    size_t mixed = ((uintptr_t)caller >> 4) * 31 + ((uintptr_t)called >> 4);
    return &name_cache[mixed * 11400714819323198485u >> 54];
}

/* Where a key leads from a thing, a new reference; NULL, maybe with an error, if nowhere. */
static inline PyObject *
follow_key(PyObject *thing, PyObject *key)
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
    PyObject *attributes = PyObject_GenericGetDict(thing, NULL), *value = NULL;
    if (attributes)
        value = Py_XNewRef(PyDict_GetItemWithError(attributes, key));
    Py_XDECREF(attributes);
    return value;
}

/* Whether a path leads from one module to the other. Never an error. */
static int
leads(PyObject *from, PyObject *path, PyObject *to)
{
    PyObject *thing = Py_NewRef(from);
    for (Py_ssize_t i = 0; thing && i < PyTuple_GET_SIZE(path); i++) {
        PyObject *next = follow_key(thing, PyTuple_GET_ITEM(path, i));
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
    CachedName *cached = cached_name(caller, called);
    if (LIKELY(cached->caller == caller && cached->called == called)) {
        PyObject *name = Py_NewRef(cached->name), *path = Py_NewRef(cached->path);
        int known = leads(caller, path, called);
        Py_DECREF(path);
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
        PyErr_SetString(PyExc_TypeError, "a name and a path are wanted");
    } else {
        name = Py_NewRef(PyTuple_GET_ITEM(answer, 0));
        if (PyTuple_Check(PyTuple_GET_ITEM(answer, 1))) {
            CachedName old = *cached;
            *cached = (CachedName){caller, called, Py_NewRef(name),
                                   Py_NewRef(PyTuple_GET_ITEM(answer, 1))};
            Py_XDECREF(old.name);
            Py_XDECREF(old.path);
        }
    }
    Py_DECREF(answer);
    return name;
}

/* Layers in one step ------------------------------------------------------------------------------
 *
 * A `forward` in Python that gives activation(weight x + bias), three attributes of the module, may
 * say so (`calls.in_one_step`). Calls of the module are then done here, unless anything is unusual:
 * `forward` itself is what says what a call gives.
 */

typedef struct {
    PyObject *forward;
    PyObject *weight, *bias, *activation; /* names of attributes; None for no activation */
} Step;

#define MOST_STEPS 16
static Step steps[MOST_STEPS];
static int step_count;

/* in_one_step(forward, weight, bias, activation) */
static PyObject *
module_in_one_step(PyObject *Py_UNUSED(module), PyObject *args)
{
    Step step;
    if (!PyArg_ParseTuple(args, "OUUO:in_one_step", &step.forward, &step.weight, &step.bias,
                          &step.activation))
        return NULL;
    if (step.activation != Py_None && !PyUnicode_Check(step.activation)) {
        PyErr_SetString(PyExc_TypeError, "the name of an attribute is wanted, or None");
        return NULL;
    }
    if (step_count < MOST_STEPS) { /* any others are done by `forward` */
        Py_INCREF(step.forward);
        Py_INCREF(step.weight);
        Py_INCREF(step.bias);
        Py_INCREF(step.activation);
        steps[step_count++] = step;
    }
    Py_RETURN_NONE;
}

/* The step that a bound `forward` stands for; or NULL. */
static inline const Step *
step_of(PyObject *bound)
{
    if (PyMethod_Check(bound))
        for (int i = 0; i < step_count; i++)
            if (steps[i].forward == PyMethod_GET_FUNCTION(bound))
                return &steps[i];
    return NULL;
}

/* activation(weight x + bias) of a module; NotImplemented: see above. */
static PyObject *
do_step(const Step *step, PyObject *module, PyObject *x)
{
    PyObject *names[] = {step->weight, step->bias, step->activation}, *found[3] = {NULL};
    PyObject *result = NULL;
    int known = 1, opcode = NO_ACTIVATION;
    for (int i = 0; i < 3 && known; i++) {
        found[i] = names[i] == Py_None ? Py_NewRef(Py_None) : PyObject_GetAttr(module, names[i]);
        known = found[i] != NULL;
    }
    if (known && found[2] != Py_None) {
        opcode = opcode_of(found[2]);
        known = opcode != CUSTOM && is_enough(opcode, 1);
    }
    if (known)
        result = record_matvec(found[0], x, found[1], opcode);
    else if (PyErr_Occurred())
        PyErr_Clear(); /* `forward` will miss the attribute, too */
    for (int i = 0; i < 3; i++)
        Py_XDECREF(found[i]);
    return known ? result : Py_NewRef(Py_NotImplemented);
}

/* module.forward(*args, **named) */
static PyObject *
call_forward(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    PyObject *forward = PyObject_GetAttr(module, forward_name), *result = Py_NotImplemented;
    if (!forward)
        return NULL;
    const Step *step = nargs == 1 && !names ? step_of(forward) : NULL;
    if (step) {
        result = do_step(step, module, args[0]);
        if (result == Py_NotImplemented)
            Py_DECREF(result);
    }
    if (result == Py_NotImplemented)
        result = PyObject_Vectorcall(forward, args, (size_t)nargs, names);
    Py_DECREF(forward);
    return result;
}

/* module(*args, **named): module.forward(*args, **named) in a scope. */
static PyObject *
scoped_call(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    PyObject *caller = here.module;
    PyObject *name = name_of_call(caller, self);
    if (!name)
        return NULL;
    Scope *before, *scope = begin_call(name, &before);
    Py_DECREF(name);
    if (!scope)
        return NULL;
    here.module = Py_NewRef(self);
    PyObject *result = call_forward(self, args, nargs, names);
    Py_XSETREF(here.module, caller); /* it gets back the reference that it had */
    end_call(scope, before);
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
