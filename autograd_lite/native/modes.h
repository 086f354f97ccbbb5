/* The modes that are on: what modes.py has, where recording finds it at once. */
#ifndef AUTOGRAD_LITE_MODES_H
#define AUTOGRAD_LITE_MODES_H

#include "engine.h"
#include "openings.h"

enum { RECORDING, NESTED, WATCH, TRACE, LINES, ATTRIBUTES }; /* of an entry */

static const char *const attribute_names[ATTRIBUTES] = {"recording", "nested", "watch", "trace",
                                                          "lines"};

/* Nodes; leaves with the numbers; nodes of which a watch is told, or that have lines: what is made
 * without a look at the modes is left to the Python code then. */
enum { NODES, NUMBERS, WATCHED };

/* Whether a mode is on in any task. */
static inline int
any_mode(void)
{
    return open_modes.count != 0;
}

/* The newest entry of this task for an attribute, borrowed as long as no Python code runs; NULL if
 * there is none. */
NEVER_INLINE Entry *
ruling_entry(int attribute)
{
    Entry *entry = open_in(list_of_task(&open_modes));
    while (entry && entry->attribute != attribute)
        entry = open_in(entry->outer);
    return entry;
}

/* The value of the newest mode of this task for an attribute, a new reference; NULL for None, or
 * with an error, for that of `detect_anomaly` is computed. */
NEVER_INLINE PyObject *
ruling_value(int attribute)
{
    Entry *entry = ruling_entry(attribute);
    PyObject *mode = entry && entry->on ? referent(entry->manager) : NULL, *value;
    if (!mode)
        return NULL;
    Py_INCREF(mode);
    value = PyObject_GetAttr(mode, interned.value);
    Py_DECREF(mode);
    return value;
}

static inline int
watched(void)
{
    Entry *entry = LIKELY(!any_mode()) ? NULL : ruling_entry(WATCH);
    return entry && entry->on;
}

/* Whether the lines that make Values are recorded. */
static inline int
lines_recorded(void)
{
    Entry *entry = LIKELY(!any_mode()) ? NULL : ruling_entry(LINES);
    return entry && entry->on;
}

/* What this task makes of operations. */
static inline int
recording_mode(void)
{
    if (LIKELY(!any_mode()))
        return NODES;
    const Entry *entry = ruling_entry(RECORDING);
    if (entry && !entry->on)
        return NUMBERS;
    return watched() || lines_recorded() ? WATCHED : NODES;
}

/* The trace that is on in this task, a new reference; or NULL. Never an error. */
static inline PyObject *
current_trace(void)
{
    PyObject *trace = LIKELY(!any_mode()) ? NULL : ruling_value(TRACE);
    if (UNLIKELY(!trace) && any_mode())
        PyErr_Clear(); /* the attribute has been deleted */
    return trace;
}

/* Which attribute a mode is for, and whether it switches it on; -1 with an error. */
static int
attribute_of(PyObject *mode, int *on)
{
    int attribute = ATTRIBUTES;
    PyObject *name = PyObject_GetAttr(mode, interned.attribute);
    PyObject *value = name ? PyObject_GetAttr(mode, interned.value) : NULL;
    if (value) {
        while (--attribute >= 0)
            if (PyUnicode_Check(name) &&
                PyUnicode_CompareWithASCIIString(name, attribute_names[attribute]) == 0)
                break;
        if (attribute < 0)
            PyErr_Format(PyExc_ValueError,
                         "a mode is for recording, nested, watch, trace or lines, got %R", name);
        *on = value != Py_False && value != Py_None;
    }
    Py_XDECREF(name);
    Py_XDECREF(value);
    return value ? attribute : -1;
}

/* Mode.__enter__ */
static PyObject *
mode_enter(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *trace = current_trace();
    if (trace) {
        PyObject *answer = PyObject_CallMethod(self, "_enter_trace", "O", trace);
        Py_DECREF(trace);
        if (!answer)
            return NULL;
        Py_DECREF(answer);
    }
    int on, attribute = attribute_of(self, &on);
    Entry *entry = attribute < 0 ? NULL : open_entry(&open_modes, self, NULL, attribute, on);
    if (!entry)
        return NULL;
    if (attribute == LINES) { /* new nodes ask for their place where they look at this number */
        entry->places = 1;
        open_scopes.count++;
    }
    Py_DECREF((PyObject *)entry); /* the list of the task holds it */
    return Py_NewRef(self);
}

/* Mode.__exit__ */
static PyObject *
mode_exit(PyObject *self, PyObject *const *Py_UNUSED(exception), Py_ssize_t Py_UNUSED(nargs))
{
    close_entry(&open_modes, self);
    Py_RETURN_NONE;
}

static PyObject *
module_recording(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(recording_mode() != NUMBERS);
}

static PyObject *
module_nested(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    Entry *entry = ruling_entry(NESTED);
    return PyBool_FromLong(entry && entry->on);
}

static PyObject *
module_watch(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *watch = any_mode() ? ruling_value(WATCH) : NULL;
    return watch || PyErr_Occurred() ? watch : Py_NewRef(Py_None);
}

static PyObject *
module_lines(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *lines = any_mode() ? ruling_value(LINES) : NULL;
    return lines || PyErr_Occurred() ? lines : Py_NewRef(Py_None);
}

static PyObject *
module_trace(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *trace = current_trace();
    return trace ? trace : Py_NewRef(Py_None);
}

static PyMethodDef mode_methods[] = {
    {"__enter__", mode_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nOpen the mode."},
    {"__exit__", (PyCFunction)(void (*)(void))mode_exit, METH_FASTCALL,
     "__exit__($self, /, *exception)\n--\n\nClose the mode."},
};

#endif
