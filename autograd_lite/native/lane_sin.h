/* sin, cos and tan for lanes: see lanes.h. */
#ifndef AUTOGRAD_LITE_LANE_SIN_H
#define AUTOGRAD_LITE_LANE_SIN_H

#include "lane_numbers.h"

/* An angle as n quarters of a turn and a rest r, |r| <= pi / 4. */
typedef struct {
    uint64_t quarters;
    Pair r;
} Angle;

#define FAR_ANGLE 0x1p20 /* lanes are right for |x| up to there; others need `far_angle` */

/* Subtract n pi / 2 in four parts, three of them exact (Cody and Waite, 1980): so the rest is right
 * even where x is the double nearest to a multiple. */
ALWAYS_INLINE Angle
near_angle(double x)
{
    const double shifted = x * TWO_OVER_PI + SHIFTER, n = shifted - SHIFTER;
    const Pair a = exact_sum(x - n * HALF_PI_1, -(n * HALF_PI_2));
    const Pair b = exact_sum(a.high, -(n * HALF_PI_3));
    return (Angle){shifted_int(shifted), quick_sum(b.high, (a.low + b.low) - n * HALF_PI_4)};
}

/* Any finite x >= 2^20, by integers: x = m 2^e, and of m 2^e (2 / pi) only the part below 4
 * matters; bits of 2 / pi that give multiples of 4 are skipped (Payne and Hanek, "Radian reduction
 * for trigonometric functions", 1983). Seven words of 2 / pi leave 138 bits after the point, and
 * no double is nearer to a multiple of pi / 2 than 2^-62. */
static Angle
far_angle(double x)
{
    const uint64_t bits = bits_of(x);
    const uint64_t m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    const int e = (int)(bits >> 52 & 0x7ff) - 1075; /* from -32 to 971 */
    const int skipped = e < 34 ? 0 : (e - 2) / 32;
    const int left = e - 32 * skipped + 32; /* the product's shift to the left: from 0 to 66 */
    uint32_t words[13] = {0}; /* of the product, the last ones first */
    for (int half = 0; half < 2; half++) {
        uint64_t carry = 0;
        const uint64_t factor = half ? m >> 32 : m & 0xffffffff;
        for (int i = 0; i < 7; i++) {
            carry += factor * TURN[skipped + 6 - i] + words[half + i];
            words[half + i] = (uint32_t)carry;
            carry >>= 32;
        }
        words[half + 7] = (uint32_t)carry;
    }
    uint32_t moved[12]; /* shifted by `left`: the quarters begin at word 8 */
    for (int i = 0; i < 12; i++) {
        const int from = i - left / 32, by = left % 32;
        const uint64_t here = from >= 0 ? words[from] : 0, below = from >= 1 ? words[from - 1] : 0;
        moved[i] = (uint32_t)((here << 32 | below) << by >> 32);
    }
    /* nearest multiple: from half a quarter on the next one, and the rest is negative */
    const uint32_t negative = moved[7] >> 31, flip = 0 - negative;
    Pair fraction = {0.0, 0.0};
    double weight = 0x1p-32;
    for (int i = 7; i > 1; i--, weight *= 0x1p-32) {
        const Pair sum = exact_sum(fraction.high, (double)(moved[i] ^ flip) * weight);
        fraction = quick_sum(sum.high, sum.low + fraction.low);
    }
    Pair r = times(fraction, (Pair){WHOLE_HALF_PI_1, WHOLE_HALF_PI_2});
    const int minus = (negative != 0) != (bits >> 63 != 0);
    r = minus ? (Pair){-r.high, -r.low} : r;
    const uint64_t quarters = (uint64_t)moved[8] + negative;
    return (Angle){bits >> 63 ? 0 - quarters : quarters, r};
}

ALWAYS_INLINE int
is_far_angle(double x) /* a nan is not */
{
    return fabs(x) > FAR_ANGLE;
}

static Angle
any_angle(double x)
{
    if (!is_far_angle(x))
        return near_angle(x);
    if (fabs(x) == INFINITY)
        return (Angle){0, {NAN, NAN}};
    return far_angle(x);
}

/* sin(r) = r + r^3 p(r^2), to first order in r.low: within 2^-56 of r. */
ALWAYS_INLINE Pair
sin_near_zero(Pair r)
{
    const double square = r.high * r.high;
    const double cubic = r.high * square * POLYNOMIAL(SIN_TERMS, square);
    return quick_sum(r.high, cubic + (r.low - 0.5 * square * r.low));
}

/* cos(r) = 1 - r^2 / 2 + r^4 p(r^2), to first order in r.low. */
ALWAYS_INLINE Pair
cos_near_zero(Pair r)
{
    const Pair square = exact_product(r.high, r.high), sum = quick_sum(1.0, -0.5 * square.high);
    const double quartic = square.high * square.high * POLYNOMIAL(COS_TERMS, square.high);
    return quick_sum(sum.high, sum.low + (quartic - (r.high * r.low + 0.5 * square.low)));
}

/* Within 0.8 ulp, each. */
ALWAYS_INLINE double
sin_of_angle(double x, Angle angle)
{
    const double s = rounded(sin_near_zero(angle.r)), c = rounded(cos_near_zero(angle.r));
    const double out = pick_by_bit(angle.quarters & 1, c, s);
    return pick(x == 0.0, x, of_bits(bits_of(out) ^ (angle.quarters & 2) << 62));
}

ALWAYS_INLINE double
cos_of_angle(Angle angle)
{
    const double s = rounded(sin_near_zero(angle.r)), c = rounded(cos_near_zero(angle.r));
    const double out = pick_by_bit(angle.quarters & 1, s, c);
    return of_bits(bits_of(out) ^ ((angle.quarters + 1) & 2) << 62);
}

/* s / c, or -c / s. Within 0.9 ulp: s with what r^2 and r^3 lose by rounding. */
ALWAYS_INLINE double
tan_of_angle(double x, Angle angle)
{
    const double r = angle.r.high;
    const Pair square = exact_product(r, r), cube = exact_product(r, square.high);
    const Pair c = cos_near_zero(angle.r);
    Pair s = sin_near_zero(angle.r);
    s.low -= (cube.low + r * square.low) * (1.0 / 6.0);
    const uint64_t odd = angle.quarters & 1;
    const Pair above = {pick_by_bit(odd, -c.high, s.high), pick_by_bit(odd, -c.low, s.low)};
    const Pair below = {pick_by_bit(odd, s.high, c.high), pick_by_bit(odd, s.low, c.low)};
    return pick(x == 0.0, x, rounded(over(above, below)));
}

/* The functions for |x| <= FAR_ANGLE, and for any x with the same bits there. */
ALWAYS_INLINE double
lane_sin(double x)
{
    return sin_of_angle(x, near_angle(x));
}

ALWAYS_INLINE double
lane_cos(double x)
{
    return cos_of_angle(near_angle(x));
}

ALWAYS_INLINE double
lane_tan(double x)
{
    return tan_of_angle(x, near_angle(x));
}

static inline double
any_sin(double x)
{
    return sin_of_angle(x, any_angle(x));
}

static inline double
any_cos(double x)
{
    return cos_of_angle(any_angle(x));
}

static inline double
any_tan(double x)
{
    return tan_of_angle(x, any_angle(x));
}

#endif
