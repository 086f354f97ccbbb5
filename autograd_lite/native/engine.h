/* What every part of the native engine includes: Python, the C library, names for what compilers
 * spell differently. */
#ifndef AUTOGRAD_LITE_ENGINE_H
#define AUTOGRAD_LITE_ENGINE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NEVER_INLINE static __attribute__((noinline))
#define PREFETCH(address) __builtin_prefetch((const void *)(address), 1)
#define HIDDEN extern __attribute__((visibility("hidden"))) /* of this module alone */
#else
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#define ALWAYS_INLINE static __forceinline
#define NEVER_INLINE static __declspec(noinline)
#define PREFETCH(address) ((void)(address))
#define HIDDEN extern
#endif

#ifdef _MSC_VER
#define THREAD_LOCAL __declspec(thread)
#else
#define THREAD_LOCAL _Thread_local
#endif

#endif
