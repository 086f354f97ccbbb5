/* The tape, which is a translation unit of its own: what the module takes from it. */
#ifndef AUTOGRAD_LITE_TAPE_H
#define AUTOGRAD_LITE_TAPE_H

#include "engine.h"

typedef struct {
    const double *numbers; /* sample after sample */
    double *gradient;      /* likewise, or NULL */
    const double *rates;   /* likewise, or NULL */
    Py_ssize_t width;
} Batch; /* an argument that differs from sample to sample */

typedef struct {
    Py_ssize_t samples, batches;
    const double *uniform, *seeds, *uniform_rates;
    double *results, *totals, *uniform_gradient, *rates;
    Batch *batch;
    Py_ssize_t broken_guard, broken_sample;
    int threads; /* that may share it */
} Job;

/* Replay `job`, which must fit the tape, and whose `broken_guard` is -1, its sums 0; -1 with an
 * error if there is no memory. */
HIDDEN int replay_job(PyObject *tape, Job *job);

/* How many results there are. */
HIDDEN Py_ssize_t tape_outputs(PyObject *tape);

/* Whether the tape takes so many uniform inputs and such batches. */
HIDDEN int tape_takes(PyObject *tape, Py_ssize_t uniform, const Batch *batch, Py_ssize_t batches);

/* The type Tape, a new reference, with the loops of the best instruction set of this machine. */
HIDDEN PyObject *new_tape_type(void);

/* use_kernels(n): replay with another instruction set of this machine, for tests and benchmarks;
 * gives the one before. */
HIDDEN PyObject *module_use_kernels(PyObject *module, PyObject *number);

#endif
