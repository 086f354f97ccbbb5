/* exp, expm1, exp2, sinh, cosh and tanh for lanes: see lanes.h. */
#ifndef AUTOGRAD_LITE_LANE_EXP_H
#define AUTOGRAD_LITE_LANE_EXP_H

#include "lane_numbers.h"

/* x = n ln 2 + r with |r| <= ln(2) / 2, so that exp(x) = 2^n exp(r). Subtracting n ln 2 in parts
 * loses nothing (Cody and Waite, Software Manual for the Elementary Functions, 1980): n LN2_1 is
 * exact, and so is x - n LN2_1. */
typedef struct {
    uint64_t n;
    double n_double;
    Pair r;
} Reduced;

ALWAYS_INLINE Reduced
reduced_by_ln2(double x, double low) /* of x + low, for |x| < 2^19 and |low| below x's last bit */
{
    const double shifted = x * INVERSE_LN2_1 + SHIFTER, n = shifted - SHIFTER;
    return (Reduced){shifted_int(shifted), n, quick_sum(x - n * LN2_1, low - n * LN2_2)};
}

/* exp(r) for |r| <= ln(2) / 2: 1 + r + r^2 p(r), with 1 + r as a pair, so that the rounding of the
 * rest, which is below 0.07, is all that is lost: below 2^-56. */
ALWAYS_INLINE Pair
exp_near_zero(Pair r)
{
    const Pair sum = quick_sum(1.0, r.high);
    const double rest = r.low + r.high * (r.low + r.high * POLYNOMIAL(EXP_TERMS, r.high));
    return (Pair){sum.high, sum.low + rest};
}

/* exp(x + low) for |low| <= x's last bit: within 0.6 ulp, 1 where it is subnormal, which rounds
 * twice. */
ALWAYS_INLINE double
exp_of_sum(double x, double low)
{
    double inside = pick(x > 710.0, 710.0, x); /* gives inf all the same */
    inside = pick(inside < -750.0, -750.0, inside); /* gives 0; a nan stays */
    const Reduced reduced = reduced_by_ln2(inside, low);
    return scaled(rounded(exp_near_zero(reduced.r)), reduced.n);
}

ALWAYS_INLINE double
lane_exp(double x)
{
    return exp_of_sum(x, 0.0);
}

/* exp(x) - 1 within 2^-57 of it, for x < 709.8. With r as above and e = exp(r) - 1 it is
 * 2^n ((1 - 2^-n) + e), and the sum is done in two doubles: for small n it cancels. Below -60 it is
 * that of -60, which rounds to -1. */
ALWAYS_INLINE Pair
expm1_pair(double x)
{
    const double inside = pick(x < -60.0, -60.0, x);
    const Reduced reduced = reduced_by_ln2(inside, 0.0);
    const double r = reduced.r.high, square = r * r;
    const double low = reduced.r.low + reduced.r.low * r;
    const double rest = square * r * POLYNOMIAL(EXPM1_TERMS, r) + low;
    /* 2^-n; with n > 100 it is lost in any case */
    const double n = pick(reduced.n_double > 100.0, 100.0, reduced.n_double);
    const Pair one = exact_sum(1.0, -power_of_two(0 - shifted_int(n + SHIFTER)));
    const Pair sum = exact_sum(one.high, r), more = exact_sum(sum.high, 0.5 * square + rest);
    const Pair result = quick_sum(more.high, (sum.low + more.low) + one.low);
    const uint64_t half = ((reduced.n + 4096) >> 1) - 2048;
    return pair_scaled(pair_scaled(result, power_of_two(half)), power_of_two(reduced.n - half));
}

ALWAYS_INLINE double
lane_expm1(double x) /* within 0.8 ulp */
{
    const double most = 709.782712893384; /* exp of the double after it is inf */
    const double out = pick(x > most, INFINITY, rounded(expm1_pair(pick(x > most, most, x))));
    return pick(fabs(x) < 0x1p-54, x, out);
}

/* tanh(x) = -m / (2 + m) with m = exp(-2 |x|) - 1: nothing cancels. Within 0.7 ulp. */
ALWAYS_INLINE double
lane_tanh(double x)
{
    const double size = fabs(x);
    const Pair m = expm1_pair(-2.0 * pick(size > 22.0, 22.0, size)); /* from there on 1 */
    const Pair out = over((Pair){-m.high, -m.low}, plus(pair(2.0), m));
    return copysign(pick(size < 0x1p-28, size, rounded(out)), x);
}

/* exp(x) / 2, also where exp(x) itself is too large; for x > -700. */
ALWAYS_INLINE double
half_exp(double x)
{
    const Reduced reduced = reduced_by_ln2(pick(x > 712.0, 712.0, x), 0.0);
    return scaled(rounded(exp_near_zero(reduced.r)), reduced.n - 1);
}

/* sinh(x) = (m + m / (1 + m)) / 2 with m = exp(|x|) - 1. Within 0.7 ulp. */
ALWAYS_INLINE double
lane_sinh(double x)
{
    const double size = fabs(x);
    const Pair m = expm1_pair(pick(size > 30.0, 30.0, size));
    const Pair twice = plus(m, over(m, plus(pair(1.0), m)));
    double out = pick(size > 30.0, half_exp(size), 0.5 * rounded(twice));
    out = pick(size < 0x1p-28, size, out);
    return copysign(out, x);
}

/* cosh(x) = (e + 1 / e) / 2 with e = exp(|x|). Within 0.7 ulp. */
ALWAYS_INLINE double
lane_cosh(double x)
{
    const double size = fabs(x);
    const Reduced reduced = reduced_by_ln2(pick(size > 30.0, 30.0, size), 0.0);
    const Pair whole = exp_near_zero(reduced.r);
    const Pair e = pair_scaled(quick_sum(whole.high, whole.low), power_of_two(reduced.n));
    return pick(size > 30.0, half_exp(size), 0.5 * rounded(plus(e, over(pair(1.0), e))));
}

#endif
