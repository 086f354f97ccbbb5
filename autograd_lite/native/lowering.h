/* Lowering, which is a translation unit of its own: what the module takes from it. */
#ifndef AUTOGRAD_LITE_LOWERING_H
#define AUTOGRAD_LITE_LOWERING_H

#include "engine.h"

HIDDEN PyObject *module_lower(PyObject *module, PyObject *args);

#endif
