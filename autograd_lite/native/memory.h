/* Memory that is asked for, and the failures that tests ask for. */
#ifndef AUTOGRAD_LITE_MEMORY_H
#define AUTOGRAD_LITE_MEMORY_H

#include "engine.h"

/* For tests: the allocation that is to fail, counted from 1; or 0. In engine.c. */
HIDDEN Py_ssize_t failing_allocation;

static inline int
allocation_fails(void)
{
    return UNLIKELY(failing_allocation) && --failing_allocation == 0;
}

static inline void *
checked_malloc(size_t size)
{
    return allocation_fails() ? NULL : malloc(size);
}

static inline void *
checked_realloc(void *old, size_t size)
{
    return allocation_fails() ? NULL : realloc(old, size);
}

#endif
