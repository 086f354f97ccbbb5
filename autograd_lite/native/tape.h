/* The tape, which is a translation unit of its own: what the module takes from it. */
#ifndef AUTOGRAD_LITE_TAPE_H
#define AUTOGRAD_LITE_TAPE_H

#include "engine.h"

/* The type Tape, a new reference, with the loops of the best instruction set of this machine. */
HIDDEN PyObject *new_tape_type(void);

/* use_kernels(n): replay with a smaller instruction set, for tests; gives the one before. */
HIDDEN PyObject *module_use_kernels(PyObject *module, PyObject *number);

#endif
