/* erf and erfc for lanes: see lanes.h. */
#ifndef AUTOGRAD_LITE_LANE_ERF_H
#define AUTOGRAD_LITE_LANE_ERF_H

#include "lane_exp.h"

/* erf(x) = x (2 / sqrt(pi) + x^2 p(x^2)) for |x| <= 1/2. */
ALWAYS_INLINE Pair
erf_near_zero(double x)
{
    const double square = x * x;
    const Pair main = exact_product(x, TWO_OVER_ROOT_PI_1);
    const double rest = x * (square * POLYNOMIAL(ERF_TERMS, square) + TWO_OVER_ROOT_PI_2);
    return quick_sum(main.high, main.low + rest);
}

/* erfc(x) = exp(-x^2) (27/32 + w / 8 + p(1 - w)) / (1 + 3/2 x), w = 6 / (x + 3), for 1/2 <= x <=
 * 28. What follows exp(-x^2) but for the denominator is smooth even at infinity: w maps what is
 * left of the line to an interval (Schonfelder, "Chebyshev expansions for the error and related
 * functions", 1978). It is nearly linear in w, and p is below 0.02. Each factor is its first 26
 * digits and the rest, for else all roundings add up. */
typedef struct {
    Pair factor; /* of 2^n */
    uint64_t n;
} Tail;

/* Numerator / below, as the quotient's first 26 digits and the rest. */
ALWAYS_INLINE Pair
quotient_in_parts(double above1, double above2, double below1, double below2)
{
    const double inverse = 1.0 / (below1 + below2), q1 = head((above1 + above2) * inverse);
    return (Pair){q1, inverse * (((above1 - q1 * below1) - q1 * below2) + above2)};
}

ALWAYS_INLINE Tail
erfc_far_from_zero(double x)
{
    const double x1 = head(x), x2 = x - x1;
    const Pair square = quick_sum(-x1 * x1, -x2 * (x1 + x)); /* -x^2 */
    const Reduced reduced = reduced_by_ln2(square.high, square.low);
    const Pair whole = exp_near_zero(reduced.r), e = quick_sum(whole.high, whole.low);
    const double e1 = head(e.high), e2 = (e.high - e1) + e.low;
    const double x_3 = head(x + 3.0), x_3_rest = x1 - (x_3 - 3.0) + x2;
    const Pair w = quotient_in_parts(6.0, 0.0, x_3, x_3_rest);
    const double rest = polynomial_in_halves(ERFC_TERMS, 23, 1.0 - (w.high + w.low));
    const double w1 = 0.125 * w.high, p1 = head(27.0 / 32.0 + w1);
    const double p2 = (w1 - (p1 - 27.0 / 32.0)) + (0.125 * w.low + rest);
    const double below1 = head(1.0 + 1.5 * x), below2 = (x - (below1 - 1.0)) + 0.5 * x;
    const Pair q = quotient_in_parts(e1 * p1, e2 * p1 + e.high * p2, below1, below2);
    return (Tail){quick_sum(q.high, q.low), reduced.n};
}

ALWAYS_INLINE double
clamped_for_erfc(double size)
{
    const double inside = pick(size < 0.5, 0.5, size);
    return pick(inside > 28.0, 28.0, inside); /* erfc(28) is 0; a nan stays */
}

ALWAYS_INLINE double
lane_erfc(double x) /* within 0.9 ulp, 1 where it is subnormal */
{
    const double size = fabs(x), small = pick(size < 0.5, x, 0.0);
    const Tail tail = erfc_far_from_zero(clamped_for_erfc(size));
    const Pair inner = erf_near_zero(small);
    const Pair middle = plus(pair(1.0), (Pair){-inner.high, -inner.low});
    /* 2^n is below the normal numbers for large x; there it does not matter for 2 - erfc(-x) */
    const double right = scaled(rounded(tail.factor), tail.n);
    const uint64_t most = shifted_int(pick(size > 6.0, -100.0, int_as_double(tail.n)) + SHIFTER);
    const Pair left = plus(pair(2.0), pair_scaled(tail.factor, -power_of_two(most)));
    const double out = pick(x < 0.0, rounded(left), right);
    return pick(size < 0.5, rounded(middle), out);
}

/* 1 - erfc(|x|) from 1/2 on. */
ALWAYS_INLINE double
lane_erf(double x) /* within 0.9 ulp */
{
    const double size = fabs(x), inside = pick(size > 6.0, 6.0, size); /* from 5.93 on 1 */
    const Tail tail = erfc_far_from_zero(clamped_for_erfc(inside));
    const Pair outer = plus(pair(1.0), pair_scaled(tail.factor, -power_of_two(tail.n)));
    const Pair inner = erf_near_zero(pick(size < 0.5, size, 0.0));
    const double tiny = size * TWO_OVER_ROOT_PI_1;
    double out = pick(size < 0.5, rounded(inner), rounded(outer));
    out = pick(size < 0x1p-500, tiny, out); /* where a product loses nothing but may be subnormal */
    return copysign(out, x);
}

#endif
