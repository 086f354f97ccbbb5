/* Arrays that become longer, and what lasts long enough to be interrupted. */
#ifndef AUTOGRAD_LITE_GROWING_H
#define AUTOGRAD_LITE_GROWING_H

#include "engine.h"
#include "memory.h"

static inline int
no_memory(void)
{
    PyErr_NoMemory();
    return -1;
}

/* Let an array have room for `wanted` items at least; -1 with an error. */
static inline int
widen(void *array, size_t size, size_t wanted)
{
    void *moved = checked_realloc(*(void **)array, wanted * size);
    if (!moved)
        return no_memory();
    *(void **)array = moved;
    return 0;
}

typedef struct { /* numbers that become more */
    int *items;
    size_t count, room;
} Ints;

static inline int
push_int(Ints *to, int x)
{
    if (to->count == to->room) {
        size_t room = to->room ? 2 * to->room : 64;
        if (widen(&to->items, sizeof(int), room) < 0)
            return -1;
        to->room = room;
    }
    to->items[to->count++] = x;
    return 0;
}

/* Items as bytes; NULL with an error. */
static inline PyObject *
as_bytes(const void *items, size_t count, size_t size)
{
    return PyBytes_FromStringAndSize(count ? items : "", (Py_ssize_t)(count * size));
}

/* Interrupts ----------------------------------------------------------------------------------- */

/* Once in many steps, whether the user has interrupted; then -1 with the error. `steps` counts. */
static inline int
is_interrupted(size_t *steps, size_t more)
{
    *steps += more;
    if (LIKELY(*steps < 65536))
        return 0;
    *steps = 0;
    return PyErr_CheckSignals();
}

#endif
