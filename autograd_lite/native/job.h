/* A job with its samples in parts, which threads share. Each part is added up by itself, and the
 * sums are added in the order of the parts, so that answers do not depend on the threads. */
#ifndef AUTOGRAD_LITE_JOB_H
#define AUTOGRAD_LITE_JOB_H

#include "engine.h"
#include "few_directions.h"
#include "pool.h"
#include "replay.h"
#include "tape.h"

enum { PART = 1024 };            /* samples */
enum { SUMS_AHEAD = 1 << 17 };   /* doubles */
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
} Sharing;

static void
replay_part(const Sharing *sharing, Workspace *w, Py_ssize_t part, Sums *sums)
{
    const TapeObject *tape = sharing->tape;
    const Py_ssize_t first = part * PART;
    Job job = *sharing->job;
    job.samples = job.samples - first < PART ? job.samples - first : PART;
    job.batch = sums->batch;
    for (Py_ssize_t c = 0; c < job.batches; c++) {
        Batch *batch = &job.batch[c];
        *batch = sharing->job->batch[c];
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
add_sums(Sharing *sharing)
{
    Job *job = sharing->job;
    while (sharing->added < sharing->parts && sharing->sums[sharing->added % sharing->room].done) {
        Sums *sums = &sharing->sums[sharing->added % sharing->room];
        sums->done = 0;
        sharing->added++;
        if (sums->broken_guard >= 0) { /* the first one; nothing more is wanted */
            job->broken_guard = sums->broken_guard;
            job->broken_sample = sums->broken_sample;
            sharing->next = sharing->added = sharing->parts;
            return;
        }
        for (Py_ssize_t k = 0; k < sharing->tape->outputs; k++)
            job->totals[k] += sums->totals[k];
        for (Py_ssize_t k = 0; job->seeds && k < sharing->tape->uniform_inputs; k++)
            job->uniform_gradient[k] += sums->gradient[k];
    }
}

/* Do parts of a job until none is left, or one before them takes so long that there is no room for
 * their sums: then the thread that is at it does the rest. */
static void
share(void *context)
{
    Sharing *sharing = context;
    lock_pool(sharing->pool);
    const int wanted = sharing->joined < sharing->threads;
    Workspace *w = wanted ? sharing->workspaces[sharing->joined++] : NULL;
    while (w && sharing->next < sharing->parts &&
           sharing->next < sharing->added + sharing->room) {
        Py_ssize_t part = sharing->next++;
        Sums *sums = &sharing->sums[part % sharing->room];
        unlock_pool(sharing->pool);
        replay_part(sharing, w, part, sums);
        lock_pool(sharing->pool);
        sums->done = 1;
        add_sums(sharing);
    }
    unlock_pool(sharing->pool);
}

/* Memory for the sums of so many parts at a time. */
static int
make_sums(Sharing *sharing, Py_ssize_t room)
{
    const size_t outputs = (size_t)sharing->tape->outputs;
    const size_t inputs = (size_t)sharing->tape->uniform_inputs;
    const size_t batches = (size_t)sharing->job->batches;
    size_t size = sizeof(Sums) + batches * sizeof(Batch) + (outputs + inputs) * sizeof(double);
    sharing->sums = checked_malloc((size_t)room * size);
    if (!sharing->sums) {
        PyErr_NoMemory();
        return -1;
    }
    Batch *batch = (Batch *)(sharing->sums + room);
    double *number = (double *)(batch + room * sharing->job->batches);
    for (Py_ssize_t i = 0; i < room; i++, number += outputs + inputs)
        sharing->sums[i] = (Sums){.totals = number,
                                .gradient = number + outputs,
                                .batch = batch + (size_t)i * batches};
    sharing->room = room;
    return 0;
}

/* How many parts may wait to be added: as many as fit into SUMS_AHEAD, so that a thread that has
 * lost its processor does not stop the others, and some for each thread in any case. */
static Py_ssize_t
parts_ahead(const Sharing *sharing, int threads)
{
    const Py_ssize_t size = sharing->tape->outputs + sharing->tape->uniform_inputs + 1;
    const Py_ssize_t fit = SUMS_AHEAD / size, least = 4 * threads;
    const Py_ssize_t ahead = fit > least ? fit : least;
    return ahead < sharing->parts ? ahead : sharing->parts;
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

static void
replay_whole(const TapeObject *tape, Workspace *w, Job *job)
{
    if (!rates_along(tape, w, job))
        replay(tape, w, job);
}

/* Replay `job`; other threads of Python run meanwhile, if it takes long enough. */
static int
run_job(TapeObject *tape, Job *job)
{
    const double operations = (double)tape->operations * (double)job->samples;
    Sharing sharing = {.tape = tape, .job = job, .parts = (job->samples + PART - 1) / PART};
    Workspace *workspaces[MOST_HELPERS + 1];
    int most = job->threads < MOST_HELPERS + 1 ? job->threads : MOST_HELPERS + 1;
    if (most > sharing.parts)
        most = (int)sharing.parts;
    if (most < 1 || operations < WORTH_SHARING)
        most = 1;
    sharing.workspaces = workspaces;
    for (; sharing.threads < most; sharing.threads++)
        if (!(workspaces[sharing.threads] = take_workspace(tape)))
            break;
    int done = sharing.threads == most ? 0 : -1;
    if (done == 0 && sharing.parts > 1)
        done = make_sums(&sharing, most == 1 ? 1 : parts_ahead(&sharing, most));
    if (done == 0 && asks_for_rates_alone(tape, job) && !plan_of_tape(tape, workspaces[0], 1))
        done = -1;
    if (done < 0) {
        ;
    } else if (operations < SHORT_REPLAY && sharing.parts == 1) {
        replay_whole(tape, workspaces[0], job);
    } else {
        Pool *pool = most > 1 ? pool_of(most - 1) : NULL;
        Py_BEGIN_ALLOW_THREADS
        if (sharing.parts == 1) {
            replay_whole(tape, workspaces[0], job);
        } else {
            sharing.pool = pool;
            if (pool && !begin_work(pool, most - 1, share, &sharing))
                sharing.pool = pool = NULL;
            share(&sharing);
            if (pool)
                end_work(pool);
        }
        Py_END_ALLOW_THREADS
    }
    free(sharing.sums);
    while (sharing.threads > 0)
        keep_workspace(tape, workspaces[--sharing.threads]);
    return done;
}

#endif
