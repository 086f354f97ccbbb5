/* Memory that is asked for, and the failures that tests ask for. */
#ifndef AUTOGRAD_LITE_MEMORY_H
#define AUTOGRAD_LITE_MEMORY_H

#include "engine.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#define HUGE_PAGE ((size_t)2 << 20)

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

/* Have what is so large backed by huge pages, where the system has them: it spends more time on
 * giving pages of four kilobytes than we on what is in them. */
static inline void
advise_huge(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    uintptr_t start = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + size) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (start < end)
        madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)size;
#endif
}

/* As realloc from `size` to `wanted` bytes, which are some megabytes: on huge pages of their own,
 * for realloc moves large memory to addresses where they are split. */
static inline void *
huge_realloc(void *old, size_t size, size_t wanted)
{
#ifdef MADV_HUGEPAGE
    void *memory;
    if (allocation_fails() || posix_memalign(&memory, HUGE_PAGE, wanted) != 0)
        return NULL;
    advise_huge(memory, wanted);
    memcpy(memory, old, size);
    free(old);
    return memory;
#else
    (void)size;
    return checked_realloc(old, wanted);
#endif
}

#endif
