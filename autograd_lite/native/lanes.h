/* libm by lanes: functions that a compiler turns into vector code, for samples side by side.
 *
 * Each is within 1 ulp of the true value and has the same bits with every compiler, instruction
 * set and machine, for it is written in + - * /, sqrt and integers alone, without a branch, a
 * fused multiply-add, or (but for far angles, see lane_sin.h) a table that is looked up. C's libm
 * promises neither. What is not finite, signed zeros and subnormal numbers are as C's annex F has
 * them; a nan is a nan, whatever its bits.
 *
 * tests/test_lanes.py holds them to that, against mpmath.
 */
#ifndef AUTOGRAD_LITE_LANES_H
#define AUTOGRAD_LITE_LANES_H

#include "lane_erf.h"
#include "lane_exp.h"
#include "lane_log.h"
#include "lane_sin.h"

#endif
