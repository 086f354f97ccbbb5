/* The table's formulas for batches: with lane functions (lanes.h) in the place of libm's.
 *
 * LANE(name_value) and LANE(name_partials) are for loops over lanes; sin, cos and tan in them are
 * right for operands up to FAR_ANGLE. ANY_LANE is for one number after another, has the same bits
 * there, and is right everywhere.
 */
#ifndef AUTOGRAD_LITE_LANE_TABLE_H
#define AUTOGRAD_LITE_LANE_TABLE_H

#include "engine.h"
#include "lanes.h"
#include "table.inc"

#define LANE(function) lane_##function
#define ANY_LANE(function) any_##function

/* Rows that take an angle of any size; those that take one of their own making keep it small. */
#define ANGLE_ROWS(X) X(sin, 1) X(cos, 1) X(tan, 1)

#define exp(x) lane_exp(x)
#define expm1(x) lane_expm1(x)
#define log(x) lane_log(x)
#define log1p(x) lane_log1p(x)
#define log2(x) lane_log2(x)
#define log10(x) lane_log10(x)
#define pow(x, y) lane_pow(x, y)
#define sinh(x) lane_sinh(x)
#define cosh(x) lane_cosh(x)
#define tanh(x) lane_tanh(x)
#define erf(x) lane_erf(x)
#define erfc(x) lane_erfc(x)
#define rint(x) lane_rint(x)

#define sin(x) lane_sin(x)
#define cos(x) lane_cos(x)
#define tan(x) lane_tan(x)
#define ROW(name) LANE(name)
#define ROW_KIND ALWAYS_INLINE
#include "formulas.inc"
#undef ROW
#undef ROW_KIND
#undef sin
#undef cos
#undef tan

#define sin(x) any_sin(x)
#define cos(x) any_cos(x)
#define tan(x) any_tan(x)
#define ROW(name) ANY_LANE(name)
#define ROW_KIND static inline
#include "formulas.inc"
#undef ROW
#undef ROW_KIND
#undef sin
#undef cos
#undef tan

#undef exp
#undef expm1
#undef log
#undef log1p
#undef log2
#undef log10
#undef pow
#undef sinh
#undef cosh
#undef tanh
#undef erf
#undef erfc
#undef rint

/* These are all branches, of which vectors would have to take every one: libm is faster there. */
#define lane_gamma_value gamma_value
#define lane_gamma_partials gamma_partials
#define lane_lgamma_value lgamma_value
#define lane_lgamma_partials lgamma_partials
#define lane_digamma_value digamma_value
#define lane_digamma_partials digamma_partials
#define lane_polygamma_1_value polygamma_1_value
#define lane_polygamma_1_partials polygamma_1_partials
#define any_gamma_partials gamma_partials
#define any_lgamma_partials lgamma_partials
#define any_digamma_partials digamma_partials
#define any_polygamma_1_partials polygamma_1_partials

#endif
