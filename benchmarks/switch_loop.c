/* The plainest tape there is, as a yardstick: one operation after another through one switch,
 * forward for the values, backward for the gradient. Values and instructions lie in order; an
 * instruction writes the slot after the previous one's, the inputs come first. Partials are taken
 * from the values, as the table of autograd_lite does.
 *
 * The benchmark compiles it on the spot with -O3 -march=native: the yardstick may use whatever the
 * machine has.
 */
#include <math.h>
#include <string.h>

enum { ADD, MUL, SCALE, DIV, EXP, SOFTPLUS };

typedef struct {
    int op, a, b;  /* b is not read where there is one operand */
    double factor; /* of SCALE */
} Instruction;

/* The value of the last instruction; its derivatives by the inputs are the first `inputs` of
 * `adjoints`. Both arrays hold inputs + count numbers. */
double replay(const Instruction *tape, int count, const double *x, int inputs,
              double *restrict values, double *restrict adjoints)
{
    memcpy(values, x, (size_t)inputs * sizeof *x);
    double *out = values + inputs;
    for (const Instruction *i = tape; i < tape + count; i++, out++) {
        double a = values[i->a];
        switch (i->op) {
        case ADD: *out = a + values[i->b]; break;
        case MUL: *out = a * values[i->b]; break;
        case SCALE: *out = a * i->factor; break;
        case DIV: *out = a / values[i->b]; break;
        case EXP: *out = exp(a); break;
        case SOFTPLUS: *out = a > 0.0 ? a + log1p(exp(-a)) : log1p(exp(a)); break;
        }
    }
    memset(adjoints, 0, (size_t)(inputs + count) * sizeof *adjoints);
    int last = inputs + count - 1;
    adjoints[last] = 1.0;
    for (int slot = last; slot >= inputs; slot--) {
        const Instruction *i = tape + (slot - inputs);
        double g = adjoints[slot], y = values[slot];
        switch (i->op) {
        case ADD:
            adjoints[i->a] += g;
            adjoints[i->b] += g;
            break;
        case MUL:
            adjoints[i->a] += g * values[i->b];
            adjoints[i->b] += g * values[i->a];
            break;
        case SCALE: adjoints[i->a] += g * i->factor; break;
        case DIV: {
            double share = g / values[i->b];
            adjoints[i->a] += share;
            adjoints[i->b] -= share * y;
            break;
        }
        case EXP: adjoints[i->a] += g * y; break;
        case SOFTPLUS: adjoints[i->a] -= g * expm1(-y); break;
        }
    }
    return values[last];
}
