/* What all lane functions (lanes.h) are made of: choices without branches, the bits of a double,
 * and sums and products in two doubles.
 *
 * Only + - * / and unsigned integers: every instruction set does these alike, and a compiler turns
 * a loop over them into vector code of any width. No multiply-add may be fused
 * (-ffp-contract=off).
 */
#ifndef AUTOGRAD_LITE_LANE_NUMBERS_H
#define AUTOGRAD_LITE_LANE_NUMBERS_H

#include "engine.h"
#include "lane_coefficients.inc"

/* Choices and bits ----------------------------------------------------------------------------- */

/* Each condition is one comparison of doubles: an int that is more than that may keep a compiler
 * from making vectors. */
ALWAYS_INLINE double
pick(int condition, double yes, double no)
{
    return condition ? yes : no;
}

ALWAYS_INLINE uint64_t
bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

ALWAYS_INLINE double
of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* One of two by a bit, 0 or 1. */
ALWAYS_INLINE double
pick_by_bit(uint64_t bit, double one, double zero)
{
    const uint64_t mask = 0 - bit;
    return of_bits((bits_of(one) & mask) | (bits_of(zero) & ~mask));
}

/* A double as its nearest int: x + SHIFTER has it in its last bits, for |x| < 2^51, and
 * (x + SHIFTER) - SHIFTER is that int as a double. */
#define SHIFTER 0x1.8p52

ALWAYS_INLINE uint64_t
shifted_int(double shifted) /* modulo 2^64 */
{
    return bits_of(shifted) - bits_of(SHIFTER);
}

ALWAYS_INLINE double
int_as_double(uint64_t n) /* for |n| < 2^51 */
{
    return of_bits(n + bits_of(SHIFTER)) - SHIFTER;
}

ALWAYS_INLINE double
power_of_two(uint64_t n) /* for -1022 <= n <= 1023 */
{
    return of_bits((n + 1023) << 52);
}

/* x 2^n for |n| < 2046: in two steps, so that only the second one rounds. */
ALWAYS_INLINE double
scaled(double x, uint64_t n)
{
    const uint64_t half = ((n + 4096) >> 1) - 2048;
    return x * power_of_two(half) * power_of_two(n - half);
}

/* The nearest int, ties to even; the same as rint. */
ALWAYS_INLINE double
lane_rint(double x)
{
    const double size = fabs(x);
    return copysign(pick(size < 0x1p52, (size + 0x1p52) - 0x1p52, size), x);
}

/* Pairs ----------------------------------------------------------------------------------------
 *
 * high + low, where high is the double nearest to the sum: about 106 bits. Dekker, "A
 * floating-point technique for extending the available precision", 1971; Knuth, The Art of
 * Computer Programming 4.2.2; Muller et al., Handbook of Floating-Point Arithmetic, chapter 4.
 */

typedef struct {
    double high, low;
} Pair;

ALWAYS_INLINE Pair
quick_sum(double a, double b) /* exact, where |a| >= |b| or a is 0 */
{
    const double sum = a + b;
    return (Pair){sum, b - (sum - a)};
}

ALWAYS_INLINE Pair
exact_sum(double a, double b)
{
    const double sum = a + b, rest = sum - a;
    return (Pair){sum, (a - (sum - rest)) + (b - rest)};
}

/* The first 26 binary digits of x: a product of two such numbers is exact. */
ALWAYS_INLINE double
head(double x)
{
    return of_bits(bits_of(x) & ~(((uint64_t)1 << 27) - 1));
}

/* What a product lost by rounding, as a fused multiply-add would give it: factors in halves of 26
 * bits. For factors below 2^996 whose product is above 2^-969. */
ALWAYS_INLINE double
lost_by_product(double a, double b, double product)
{
    const double big_a = a * 134217729.0, a1 = big_a - (big_a - a), a2 = a - a1;
    const double big_b = b * 134217729.0, b1 = big_b - (big_b - b), b2 = b - b1;
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
}

ALWAYS_INLINE Pair
exact_product(double a, double b)
{
    const double product = a * b;
    return (Pair){product, lost_by_product(a, b, product)};
}

ALWAYS_INLINE Pair
plus(Pair a, Pair b) /* within 2^-104 of |a| + |b| */
{
    const Pair sum = exact_sum(a.high, b.high);
    return quick_sum(sum.high, sum.low + (a.low + b.low));
}

ALWAYS_INLINE Pair
times(Pair a, Pair b)
{
    const Pair product = exact_product(a.high, b.high);
    return quick_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

ALWAYS_INLINE Pair
over(Pair a, Pair b)
{
    const double quotient = a.high / b.high, product = quotient * b.high;
    const double rest = (a.high - product) - lost_by_product(quotient, b.high, product);
    return quick_sum(quotient, (rest + (a.low - quotient * b.low)) / b.high);
}

ALWAYS_INLINE double
rounded(Pair a)
{
    return a.high + a.low;
}

ALWAYS_INLINE Pair
pair(double x)
{
    return (Pair){x, 0.0};
}

ALWAYS_INLINE Pair
pick_pair(int condition, Pair yes, Pair no)
{
    return (Pair){pick(condition, yes.high, no.high), pick(condition, yes.low, no.low)};
}

ALWAYS_INLINE Pair
pair_scaled(Pair a, double power) /* by a power of two */
{
    return (Pair){a.high * power, a.low * power};
}

#if defined(__GNUC__) && !defined(__clang__)
#define UNROLLED _Pragma("GCC unroll 32") /* else a loop over lanes would have a loop inside */
#else
#define UNROLLED
#endif

/* terms[0] + terms[1] x + ... by Horner's rule; `count` is a literal. */
ALWAYS_INLINE double
polynomial(const double *terms, int count, double x)
{
    double sum = terms[count - 1];
    UNROLLED for (int i = count - 2; i >= 0; i--)
        sum = sum * x + terms[i];
    return sum;
}
/* The same with even and odd powers apart, so that a long one does not wait for itself; odd
 * `count`. */
ALWAYS_INLINE double
polynomial_in_halves(const double *terms, int count, double x)
{
    const double square = x * x;
    double even = terms[count - 1], odd = terms[count - 2];
    UNROLLED for (int i = count - 3; i > 0; i -= 2) {
        even = even * square + terms[i];
        odd = odd * square + terms[i - 1];
    }
    return (even * square + terms[0]) + x * odd;
}

#define POLYNOMIAL(terms, x) polynomial(terms, (int)(sizeof terms / sizeof *terms), x)

#endif
