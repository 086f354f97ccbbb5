/* A job with its samples in parts, which threads share. Each part is added up by itself, and the
 * sums are added in the order of the parts, so that answers do not depend on the threads. */
#ifndef AUTOGRAD_LITE_JOB_H
#define AUTOGRAD_LITE_JOB_H

#include "engine.h"
#include "pool.h"
#include "replay.h"
#include "tape.h"

enum { PART = 1024 };           /* samples */
enum { WORTH_SHARING = 200000 }; /* operations, below which a thread takes longer to wake up */

typedef struct {
    double *totals, *gradient; /* sums of a part */
    Py_ssize_t broken_guard, broken_sample;
    Batch *batch;
    int done;
} Sums;

typedef struct {
    const TapeObject *tape;
    Job *job;
    Pool *pool; /* NULL for one thread */
    Workspace **workspaces;
    int threads, joined; /* how many may be at work, and have come */
    Py_ssize_t parts, next, added, room;
    Sums *sums; /* of part i at i % room, for those that are not added yet */
} SplitJob;

static void
replay_part(const SplitJob *split, Workspace *w, Py_ssize_t part, Sums *sums)
{
    const TapeObject *tape = split->tape;
    const Py_ssize_t first = part * PART;
    Job job = *split->job;
    job.samples = job.samples - first < PART ? job.samples - first : PART;
    job.batch = sums->batch;
    for (Py_ssize_t c = 0; c < job.batches; c++) {
        Batch *batch = &job.batch[c];
        *batch = split->job->batch[c];
        batch->numbers += first * batch->width;
        if (batch->gradient)
            batch->gradient += first * batch->width;
        if (batch->rates)
            batch->rates += first * batch->width;
    }
    job.results += first * tape->outputs;
    if (job.rates)
        job.rates += first * tape->outputs;
    job.totals = sums->totals;
    job.uniform_gradient = sums->gradient;
    memset(job.totals, 0, (size_t)tape->outputs * sizeof(double));
    memset(job.uniform_gradient, 0, (size_t)tape->uniform_inputs * sizeof(double));
    replay(tape, w, &job);
    sums->broken_guard = job.broken_guard;
    sums->broken_sample = first + job.broken_sample;
}

/* Add the sums that come next, if they are there. */
static void
add_sums(SplitJob *split)
{
    Job *job = split->job;
    while (split->added < split->parts && split->sums[split->added % split->room].done) {
        Sums *sums = &split->sums[split->added % split->room];
        sums->done = 0;
        split->added++;
        if (sums->broken_guard >= 0) { /* the first one; nothing more is wanted */
            job->broken_guard = sums->broken_guard;
            job->broken_sample = sums->broken_sample;
            split->next = split->added = split->parts;
            return;
        }
        for (Py_ssize_t k = 0; k < split->tape->outputs; k++)
            job->totals[k] += sums->totals[k];
        for (Py_ssize_t k = 0; job->seeds && k < split->tape->uniform_inputs; k++)
            job->uniform_gradient[k] += sums->gradient[k];
    }
}

/* Do parts of a job until none is left, or one before them takes so long that there is no room for
 * their sums: then the thread that is at it does the rest. */
static void
share(void *context)
{
    SplitJob *split = context;
    lock_pool(split->pool);
    Workspace *w = split->joined < split->threads ? split->workspaces[split->joined++] : NULL;
    while (w && split->next < split->parts && split->next < split->added + split->room) {
        Py_ssize_t part = split->next++;
        Sums *sums = &split->sums[part % split->room];
        unlock_pool(split->pool);
        replay_part(split, w, part, sums);
        lock_pool(split->pool);
        sums->done = 1;
        add_sums(split);
    }
    unlock_pool(split->pool);
}

/* Memory for the sums of so many parts at a time. */
static int
make_sums(SplitJob *split, Py_ssize_t room)
{
    const size_t outputs = (size_t)split->tape->outputs;
    const size_t inputs = (size_t)split->tape->uniform_inputs;
    const size_t batches = (size_t)split->job->batches;
    size_t size = sizeof(Sums) + batches * sizeof(Batch) + (outputs + inputs) * sizeof(double);
    split->sums = checked_malloc((size_t)room * size);
    if (!split->sums) {
        PyErr_NoMemory();
        return -1;
    }
    Batch *batch = (Batch *)(split->sums + room);
    double *number = (double *)(batch + room * split->job->batches);
    for (Py_ssize_t i = 0; i < room; i++, number += outputs + inputs)
        split->sums[i] = (Sums){.totals = number,
                                .gradient = number + outputs,
                                .batch = batch + (size_t)i * batches};
    split->room = room;
    return 0;
}

/* Workspaces are taken with the interpreter's lock, from those that a tape keeps. */

static Workspace *
take_workspace(TapeObject *tape)
{
    Workspace *w = tape->spare;
    if (!w)
        return new_workspace(tape);
    tape->spare = w->next;
    return w;
}

static void
keep_workspace(TapeObject *tape, Workspace *w)
{
    w->next = tape->spare;
    tape->spare = w;
}

/* Replay `job`; other threads of Python run meanwhile, if it takes long enough. */
static int
run_job(TapeObject *tape, Job *job)
{
    const double operations = (double)tape->operations * (double)job->samples;
    SplitJob split = {.tape = tape, .job = job, .parts = (job->samples + PART - 1) / PART};
    Workspace *workspaces[MOST_HELPERS + 1];
    int most = job->threads < MOST_HELPERS + 1 ? job->threads : MOST_HELPERS + 1;
    if (most > split.parts)
        most = (int)split.parts;
    if (most < 1 || operations < WORTH_SHARING)
        most = 1;
    split.workspaces = workspaces;
    for (; split.threads < most; split.threads++)
        if (!(workspaces[split.threads] = take_workspace(tape)))
            break;
    int done = split.threads == most ? 0 : -1;
    if (done == 0 && split.parts > 1)
        done = make_sums(&split, most == 1 ? 1 : 4 * most < split.parts ? 4 * most : split.parts);
    if (done < 0) {
        ;
    } else if (operations < SHORT_REPLAY && split.parts == 1) {
        replay(tape, workspaces[0], job);
    } else {
        Pool *pool = most > 1 ? pool_of(most - 1) : NULL;
        Py_BEGIN_ALLOW_THREADS
        if (split.parts == 1) {
            replay(tape, workspaces[0], job);
        } else {
            split.pool = pool;
            if (pool && !begin_work(pool, most - 1, share, &split))
                split.pool = pool = NULL;
            share(&split);
            if (pool)
                end_work(pool);
        }
        Py_END_ALLOW_THREADS
    }
    free(split.sums);
    while (split.threads > 0)
        keep_workspace(tape, workspaces[--split.threads]);
    return done;
}

#endif
