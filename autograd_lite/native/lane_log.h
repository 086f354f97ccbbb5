/* log, log1p, log2, log10 and pow for lanes: see lanes.h. */
#ifndef AUTOGRAD_LITE_LANE_LOG_H
#define AUTOGRAD_LITE_LANE_LOG_H

#include "lane_exp.h"

/* x = 2^n m with least <= m < 2 least; m is exact. log(m) = log((1 + s) / (1 - s)) with
 * s = (m - 1) / (m + 1), whose series in s has odd powers only (Cody and Waite, 1980; fdlibm's
 * e_log.c, Sun 1993). m - 1 is exact, and so log near 1 is as good as far from it. */
typedef struct {
    double n, m;
} LogOperand;

ALWAYS_INLINE LogOperand
split_for_log(double x, double least) /* x positive; for others whatever comes */
{
    const int subnormal = x < 0x1p-1022;
    const uint64_t bits = bits_of(pick(subnormal, x * 0x1p54, x));
    /* the exponent of x / least, plus 2048 lest it is negative: there is no shift with a sign */
    const uint64_t n = ((bits - bits_of(least) + ((uint64_t)2048 << 52)) >> 52) - 2048;
    const double m = of_bits(bits - (n << 52));
    return (LogOperand){int_as_double(n) - pick(subnormal, 54.0, 0.0), m};
}

#define ROOT_1_2 0x1.6a09e667f3bcdp-1 /* sqrt(1/2) */
#define ROOT_3_4 0x1.bb67ae8584caap-1
#define ROOT_3_2 0x1.3988e1409212ep+0

ALWAYS_INLINE double
log_at_edges(double x, double out)
{
    out = pick(x == INFINITY, INFINITY, out);
    out = pick(x == 0.0, -INFINITY, out);
    out = pick(x < 0.0, NAN, out);
    return pick(x != x, x, out);
}

/* log(1 + f) = f - h + s (h + s^2 p(s^2)) with h = f^2 / 2: within 2^-57 of it, for f - h loses
 * nothing and the rest is small. */
ALWAYS_INLINE Pair
log_near_one(double f)
{
    const double s = f / (2.0 + f), square = s * s, h = 0.5 * f * f;
    const Pair less = quick_sum(f, -h);
    return (Pair){less.high, less.low + s * (h + square * POLYNOMIAL(LOG_TERMS, square))};
}

/* log(x (1 + relative)) for tiny `relative`: within 0.7 ulp. */
ALWAYS_INLINE double
log_of_product(double x, double relative)
{
    const LogOperand split = split_for_log(x, ROOT_1_2);
    const Pair rest = log_near_one(split.m - 1.0), sum = quick_sum(split.n * LN2_1, rest.high);
    return log_at_edges(x, sum.high + (sum.low + rest.low + (split.n * LN2_2 + relative)));
}

ALWAYS_INLINE double
lane_log(double x)
{
    return log_of_product(x, 0.0);
}

/* log(1 + x): 1 + x rounds to u, and what that loses is x (1 + lost / u). */
ALWAYS_INLINE double
lane_log1p(double x) /* within 0.7 ulp */
{
    const Pair u = exact_sum(1.0, x);
    const double relative = pick(u.high < INFINITY, u.low / u.high, 0.0);
    const double out = log_of_product(u.high, pick(u.high > 0.0, relative, 0.0));
    return pick(fabs(x) < 0x1p-54, x, out);
}

/* n log_b(2) + log(1 + f) / ln(b): the last factor is a pair. */
ALWAYS_INLINE double
lane_log2(double x) /* within 0.7 ulp, and exact for powers of two */
{
    const LogOperand split = split_for_log(x, ROOT_1_2);
    const Pair rest = times(log_near_one(split.m - 1.0), (Pair){INVERSE_LN2_1, INVERSE_LN2_2});
    const Pair sum = quick_sum(split.n, rest.high);
    return log_at_edges(x, sum.high + (sum.low + rest.low));
}

ALWAYS_INLINE double
lane_log10(double x) /* within 0.7 ulp */
{
    const LogOperand split = split_for_log(x, ROOT_1_2);
    const Pair rest = times(log_near_one(split.m - 1.0), (Pair){INVERSE_LN10_1, INVERSE_LN10_2});
    const Pair sum = quick_sum(split.n * LOG10_2_1, rest.high);
    return log_at_edges(x, sum.high + (sum.low + (rest.low + split.n * LOG10_2_2)));
}

/* log(x) within 2^-66 of it, for positive finite x: log(m) = log(c) + log(m / c) where c is 1 or
 * 3/2, and with s = (m - c) / (m + c), which is below 0.102, log(m / c) = 2/3 s (3 + s^2 + s^4
 * p(s^2)). Each factor is its first 26 digits and the rest: products of first digits are exact,
 * and the others small (as in fdlibm's e_pow.c, Sun 1993). */
ALWAYS_INLINE Pair
log_pair(double x)
{
    const LogOperand split = split_for_log(x, ROOT_3_4);
    const int upper = split.m > ROOT_3_2;
    const double c = pick(upper, 1.5, 1.0), f = split.m - c, d = split.m + c;
    const double inverse = 1.0 / d, s = f * inverse, s1 = head(s);
    const double d1 = head(d), d2 = split.m - (d1 - c);
    const double s2 = inverse * ((f - s1 * d1) - s1 * d2);
    const double square = s * s, square1 = s1 * s1;
    const double rest = s2 * (s1 + s) + square * square * POLYNOMIAL(LOG_PAIR_TERMS, square);
    const double w1 = head(3.0 + square1 + rest), w2 = rest - ((w1 - 3.0) - square1);
    const double product = s1 * w1, more = s2 * w1 + w2 * s, p1 = head(product + more);
    const double p2 = more - (p1 - product), near2 = p1 * TWO_THIRDS_2 + p2 * (2.0 / 3.0);
    const double far1 = split.n * LN2_1 + pick(upper, LOG_3_2_1, 0.0); /* exact */
    const double far2 = split.n * LN2_2 + pick(upper, LOG_3_2_2, 0.0);
    const Pair sum = quick_sum(far1, p1 * TWO_THIRDS_1);
    return quick_sum(sum.high, sum.low + (near2 + far2));
}

/* x^y = exp(y log(|x|)) with the product as a pair, and the sign from y's last digit, as in C's
 * annex F. Within 0.7 ulp. */
ALWAYS_INLINE double
lane_pow(double x, double y)
{
    const double size = fabs(x), whole = lane_rint(y), half = 0.5 * y;
    const double sign = pick(whole == y, pick(lane_rint(half) != half, x, 0.0), 0.0);
    /* An exponent beyond 2^80 gives 0, 1 or inf, but its products would be nan. */
    double exponent = pick(y > 0x1p80, 0x1p80, y);
    exponent = pick(exponent < -0x1p80, -0x1p80, exponent);
    const Pair log = log_pair(size);
    const double log1 = head(log.high), log2 = (log.high - log1) + log.low;
    const double exponent1 = head(exponent), exponent2 = exponent - exponent1;
    const Pair product = quick_sum(exponent1 * log1, exponent2 * log1 + exponent * log2);
    double out = exp_of_sum(product.high, pick(fabs(product.high) < 800.0, product.low, 0.0));
    out = pick(size == 0.0, pick(y < 0.0, INFINITY, 0.0), out);
    out = pick(size == INFINITY, pick(y < 0.0, 0.0, INFINITY), out);
    out = pick(x < 0.0, pick(whole == y, out, pick(size < INFINITY, NAN, out)), out);
    out = pick(y != y, y, pick(x != x, x, copysign(out, sign)));
    return pick(y == 0.0, 1.0, pick(x == 1.0, 1.0, out));
}

#endif
