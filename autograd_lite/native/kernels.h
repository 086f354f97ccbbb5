/* The inner loops of the tape for each instruction set, and which set this machine has. */
#ifndef AUTOGRAD_LITE_KERNELS_H
#define AUTOGRAD_LITE_KERNELS_H

#include "engine.h"
#include "row_kernels.h"

#if defined(__GNUC__)
#define VECTOR 2
#endif
#define K(name) name##_any
#include "kernel_loops.h"
#undef K
#undef VECTOR

#if defined(__GNUC__) && defined(__x86_64__)
#define SETS 3
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define VECTOR 4
#define K(name) name##_avx2
#include "kernel_loops.h"
#undef K
#undef VECTOR
#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl"))),                \
                             apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")
#endif
#define VECTOR 8
#define K(name) name##_avx512
#include "kernel_loops.h"
#undef K
#undef VECTOR
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#else
#define SETS 1
#endif

/* Angles that are too large for vectors, one after another. */
#define K(name) name##_far
#define FORMULA ANY_LANE
ANGLE_ROWS(KERNELS)
#undef K
#undef FORMULA

static const Kernels *const all_kernels[SETS] = {
    &kernels_any,
#if SETS == 3
    &kernels_avx2,
    &kernels_avx512,
#endif
};

#define FAR_VALUES(name, arity) [OP_##name] = name##_values_far,
static const RowKernel far_values[TAPE_OPCODES] = {ANGLE_ROWS(FAR_VALUES)};
#define FAR_REVERSE(name, arity) [OP_##name] = name##_reverse_far,
static const RowKernel far_reverse[TAPE_OPCODES] = {ANGLE_ROWS(FAR_REVERSE)};

/* Whether an instruction needs those. */
static inline int
is_far(const Rows *b, const int *in)
{
    if (LIKELY(!far_values[in[OPCODE]]))
        return 0;
    int found = 0;
    for (int i = 0; i < in[ROWS]; i++) {
        const double *x = value_row(b, in[ENTRIES + i]);
        for (Py_ssize_t l = 0; l < b->lanes; l++)
            found |= is_far_angle(x[l]);
    }
    return found;
}

static int best_set, kernel_set; /* of this machine; in use */

static void
choose_kernels(void)
{
#if SETS == 3
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        best_set = 2;
    else if (__builtin_cpu_supports("avx2"))
        best_set = 1;
#endif
    kernel_set = best_set;
}

#endif
