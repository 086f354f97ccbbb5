/* Threads that live on and help with a piece of work when one comes.
 *
 * They wait without the interpreter's lock and never touch a Python object, so neither the end of
 * the interpreter nor free threading is their concern. A process that was forked has none of them,
 * and gets its own. There is one piece of work at a time; who comes meanwhile works alone.
 */
#ifndef AUTOGRAD_LITE_POOL_H
#define AUTOGRAD_LITE_POOL_H

#include "engine.h"
#include "memory.h"

#ifndef _WIN32
#include <signal.h>
#include <unistd.h>
#endif

enum { MOST_HELPERS = 63 };

typedef struct Pool Pool;

typedef struct {
    Pool *pool;
    PyThread_type_lock start; /* locked while it waits */
    int woken;                /* whether it was unlocked, and the helper has not come by yet */
} Helper;

struct Pool {
    PyThread_type_lock lock;     /* of all that follows */
    PyThread_type_lock finished; /* locked but when the last helper has left its work */
    int taken;                   /* whether a caller has the helpers */
    void (*work)(void *);        /* NULL if there is none to be begun */
    void *context;
    int inside;   /* helpers that are at work */
    int awaited;  /* whether `finished` is waited for */
    int helpers;  /* how many there are */
    long process; /* in which they are */
    Helper helper[MOST_HELPERS];
};

static inline long
this_process(void)
{
#ifdef _WIN32
    return 0; /* nothing is forked there */
#else
    return (long)getpid();
#endif
}

static inline void
lock_pool(Pool *pool)
{
    if (pool)
        PyThread_acquire_lock(pool->lock, WAIT_LOCK);
}

static inline void
unlock_pool(Pool *pool)
{
    if (pool)
        PyThread_release_lock(pool->lock);
}

/* What a helper does for ever. */
static void
help(void *self)
{
    Helper *helper = self;
    Pool *pool = helper->pool;
#ifndef _WIN32
    sigset_t all; /* signals are for the threads of Python */
    sigfillset(&all);
    const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}; /* for faulthandler */
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        sigdelset(&all, crashes[i]);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
#endif
    for (;;) {
        PyThread_acquire_lock(helper->start, WAIT_LOCK);
        lock_pool(pool);
        helper->woken = 0;
        void (*work)(void *) = pool->work;
        void *context = pool->context;
        pool->inside += work != NULL;
        unlock_pool(pool);
        if (!work) /* others have done it */
            continue;
        work(context);
        lock_pool(pool);
        if (--pool->inside == 0 && pool->awaited) {
            pool->awaited = 0;
            PyThread_release_lock(pool->finished);
        }
        unlock_pool(pool);
    }
}

static PyThread_type_lock
closed_lock(void)
{
    PyThread_type_lock lock = allocation_fails() ? NULL : PyThread_allocate_lock();
    if (lock)
        PyThread_acquire_lock(lock, WAIT_LOCK);
    return lock;
}

/* The pool, with so many helpers if they can be had; NULL if there cannot be one. With the
 * interpreter's lock. */
static Pool *
pool_of(int helpers)
{
    static Pool *pool;
    if (!pool || pool->process != this_process()) {
        Pool *made = checked_malloc(sizeof(Pool));
        if (!made)
            return NULL;
        memset(made, 0, sizeof(Pool));
        made->process = this_process();
        made->lock = allocation_fails() ? NULL : PyThread_allocate_lock();
        made->finished = closed_lock();
        if (!made->lock || !made->finished) {
            if (made->lock)
                PyThread_free_lock(made->lock);
            if (made->finished) {
                PyThread_release_lock(made->finished);
                PyThread_free_lock(made->finished);
            }
            free(made);
            return NULL;
        }
        pool = made; /* one of before the fork may be in any state, and is left alone */
    }
    while (pool->helpers < helpers && pool->helpers < MOST_HELPERS) {
        Helper *helper = &pool->helper[pool->helpers];
        helper->pool = pool;
        if (!helper->start && !(helper->start = closed_lock()))
            break;
        if (PyThread_start_new_thread(help, helper) == PYTHREAD_INVALID_THREAD_ID)
            break;
        pool->helpers++;
    }
    return pool;
}

/* Whether the pool has taken the work, at which up to so many helpers then are, besides the one who
 * calls, and who is to call `end_work`. */
static int
begin_work(Pool *pool, int helpers, void (*work)(void *), void *context)
{
    lock_pool(pool);
    const int taken = !pool->taken;
    if (taken) {
        pool->taken = 1;
        pool->work = work;
        pool->context = context;
        for (int i = 0; i < helpers && i < pool->helpers; i++)
            if (!pool->helper[i].woken) {
                pool->helper[i].woken = 1;
                PyThread_release_lock(pool->helper[i].start);
            }
    }
    unlock_pool(pool);
    return taken;
}

/* No helper comes any more, and those that are at work are waited for. */
static void
end_work(Pool *pool)
{
    lock_pool(pool);
    pool->work = NULL;
    pool->awaited = pool->inside > 0;
    if (pool->awaited) {
        unlock_pool(pool);
        PyThread_acquire_lock(pool->finished, WAIT_LOCK);
        lock_pool(pool);
    }
    pool->taken = 0;
    unlock_pool(pool);
}

#endif
