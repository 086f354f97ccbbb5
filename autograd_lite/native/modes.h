/* The modes that are on: what modes.py has, where recording finds it at once. */
#ifndef AUTOGRAD_LITE_MODES_H
#define AUTOGRAD_LITE_MODES_H

#include "engine.h"

static int modes_active; /* how many are on, in any thread */

static THREAD_LOCAL struct { /* of this thread */
    int unrecorded;   /* whether recording is off */
    PyObject *watch;  /* or NULL */
    PyObject *trace;  /* or NULL */
} modes;

enum { NODES, NUMBERS, WATCHED }; /* nodes; leaves with the numbers; nodes that a watch is told */

/* What this thread makes of operations. */
static inline int
recording_mode(void)
{
    if (LIKELY(!modes_active))
        return NODES;
    return modes.unrecorded ? NUMBERS : modes.watch ? WATCHED : NODES;
}

static inline int
watched(void)
{
    return modes_active && modes.watch;
}

/* The trace that is on in this thread, a new reference; or NULL. */
static inline PyObject *
current_trace(void)
{
    return LIKELY(!modes_active) ? NULL : Py_XNewRef(modes.trace);
}

/* An attribute of `current`, a new reference, in `*value`; NULL for None. */
static int
get_mode(PyObject *current, const char *name, PyObject **value)
{
    *value = PyObject_GetAttrString(current, name);
    if (!*value)
        return -1;
    if (*value == Py_None)
        Py_CLEAR(*value);
    return 0;
}

/* Read how this thread's modes are now, of which `active` are on in all. */
static int
follow_modes(PyObject *current, long active)
{
    PyObject *recording = NULL, *watch = NULL, *trace = NULL;
    int records = -1;
    if (get_mode(current, "recording", &recording) == 0 &&
        get_mode(current, "watch", &watch) == 0 && get_mode(current, "trace", &trace) == 0)
        records = recording ? PyObject_IsTrue(recording) : 0;
    Py_XDECREF(recording);
    if (records < 0) {
        Py_XDECREF(watch);
        Py_XDECREF(trace);
        return -1;
    }
    modes_active = active > 0;
    modes.unrecorded = !records;
    Py_XSETREF(modes.watch, watch);
    Py_XSETREF(modes.trace, trace);
    return 0;
}

#endif
