/* Buffers of numbers that Python code gives. */
#ifndef AUTOGRAD_LITE_BUFFERS_H
#define AUTOGRAD_LITE_BUFFERS_H

#include "engine.h"

/* A view of contiguous, aligned numbers of a format of `struct`, "d" or "i". */
static inline int
get_buffer(PyObject *source, Py_buffer *view, const char *format, int writable)
{
    if (PyObject_GetBuffer(source, view,
                           PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | (writable ? PyBUF_WRITABLE : 0)) < 0)
        return -1;
    size_t aligned = *format == 'd' ? sizeof(double) : sizeof(int); /* a memoryview may not be */
    int in_place = view->len == 0 || (uintptr_t)view->buf % aligned == 0;
    if (in_place && view->format && strcmp(view->format, format) == 0)
        return 0;
    PyBuffer_Release(view);
    PyErr_Format(PyExc_TypeError, "a contiguous, aligned buffer of format '%s' is wanted", format);
    return -1;
}

typedef struct { /* to be released together */
    Py_buffer *views;
    Py_ssize_t count;
} Views;

/* The doubles of `source`, of which `wanted` must be there; NULL with an error. */
static inline double *
doubles_of(Views *views, PyObject *source, Py_ssize_t wanted, int writable)
{
    static double nothing;
    Py_buffer *view = &views->views[views->count];
    if (get_buffer(source, view, "d", writable) < 0)
        return NULL;
    views->count++;
    if (view->len != wanted * (Py_ssize_t)sizeof(double)) {
        PyErr_Format(PyExc_ValueError, "%zd doubles are wanted, got %zd", wanted,
                     view->len / (Py_ssize_t)sizeof(double));
        return NULL;
    }
    return view->buf ? view->buf : &nothing;
}

static inline void
release_views(Views *views)
{
    while (views->count > 0)
        PyBuffer_Release(&views->views[--views->count]);
}

#endif
