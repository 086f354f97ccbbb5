// Made from autograd_lite/primitives.py by `python -m autograd_lite.native.generate`.

function al_pow_log_1(x, y) {
    const t0 = ((y == 2.0 ? x * x : y == 1.0 ? x : pow(x, y)));
    const t1 = (t0 * (log(x)));
    return (((fabs(x)) > 0.0) ? (((fabs(t0)) > 0.0) ? t1 : t0) : ((y < 0.0) ? t1 : ((0.0 * x) * y)));
}

function al_sign(x) {
    return ((x > 0.0) ? 1.0 : ((x < 0.0) ? (-1.0) : (0.0 + (0.0 * x))));
}

function al_floordiv(x, y) {
    const t0 = (fabs(y));
    const t1 = (x / y);
    return ((t0 < INFINITY) ? ((t0 > 0.0) ? (rint(((x - ((fmod(x, y) == 0.0 ? copysign(0.0, y) : (fmod(x, y) < 0.0) == (y < 0.0) ? fmod(x, y) : fmod(x, y) + y))) / y))) : t1) : (((x * y) < 0.0) ? (-1.0) : t1));
}

function al_direction(x, y) {
    const t0 = (hypot(x, y));
    return ((t0 > 0.0) ? (((fabs(x)) < INFINITY) ? (x / t0) : (al_sign(x) + (0.0 * y))) : (0.0 * t0));
}

function al_real_of_inverse_power_1(x, y) {
    const t0 = (hypot(x, y));
    return ((t0 > 0.0) ? ((t0 < INFINITY) ? ((x / t0) / t0) : (0.0 * (al_sign(x) + al_sign(y)))) : (0.0 * t0));
}

function al_imaginary_of_inverse_power_1(x, y) {
    const t0 = (hypot(x, y));
    return ((t0 > 0.0) ? ((t0 < INFINITY) ? (((-y) / t0) / t0) : (0.0 * (al_sign(x) + al_sign(y)))) : (0.0 * t0));
}

function al_tanh_slope(y, x) {
    const t0 = (exp((-(fabs((2.0 * x))))));
    const t1 = (1.0 + t0);
    return (4.0 * (t0 / (t1 * t1)));
}

function al_clip(x, low, high) {
    return ((low <= high) ? ((x < low) ? low : ((x > high) ? high : x)) : ((low > high) ? high : (low + high)));
}

function al_digamma(x) {
    const t0 = (((x < 0.5) ? (1.0 - x) : x) + 10.0);
    const t1 = (t0 * t0);
    const t2 = (((((((((((((log(t0)) - (0.5 / t0)) - ((((((((((((((((-0.4432598039215686) / t1) + 0.08333333333333334) / t1) + (-0.02109279609279609)) / t1) + 0.007575757575757576) / t1) + (-0.004166666666666667)) / t1) + 0.003968253968253968) / t1) + (-0.008333333333333333)) / t1) + 0.08333333333333333) / t1)) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 0.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 1.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 2.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 3.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 4.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 5.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 6.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 7.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 8.0))) - (1.0 / (((x < 0.5) ? (1.0 - x) : x) + 9.0)));
    return ((x < 0.5) ? ((t2 - (3.141592653589793 / (tan((3.141592653589793 * (((fabs(x)) < 0.5) ? x : (x - (rint(x))))))))) + ((x < 0.0) ? (0.0 / (((fabs(x)) < 0.5) ? x : (x - (rint(x))))) : 0.0)) : t2);
}

function al_polygamma_1(x) {
    const t0 = (((x < 0.5) ? (1.0 - x) : x) + 11.0);
    const t1 = (t0 * t0);
    const t2 = (((((((((((((((-1.0) == 2.0 ? t0 * t0 : (-1.0) == 1.0 ? t0 : pow(t0, (-1.0)))) * (1.0 + ((0.5 + ((((((((((((((((-7.092156862745098) / t1) + 1.1666666666666667) / t1) + (-0.2531135531135531)) / t1) + 0.07575757575757576) / t1) + (-0.03333333333333333)) / t1) + 0.023809523809523808) / t1) + (-0.03333333333333333)) / t1) + 0.16666666666666666) / t0)) / t0))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 10.0) * (((x < 0.5) ? (1.0 - x) : x) + 10.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 10.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 10.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 9.0) * (((x < 0.5) ? (1.0 - x) : x) + 9.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 9.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 9.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 8.0) * (((x < 0.5) ? (1.0 - x) : x) + 8.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 8.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 8.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 7.0) * (((x < 0.5) ? (1.0 - x) : x) + 7.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 7.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 7.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 6.0) * (((x < 0.5) ? (1.0 - x) : x) + 6.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 6.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 6.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 5.0) * (((x < 0.5) ? (1.0 - x) : x) + 5.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 5.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 5.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 4.0) * (((x < 0.5) ? (1.0 - x) : x) + 4.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 4.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 4.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 3.0) * (((x < 0.5) ? (1.0 - x) : x) + 3.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 3.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 3.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 2.0) * (((x < 0.5) ? (1.0 - x) : x) + 2.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 2.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 2.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 1.0) * (((x < 0.5) ? (1.0 - x) : x) + 1.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 1.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 1.0), (-2.0))))) + (((-2.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 0.0) * (((x < 0.5) ? (1.0 - x) : x) + 0.0) : (-2.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 0.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 0.0), (-2.0)))));
    const t3 = (1.0 / (tan((3.141592653589793 * (((fabs(x)) < 0.5) ? x : (x - (rint(x))))))));
    return ((x < 0.5) ? (((-1.0) * t2) - (((-9.869604401089358) * (t3 * t3)) + (-9.869604401089358))) : (1.0 * t2));
}

function al_polygamma_2(x) {
    const t0 = (((x < 0.5) ? (1.0 - x) : x) + 12.0);
    const t1 = (t0 * t0);
    const t2 = ((-2.0) * ((((((((((((((((-2.0) == 2.0 ? t0 * t0 : (-2.0) == 1.0 ? t0 : pow(t0, (-2.0)))) * (0.5 + ((0.5 + ((((((((((((((((-60.28333333333333) / t1) + 8.75) / t1) + (-1.6452380952380952)) / t1) + 0.4166666666666667) / t1) + (-0.15)) / t1) + 0.08333333333333333) / t1) + (-0.08333333333333333)) / t1) + 0.25) / t0)) / t0))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 11.0) * (((x < 0.5) ? (1.0 - x) : x) + 11.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 11.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 11.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 10.0) * (((x < 0.5) ? (1.0 - x) : x) + 10.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 10.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 10.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 9.0) * (((x < 0.5) ? (1.0 - x) : x) + 9.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 9.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 9.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 8.0) * (((x < 0.5) ? (1.0 - x) : x) + 8.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 8.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 8.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 7.0) * (((x < 0.5) ? (1.0 - x) : x) + 7.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 7.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 7.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 6.0) * (((x < 0.5) ? (1.0 - x) : x) + 6.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 6.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 6.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 5.0) * (((x < 0.5) ? (1.0 - x) : x) + 5.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 5.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 5.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 4.0) * (((x < 0.5) ? (1.0 - x) : x) + 4.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 4.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 4.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 3.0) * (((x < 0.5) ? (1.0 - x) : x) + 3.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 3.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 3.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 2.0) * (((x < 0.5) ? (1.0 - x) : x) + 2.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 2.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 2.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 1.0) * (((x < 0.5) ? (1.0 - x) : x) + 1.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 1.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 1.0), (-3.0))))) + (((-3.0) == 2.0 ? (((x < 0.5) ? (1.0 - x) : x) + 0.0) * (((x < 0.5) ? (1.0 - x) : x) + 0.0) : (-3.0) == 1.0 ? (((x < 0.5) ? (1.0 - x) : x) + 0.0) : pow((((x < 0.5) ? (1.0 - x) : x) + 0.0), (-3.0))))));
    const t3 = (1.0 / (tan((3.141592653589793 * (((fabs(x)) < 0.5) ? x : (x - (rint(x))))))));
    return ((x < 0.5) ? (t2 - (((62.01255336059963 * (t3 * t3)) + 62.01255336059963) * t3)) : t2);
}

function al_sigmoid_slope(y, x) {
    const t0 = (exp((-(fabs(x)))));
    const t1 = (1.0 + t0);
    return (t0 / (t1 * t1));
}

function al_sigmoid(x) {
    const t0 = (exp((-(fabs(x)))));
    return (((x < 0.0) ? t0 : 1.0) / (1.0 + t0));
}

function al_relu(x) {
    return ((x < 0.0) ? 0.0 : x);
}

function al_softplus(x) {
    return (al_relu(x) + (log1p((exp((-(fabs(x))))))));
}

function al_pow_log_2(x, y) {
    const t0 = ((y == 2.0 ? x * x : y == 1.0 ? x : pow(x, y)));
    const t1 = (log(x));
    const t2 = ((t0 * t1) * t1);
    return (((fabs(x)) > 0.0) ? (((fabs(t0)) > 0.0) ? t2 : t0) : ((y < 0.0) ? t2 : ((0.0 * x) * y)));
}

function al_real_of_inverse_power_2(x, y) {
    const t0 = (hypot(x, y));
    const t1 = (x / t0);
    const t2 = ((-y) / t0);
    return ((t0 > 0.0) ? ((t0 < INFINITY) ? ((((t1 * t1) - (t2 * t2)) / t0) / t0) : (0.0 * (al_sign(x) + al_sign(y)))) : (0.0 * t0));
}

function al_imaginary_of_inverse_power_2(x, y) {
    const t0 = (hypot(x, y));
    const t1 = (x / t0);
    const t2 = ((-y) / t0);
    return ((t0 > 0.0) ? ((t0 < INFINITY) ? ((((t1 * t2) + (t2 * t1)) / t0) / t0) : (0.0 * (al_sign(x) + al_sign(y)))) : (0.0 * t0));
}

function add_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope;
        d[y_at[r]] += slope;
    }
}

function add_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope;
        d[y_at[r]] += slope;
    }
}

function add_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = (x + y);
    }
}

function sub_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope;
        d[y_at[r]] -= slope;
    }
}

function sub_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope;
        d[y_at[r]] -= slope;
    }
}

function sub_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = (x - y);
    }
}

function mul_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        d[x_at[r]] += slope * y;
        d[y_at[r]] += slope * x;
    }
}

function mul_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const partial0 = y;
        const partial1 = x;
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function mul_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = (x * y);
    }
}

function div_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const y = v[y_at[r]];
        d[x_at[r]] += slope * (1.0 / y);
        d[y_at[r]] += slope * ((-out) / y);
    }
}

function div_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const y = v[y_at[r]];
        const partial0 = (1.0 / y);
        const partial1 = ((-out) / y);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function div_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = (x / y);
    }
}

function neg_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] -= slope;
    }
}

function neg_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] -= slope;
    }
}

function neg_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (-x);
    }
}

function power_reverse(v, d, first, rows, x_at, exponent_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const exponent = v[exponent_at[r]];
        d[x_at[r]] += slope * (((fabs(exponent)) > 0.0) ? (exponent * (((exponent - 1.0) == 2.0 ? x * x : (exponent - 1.0) == 1.0 ? x : pow(x, (exponent - 1.0))))) : (0.0 * exponent));
        d[exponent_at[r]] += slope * NAN;
    }
}

function power_reverse_masked(v, d, first, rows, x_at, exponent_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const exponent = v[exponent_at[r]];
        const partial0 = (((fabs(exponent)) > 0.0) ? (exponent * (((exponent - 1.0) == 2.0 ? x * x : (exponent - 1.0) == 1.0 ? x : pow(x, (exponent - 1.0))))) : (0.0 * exponent));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && NAN != 0.0) {
            d[exponent_at[r]] += slope * NAN;
        }
    }
}

function power_forward(v, first, rows, x_at, exponent_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const exponent = v[exponent_at[r]];
        v[first + r] = ((exponent == 2.0 ? x * x : exponent == 1.0 ? x : pow(x, exponent)));
    }
}

function pow_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        d[x_at[r]] += slope * (((fabs(y)) > 0.0) ? (y * (((y - 1.0) == 2.0 ? x * x : (y - 1.0) == 1.0 ? x : pow(x, (y - 1.0))))) : (((fabs(x)) > 0.0) ? ((y / x) * out) : (0.0 * y)));
        d[y_at[r]] += slope * al_pow_log_1(x, y);
    }
}

function pow_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const partial0 = (((fabs(y)) > 0.0) ? (y * (((y - 1.0) == 2.0 ? x * x : (y - 1.0) == 1.0 ? x : pow(x, (y - 1.0))))) : (((fabs(x)) > 0.0) ? ((y / x) * out) : (0.0 * y)));
        const partial1 = al_pow_log_1(x, y);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function pow_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = ((y == 2.0 ? x * x : y == 1.0 ? x : pow(x, y)));
    }
}

function abs_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_sign(x);
    }
}

function abs_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_sign(x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function abs_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (fabs(x));
    }
}

function mod_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        d[x_at[r]] += slope;
        d[y_at[r]] += slope * (-al_floordiv(x, y));
    }
}

function mod_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const partial1 = (-al_floordiv(x, y));
        d[x_at[r]] += slope;
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function mod_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = ((fmod(x, y) == 0.0 ? copysign(0.0, y) : (fmod(x, y) < 0.0) == (y < 0.0) ? fmod(x, y) : fmod(x, y) + y));
    }
}

function floordiv_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope * 0.0;
        d[y_at[r]] += slope * 0.0;
    }
}

function floordiv_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
    }
}

function floordiv_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = al_floordiv(x, y);
    }
}

function exp_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        d[x_at[r]] += slope * out;
    }
}

function exp_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const partial0 = out;
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function exp_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (exp(x));
    }
}

function expm1_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (exp(x));
    }
}

function expm1_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (exp(x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function expm1_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (expm1(x));
    }
}

function log_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((x < 0.0) ? out : (1.0 / x));
    }
}

function log_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((x < 0.0) ? out : (1.0 / x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function log_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (log(x));
    }
}

function log1p_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((x < (-1.0)) ? out : (1.0 / (1.0 + x)));
    }
}

function log1p_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((x < (-1.0)) ? out : (1.0 / (1.0 + x)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function log1p_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (log1p(x));
    }
}

function log2_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((x < 0.0) ? out : (1.4426950408889634 / x));
    }
}

function log2_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((x < 0.0) ? out : (1.4426950408889634 / x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function log2_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (log2(x));
    }
}

function log10_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((x < 0.0) ? out : (0.4342944819032518 / x));
    }
}

function log10_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((x < 0.0) ? out : (0.4342944819032518 / x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function log10_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (log10(x));
    }
}

function sqrt_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        d[x_at[r]] += slope * (0.5 / out);
    }
}

function sqrt_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const partial0 = (0.5 / out);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function sqrt_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (sqrt(x + 0.0));
    }
}

function cbrt_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        d[x_at[r]] += slope * ((0.3333333333333333 / out) / out);
    }
}

function cbrt_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const partial0 = ((0.3333333333333333 / out) / out);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function cbrt_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (cbrt(x));
    }
}

function hypot_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        d[x_at[r]] += slope * al_direction(x, y);
        d[y_at[r]] += slope * al_direction(y, x);
    }
}

function hypot_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const partial0 = al_direction(x, y);
        const partial1 = al_direction(y, x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function hypot_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = (hypot(x, y));
    }
}

function sin_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (cos(x));
    }
}

function sin_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (cos(x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function sin_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (sin(x));
    }
}

function cos_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (-(sin(x)));
    }
}

function cos_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (-(sin(x)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function cos_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (cos(x));
    }
}

function tan_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        d[x_at[r]] += slope * (1.0 + (out * out));
    }
}

function tan_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const partial0 = (1.0 + (out * out));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function tan_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (tan(x));
    }
}

function asin_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (1.0 / (sqrt((((1.0 - x) * (1.0 + x))) + 0.0)));
    }
}

function asin_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (1.0 / (sqrt((((1.0 - x) * (1.0 + x))) + 0.0)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function asin_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (asin(x));
    }
}

function acos_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((-1.0) / (sqrt((((1.0 - x) * (1.0 + x))) + 0.0)));
    }
}

function acos_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((-1.0) / (sqrt((((1.0 - x) * (1.0 + x))) + 0.0)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function acos_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (acos(x));
    }
}

function atan_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const t0 = (hypot(1.0, x));
        d[x_at[r]] += slope * ((1.0 / t0) / t0);
    }
}

function atan_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const t0 = (hypot(1.0, x));
        const partial0 = ((1.0 / t0) / t0);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function atan_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (atan(x));
    }
}

function atan2_reverse(v, d, first, rows, y_at, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const y = v[y_at[r]];
        const x = v[x_at[r]];
        d[y_at[r]] += slope * al_real_of_inverse_power_1(x, y);
        d[x_at[r]] += slope * al_imaginary_of_inverse_power_1(x, y);
    }
}

function atan2_reverse_masked(v, d, first, rows, y_at, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const y = v[y_at[r]];
        const x = v[x_at[r]];
        const partial0 = al_real_of_inverse_power_1(x, y);
        const partial1 = al_imaginary_of_inverse_power_1(x, y);
        if (slope != 0.0 && partial0 != 0.0) {
            d[y_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[x_at[r]] += slope * partial1;
        }
    }
}

function atan2_forward(v, first, rows, y_at, x_at) {
    for (let r = 0; r < rows; r++) {
        const y = v[y_at[r]];
        const x = v[x_at[r]];
        v[first + r] = (atan2(y, x));
    }
}

function sinh_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (cosh(x));
    }
}

function sinh_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (cosh(x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function sinh_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (sinh(x));
    }
}

function cosh_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (sinh(x));
    }
}

function cosh_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (sinh(x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function cosh_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (cosh(x));
    }
}

function tanh_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_tanh_slope(out, x);
    }
}

function tanh_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_tanh_slope(out, x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function tanh_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (tanh(x));
    }
}

function asinh_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (1.0 / (hypot(1.0, x)));
    }
}

function asinh_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (1.0 / (hypot(1.0, x)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function asinh_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (asinh(x));
    }
}

function acosh_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((1.0 / (sqrt((x - 1.0) + 0.0))) / (sqrt((x + 1.0) + 0.0)));
    }
}

function acosh_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((1.0 / (sqrt((x - 1.0) + 0.0))) / (sqrt((x + 1.0) + 0.0)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function acosh_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (acosh(x));
    }
}

function atanh_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (((fabs(x)) > 1.0) ? out : (1.0 / (((1.0 - x) * (1.0 + x)))));
    }
}

function atanh_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (((fabs(x)) > 1.0) ? out : (1.0 / (((1.0 - x) * (1.0 + x)))));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function atanh_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (atanh(x));
    }
}

function erf_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (1.1283791670955126 * (exp((-((2.0 == 2.0 ? al_clip(x, (-30.0), 30.0) * al_clip(x, (-30.0), 30.0) : 2.0 == 1.0 ? al_clip(x, (-30.0), 30.0) : pow(al_clip(x, (-30.0), 30.0), 2.0)))))));
    }
}

function erf_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (1.1283791670955126 * (exp((-((2.0 == 2.0 ? al_clip(x, (-30.0), 30.0) * al_clip(x, (-30.0), 30.0) : 2.0 == 1.0 ? al_clip(x, (-30.0), 30.0) : pow(al_clip(x, (-30.0), 30.0), 2.0)))))));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function erf_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (erf(x));
    }
}

function erfc_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((-1.1283791670955126) * (exp((-((2.0 == 2.0 ? al_clip(x, (-30.0), 30.0) * al_clip(x, (-30.0), 30.0) : 2.0 == 1.0 ? al_clip(x, (-30.0), 30.0) : pow(al_clip(x, (-30.0), 30.0), 2.0)))))));
    }
}

function erfc_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((-1.1283791670955126) * (exp((-((2.0 == 2.0 ? al_clip(x, (-30.0), 30.0) * al_clip(x, (-30.0), 30.0) : 2.0 == 1.0 ? al_clip(x, (-30.0), 30.0) : pow(al_clip(x, (-30.0), 30.0), 2.0)))))));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function erfc_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (erfc(x));
    }
}

function gamma_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * (out * ((x < 171.5) ? al_digamma(x) : x));
    }
}

function gamma_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = (out * ((x < 171.5) ? al_digamma(x) : x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function gamma_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const t0 = (fabs(x));
        const t1 = ((((0.5 * ((t0 < 10.0) ? (t0 + 10.0) : t0)) - 0.25) == 2.0 ? ((t0 < 10.0) ? (t0 + 10.0) : t0) * ((t0 < 10.0) ? (t0 + 10.0) : t0) : ((0.5 * ((t0 < 10.0) ? (t0 + 10.0) : t0)) - 0.25) == 1.0 ? ((t0 < 10.0) ? (t0 + 10.0) : t0) : pow(((t0 < 10.0) ? (t0 + 10.0) : t0), ((0.5 * ((t0 < 10.0) ? (t0 + 10.0) : t0)) - 0.25))));
        const t2 = (((t0 < 10.0) ? (t0 + 10.0) : t0) * ((t0 < 10.0) ? (t0 + 10.0) : t0));
        const t3 = (((2.5066282746310002 * (t1 * (exp((-((t0 < 10.0) ? (t0 + 10.0) : t0)))))) * t1) * (exp(((((((((((((((((-0.02955065359477124) / t2) + 0.006410256410256411) / t2) + (-0.0019175269175269174)) / t2) + 0.0008417508417508418) / t2) + (-0.0005952380952380952)) / t2) + 0.0007936507936507937) / t2) + (-0.002777777777777778)) / t2) + 0.08333333333333333) / ((t0 < 10.0) ? (t0 + 10.0) : t0)))));
        const t4 = (rint(x));
        const t5 = (sin((3.141592653589793 * ((t0 < 0.5) ? x : (x - t4)))));
        v[first + r] = ((t0 < 1e-20) ? (1.0 / x) : ((x > 0.0) ? ((t0 < 19.5) ? (((fabs((t0 - (rint(t0))))) > 0.0) ? ((t0 < 10.0) ? (t3 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t3 : (t0 * INFINITY))) : (rint(((t0 < 10.0) ? (t3 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t3 : (t0 * INFINITY)))))) : ((t0 < 10.0) ? (t3 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t3 : (t0 * INFINITY)))) : (((((-3.141592653589793) / ((((fmod(t4, 2.0) == 0.0 ? copysign(0.0, 2.0) : (fmod(t4, 2.0) < 0.0) == (2.0 < 0.0) ? fmod(t4, 2.0) : fmod(t4, 2.0) + 2.0)) > 0.0) ? (-t5) : t5)) / ((t0 < 19.5) ? (((fabs((t0 - (rint(t0))))) > 0.0) ? ((t0 < 10.0) ? (t3 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t3 : (t0 * INFINITY))) : (rint(((t0 < 10.0) ? (t3 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t3 : (t0 * INFINITY)))))) : ((t0 < 10.0) ? (t3 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t3 : (t0 * INFINITY))))) / x) + (0.0 / ((t0 < 0.5) ? x : (x - t4))))));
    }
}

function lgamma_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_digamma(x);
    }
}

function lgamma_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_digamma(x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function lgamma_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const t0 = (fabs(x));
        const t1 = ((((((((((((((((((((((((((((((-2.039215753801366e-06) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 4.374866789907488e-06) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + (-9.439488275268397e-06)) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 2.050721277567069e-05) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + (-4.492623673813314e-05)) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 9.945751278180853e-05) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + (-0.0002231547584535794)) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 0.0005096695247430425) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + (-0.001192753911703261)) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 0.002890510330741523) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + (-0.007385551028673985)) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 0.02058080842778454) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + (-0.0673523010531981)) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 0.3224670334241132) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))) + 0.42278433509846713) * ((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0)));
        const t2 = ((((0.5 * ((t0 < 10.0) ? (t0 + 10.0) : t0)) - 0.25) == 2.0 ? ((t0 < 10.0) ? (t0 + 10.0) : t0) * ((t0 < 10.0) ? (t0 + 10.0) : t0) : ((0.5 * ((t0 < 10.0) ? (t0 + 10.0) : t0)) - 0.25) == 1.0 ? ((t0 < 10.0) ? (t0 + 10.0) : t0) : pow(((t0 < 10.0) ? (t0 + 10.0) : t0), ((0.5 * ((t0 < 10.0) ? (t0 + 10.0) : t0)) - 0.25))));
        const t3 = (((t0 < 10.0) ? (t0 + 10.0) : t0) * ((t0 < 10.0) ? (t0 + 10.0) : t0));
        const t4 = (((2.5066282746310002 * (t2 * (exp((-((t0 < 10.0) ? (t0 + 10.0) : t0)))))) * t2) * (exp(((((((((((((((((-0.02955065359477124) / t3) + 0.006410256410256411) / t3) + (-0.0019175269175269174)) / t3) + 0.0008417508417508418) / t3) + (-0.0005952380952380952)) / t3) + 0.0007936507936507937) / t3) + (-0.002777777777777778)) / t3) + 0.08333333333333333) / ((t0 < 10.0) ? (t0 + 10.0) : t0)))));
        const t5 = (((t0 < 10.0) ? 10.0 : t0) * ((t0 < 10.0) ? 10.0 : t0));
        v[first + r] = ((t0 < 1e-20) ? (-(log(t0))) : ((x < 0.0) ? ((t0 < INFINITY) ? (((1.1447298858494002 - (log((fabs((sin((3.141592653589793 * ((t0 < 0.5) ? x : (x - (rint(x)))))))))))) - (log((-x)))) - (((fabs(((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0)))) < 0.2) ? ((t0 < 1.5) ? (t1 - (log1p(((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))))) : t1) : ((t0 < 10.0) ? (log(((t0 < 19.5) ? (((fabs((t0 - (rint(t0))))) > 0.0) ? ((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY))) : (rint(((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY)))))) : ((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY)))))) : ((((((t0 < 10.0) ? 10.0 : t0) - 0.5) * ((log(((t0 < 10.0) ? 10.0 : t0))) - 1.0)) + 0.41893853320467267) + ((((((((((((((((-0.02955065359477124) / t5) + 0.006410256410256411) / t5) + (-0.0019175269175269174)) / t5) + 0.0008417508417508418) / t5) + (-0.0005952380952380952)) / t5) + 0.0007936507936507937) / t5) + (-0.002777777777777778)) / t5) + 0.08333333333333333) / ((t0 < 10.0) ? 10.0 : t0)))))) : (((fabs(((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0)))) < 0.2) ? ((t0 < 1.5) ? (t1 - (log1p(((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))))) : t1) : ((t0 < 10.0) ? (log(((t0 < 19.5) ? (((fabs((t0 - (rint(t0))))) > 0.0) ? ((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY))) : (rint(((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY)))))) : ((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY)))))) : ((((((t0 < 10.0) ? 10.0 : t0) - 0.5) * ((log(((t0 < 10.0) ? 10.0 : t0))) - 1.0)) + 0.41893853320467267) + ((((((((((((((((-0.02955065359477124) / t5) + 0.006410256410256411) / t5) + (-0.0019175269175269174)) / t5) + 0.0008417508417508418) / t5) + (-0.0005952380952380952)) / t5) + 0.0007936507936507937) / t5) + (-0.002777777777777778)) / t5) + 0.08333333333333333) / ((t0 < 10.0) ? 10.0 : t0)))))) : (((fabs(((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0)))) < 0.2) ? ((t0 < 1.5) ? (t1 - (log1p(((t0 < 1.5) ? (t0 - 1.0) : (t0 - 2.0))))) : t1) : ((t0 < 10.0) ? (log(((t0 < 19.5) ? (((fabs((t0 - (rint(t0))))) > 0.0) ? ((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY))) : (rint(((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY)))))) : ((t0 < 10.0) ? (t4 / (((((((((t0 * (t0 + 1.0)) * (t0 + 2.0)) * (t0 + 3.0)) * (t0 + 4.0)) * (t0 + 5.0)) * (t0 + 6.0)) * (t0 + 7.0)) * (t0 + 8.0)) * (t0 + 9.0))) : ((t0 < 172.0) ? t4 : (t0 * INFINITY)))))) : ((((((t0 < 10.0) ? 10.0 : t0) - 0.5) * ((log(((t0 < 10.0) ? 10.0 : t0))) - 1.0)) + 0.41893853320467267) + ((((((((((((((((-0.02955065359477124) / t5) + 0.006410256410256411) / t5) + (-0.0019175269175269174)) / t5) + 0.0008417508417508418) / t5) + (-0.0005952380952380952)) / t5) + 0.0007936507936507937) / t5) + (-0.002777777777777778)) / t5) + 0.08333333333333333) / ((t0 < 10.0) ? 10.0 : t0)))))));
    }
}

function digamma_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_polygamma_1(x);
    }
}

function digamma_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_polygamma_1(x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function digamma_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = al_digamma(x);
    }
}

function polygamma_1_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_polygamma_2(x);
    }
}

function polygamma_1_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_polygamma_2(x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function polygamma_1_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = al_polygamma_1(x);
    }
}

function floor_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope * 0.0;
    }
}

function floor_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
    }
}

function floor_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (floor(x));
    }
}

function ceil_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope * 0.0;
    }
}

function ceil_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
    }
}

function ceil_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (ceil(x));
    }
}

function round_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope * 0.0;
    }
}

function round_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
    }
}

function round_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (rint(x));
    }
}

function sign_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope * 0.0;
    }
}

function sign_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
    }
}

function sign_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = al_sign(x);
    }
}

function heaviside_reverse(v, d, first, rows, x_at, at_zero_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * 0.0;
        d[at_zero_at[r]] += slope * ((x > 0.0) ? 0.0 : ((x < 0.0) ? 0.0 : (1.0 + (0.0 * x))));
    }
}

function heaviside_reverse_masked(v, d, first, rows, x_at, at_zero_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial1 = ((x > 0.0) ? 0.0 : ((x < 0.0) ? 0.0 : (1.0 + (0.0 * x))));
        if (slope != 0.0 && partial1 != 0.0) {
            d[at_zero_at[r]] += slope * partial1;
        }
    }
}

function heaviside_forward(v, first, rows, x_at, at_zero_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const at_zero = v[at_zero_at[r]];
        v[first + r] = ((x > 0.0) ? 1.0 : ((x < 0.0) ? 0.0 : (at_zero + (0.0 * x))));
    }
}

function clip_reverse(v, d, first, rows, x_at, low_at, high_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const low = v[low_at[r]];
        const high = v[high_at[r]];
        d[x_at[r]] += slope * ((low <= high) ? ((x < low) ? 0.0 : ((x <= high) ? 1.0 : (0.0 * out))) : ((low > high) ? 0.0 : (low + high)));
        d[low_at[r]] += slope * ((low <= high) ? ((x < low) ? 1.0 : 0.0) : ((low > high) ? 0.0 : (low + high)));
        d[high_at[r]] += slope * ((low <= high) ? ((x > high) ? 1.0 : 0.0) : ((low > high) ? 1.0 : (low + high)));
    }
}

function clip_reverse_masked(v, d, first, rows, x_at, low_at, high_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const low = v[low_at[r]];
        const high = v[high_at[r]];
        const partial0 = ((low <= high) ? ((x < low) ? 0.0 : ((x <= high) ? 1.0 : (0.0 * out))) : ((low > high) ? 0.0 : (low + high)));
        const partial1 = ((low <= high) ? ((x < low) ? 1.0 : 0.0) : ((low > high) ? 0.0 : (low + high)));
        const partial2 = ((low <= high) ? ((x > high) ? 1.0 : 0.0) : ((low > high) ? 1.0 : (low + high)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[low_at[r]] += slope * partial1;
        }
        if (slope != 0.0 && partial2 != 0.0) {
            d[high_at[r]] += slope * partial2;
        }
    }
}

function clip_forward(v, first, rows, x_at, low_at, high_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const low = v[low_at[r]];
        const high = v[high_at[r]];
        v[first + r] = al_clip(x, low, high);
    }
}

function sigmoid_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_sigmoid_slope(out, x);
    }
}

function sigmoid_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_sigmoid_slope(out, x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function sigmoid_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const t0 = (exp((-(fabs(x)))));
        v[first + r] = (((x < 0.0) ? t0 : 1.0) / (1.0 + t0));
    }
}

function softplus_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_sigmoid(x);
    }
}

function softplus_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_sigmoid(x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function softplus_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (al_relu(x) + (log1p((exp((-(fabs(x))))))));
    }
}

function logsigmoid_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * al_sigmoid((-x));
    }
}

function logsigmoid_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = al_sigmoid((-x));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function logsigmoid_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (-al_softplus((-x)));
    }
}

function relu_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((x > 0.0) ? 1.0 : ((x < 0.0) ? 0.0 : (0.0 + (0.0 * x))));
    }
}

function relu_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((x > 0.0) ? 1.0 : ((x < 0.0) ? 0.0 : (0.0 + (0.0 * x))));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function relu_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = al_relu(x);
    }
}

function leaky_relu_reverse(v, d, first, rows, x_at, negative_slope_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const negative_slope = v[negative_slope_at[r]];
        d[x_at[r]] += slope * ((x > 0.0) ? 1.0 : ((x < 0.0) ? negative_slope : (negative_slope + (0.0 * x))));
        d[negative_slope_at[r]] += slope * ((x > 0.0) ? 0.0 : x);
    }
}

function leaky_relu_reverse_masked(v, d, first, rows, x_at, negative_slope_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const negative_slope = v[negative_slope_at[r]];
        const partial0 = ((x > 0.0) ? 1.0 : ((x < 0.0) ? negative_slope : (negative_slope + (0.0 * x))));
        const partial1 = ((x > 0.0) ? 0.0 : x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[negative_slope_at[r]] += slope * partial1;
        }
    }
}

function leaky_relu_forward(v, first, rows, x_at, negative_slope_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const negative_slope = v[negative_slope_at[r]];
        v[first + r] = ((x > 0.0) ? x : (negative_slope * x));
    }
}

function elu_reverse(v, d, first, rows, x_at, alpha_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const alpha = v[alpha_at[r]];
        d[x_at[r]] += slope * ((x > 0.0) ? 1.0 : (alpha * (exp(x))));
        d[alpha_at[r]] += slope * ((x > 0.0) ? 0.0 : (expm1(x)));
    }
}

function elu_reverse_masked(v, d, first, rows, x_at, alpha_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const alpha = v[alpha_at[r]];
        const partial0 = ((x > 0.0) ? 1.0 : (alpha * (exp(x))));
        const partial1 = ((x > 0.0) ? 0.0 : (expm1(x)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[alpha_at[r]] += slope * partial1;
        }
    }
}

function elu_forward(v, first, rows, x_at, alpha_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const alpha = v[alpha_at[r]];
        v[first + r] = ((x > 0.0) ? x : (alpha * (expm1(x))));
    }
}

function gelu_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((0.5 * (erfc(((-x) * 0.7071067811865476)))) + ((al_clip(x, (-50.0), 50.0) * (exp((-((2.0 == 2.0 ? al_clip((x * 0.7071067811865476), (-30.0), 30.0) * al_clip((x * 0.7071067811865476), (-30.0), 30.0) : 2.0 == 1.0 ? al_clip((x * 0.7071067811865476), (-30.0), 30.0) : pow(al_clip((x * 0.7071067811865476), (-30.0), 30.0), 2.0))))))) / 2.5066282746310002));
    }
}

function gelu_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((0.5 * (erfc(((-x) * 0.7071067811865476)))) + ((al_clip(x, (-50.0), 50.0) * (exp((-((2.0 == 2.0 ? al_clip((x * 0.7071067811865476), (-30.0), 30.0) * al_clip((x * 0.7071067811865476), (-30.0), 30.0) : 2.0 == 1.0 ? al_clip((x * 0.7071067811865476), (-30.0), 30.0) : pow(al_clip((x * 0.7071067811865476), (-30.0), 30.0), 2.0))))))) / 2.5066282746310002));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function gelu_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = ((x < (-1e+308)) ? 0.0 : ((0.5 * x) * (erfc(((-x) * 0.7071067811865476)))));
    }
}

function gelu_tanh_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const t0 = al_clip(x, (-1000.0), 1000.0);
        const t1 = (1.5957691216057308 * (t0 + (((0.044715 * t0) * t0) * t0)));
        const t2 = al_sigmoid(t1);
        d[x_at[r]] += slope * (t2 + ((t0 * (1.5957691216057308 * (1.0 + ((0.134145 * t0) * t0)))) * al_sigmoid_slope(t2, t1)));
    }
}

function gelu_tanh_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const t0 = al_clip(x, (-1000.0), 1000.0);
        const t1 = (1.5957691216057308 * (t0 + (((0.044715 * t0) * t0) * t0)));
        const t2 = al_sigmoid(t1);
        const partial0 = (t2 + ((t0 * (1.5957691216057308 * (1.0 + ((0.134145 * t0) * t0)))) * al_sigmoid_slope(t2, t1)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function gelu_tanh_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const t0 = al_clip(x, (-1000.0), 1000.0);
        v[first + r] = ((x < (-1e+308)) ? 0.0 : (x * al_sigmoid((1.5957691216057308 * (t0 + (((0.044715 * t0) * t0) * t0))))));
    }
}

function silu_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const t0 = al_sigmoid(x);
        d[x_at[r]] += slope * (t0 + (al_clip(x, (-1000.0), 1000.0) * al_sigmoid_slope(t0, x)));
    }
}

function silu_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const t0 = al_sigmoid(x);
        const partial0 = (t0 + (al_clip(x, (-1000.0), 1000.0) * al_sigmoid_slope(t0, x)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function silu_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = ((x < (-1e+308)) ? 0.0 : (x * al_sigmoid(x)));
    }
}

function sum_reverse(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = r * x_step;
        for (let i = 0; i < width; i++) {
            d[x_at[x + i]] += slope;
        }
    }
}

function sum_reverse_masked(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = r * x_step;
        for (let i = 0; i < width; i++) {
            d[x_at[x + i]] += slope;
        }
    }
}

function sum_forward(v, first, rows, width, x_at, x_step) {
    for (let r = 0; r < rows; r++) {
        const x = r * x_step;
        let fold0 = -0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = (fold0 + x_i);
        }
        v[first + r] = fold0;
    }
}

function dot_reverse(v, d, first, rows, width, x_at, x_step, y_at, y_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = r * x_step;
        const y = r * y_step;
        for (let i = 0; i < width; i++) {
            const y_i = v[y_at[y + i]];
            d[x_at[x + i]] += slope * y_i;
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            d[y_at[y + i]] += slope * x_i;
        }
    }
}

function dot_reverse_masked(v, d, first, rows, width, x_at, x_step, y_at, y_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = r * x_step;
        const y = r * y_step;
        for (let i = 0; i < width; i++) {
            const y_i = v[y_at[y + i]];
            const partial0 = y_i;
            if (slope != 0.0 && partial0 != 0.0) {
                d[x_at[x + i]] += slope * partial0;
            }
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            const partial0 = x_i;
            if (slope != 0.0 && partial0 != 0.0) {
                d[y_at[y + i]] += slope * partial0;
            }
        }
    }
}

function dot_forward(v, first, rows, width, x_at, x_step, y_at, y_step) {
    for (let r = 0; r < rows; r++) {
        const x = r * x_step;
        const y = r * y_step;
        let fold0 = -0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            const y_i = v[y_at[y + i]];
            fold0 = (fold0 + (x_i * y_i));
        }
        v[first + r] = fold0;
    }
}

function max_reverse(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = r * x_step;
        let fold0 = (-INFINITY);
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i > fold0) ? x_i : ((x_i <= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((fold0 > x_i) ? 0.0 : 1.0));
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            d[x_at[x + i]] += slope * ((out > x_i) ? 0.0 : ((out <= x_i) ? (1.0 / fold1) : out));
        }
    }
}

function max_reverse_masked(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = r * x_step;
        let fold0 = (-INFINITY);
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i > fold0) ? x_i : ((x_i <= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((fold0 > x_i) ? 0.0 : 1.0));
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            const partial0 = ((out > x_i) ? 0.0 : ((out <= x_i) ? (1.0 / fold1) : out));
            if (slope != 0.0 && partial0 != 0.0) {
                d[x_at[x + i]] += slope * partial0;
            }
        }
    }
}

function max_forward(v, first, rows, width, x_at, x_step) {
    for (let r = 0; r < rows; r++) {
        const x = r * x_step;
        let fold0 = (-INFINITY);
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i > fold0) ? x_i : ((x_i <= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((fold0 > x_i) ? 0.0 : 1.0));
        }
        v[first + r] = fold0;
    }
}

function min_reverse(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = r * x_step;
        let fold0 = INFINITY;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i < fold0) ? x_i : ((x_i >= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((fold0 < x_i) ? 0.0 : 1.0));
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            d[x_at[x + i]] += slope * ((out < x_i) ? 0.0 : ((out >= x_i) ? (1.0 / fold1) : out));
        }
    }
}

function min_reverse_masked(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = r * x_step;
        let fold0 = INFINITY;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i < fold0) ? x_i : ((x_i >= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((fold0 < x_i) ? 0.0 : 1.0));
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            const partial0 = ((out < x_i) ? 0.0 : ((out >= x_i) ? (1.0 / fold1) : out));
            if (slope != 0.0 && partial0 != 0.0) {
                d[x_at[x + i]] += slope * partial0;
            }
        }
    }
}

function min_forward(v, first, rows, width, x_at, x_step) {
    for (let r = 0; r < rows; r++) {
        const x = r * x_step;
        let fold0 = INFINITY;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i < fold0) ? x_i : ((x_i >= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((fold0 < x_i) ? 0.0 : 1.0));
        }
        v[first + r] = fold0;
    }
}

function logsumexp_reverse(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = r * x_step;
        let fold0 = (-INFINITY);
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i > fold0) ? x_i : ((x_i <= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((x_i < fold0) ? 0.0 : (exp((x_i - fold0)))));
        }
        let fold2 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold2 = (fold2 + ((x_i < fold0) ? (exp((x_i - fold0))) : 0.0));
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            const t0 = (exp((x_i - fold0)));
            const t1 = (t0 / (fold1 + fold2));
            d[x_at[x + i]] += slope * ((x_i < fold0) ? t1 : ((fold1 > 1.0) ? t1 : (1.0 / (1.0 + (fold2 / t0)))));
        }
    }
}

function logsumexp_reverse_masked(v, d, first, rows, width, x_at, x_step) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = r * x_step;
        let fold0 = (-INFINITY);
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i > fold0) ? x_i : ((x_i <= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((x_i < fold0) ? 0.0 : (exp((x_i - fold0)))));
        }
        let fold2 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold2 = (fold2 + ((x_i < fold0) ? (exp((x_i - fold0))) : 0.0));
        }
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            const t0 = (exp((x_i - fold0)));
            const t1 = (t0 / (fold1 + fold2));
            const partial0 = ((x_i < fold0) ? t1 : ((fold1 > 1.0) ? t1 : (1.0 / (1.0 + (fold2 / t0)))));
            if (slope != 0.0 && partial0 != 0.0) {
                d[x_at[x + i]] += slope * partial0;
            }
        }
    }
}

function logsumexp_forward(v, first, rows, width, x_at, x_step) {
    for (let r = 0; r < rows; r++) {
        const x = r * x_step;
        let fold0 = (-INFINITY);
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold0 = ((x_i > fold0) ? x_i : ((x_i <= fold0) ? fold0 : (x_i + fold0)));
        }
        let fold1 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold1 = (fold1 + ((x_i < fold0) ? 0.0 : (exp((x_i - fold0)))));
        }
        let fold2 = 0.0;
        for (let i = 0; i < width; i++) {
            const x_i = v[x_at[x + i]];
            fold2 = (fold2 + ((x_i < fold0) ? (exp((x_i - fold0))) : 0.0));
        }
        v[first + r] = (((fabs(fold0)) < INFINITY) ? (fold0 + ((log(fold1)) + (log1p((fold2 / fold1))))) : fold0);
    }
}

function sigmoid_slope_reverse(v, d, first, rows, y_at, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[y_at[r]] += slope * 0.0;
        d[x_at[r]] += slope * ((-(tanh((0.5 * x)))) * out);
    }
}

function sigmoid_slope_reverse_masked(v, d, first, rows, y_at, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial1 = ((-(tanh((0.5 * x)))) * out);
        if (slope != 0.0 && partial1 != 0.0) {
            d[x_at[r]] += slope * partial1;
        }
    }
}

function sigmoid_slope_forward(v, first, rows, y_at, x_at) {
    for (let r = 0; r < rows; r++) {
        const y = v[y_at[r]];
        const x = v[x_at[r]];
        v[first + r] = al_sigmoid_slope(y, x);
    }
}

function tanh_slope_reverse(v, d, first, rows, y_at, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[y_at[r]] += slope * 0.0;
        d[x_at[r]] += slope * (((-2.0) * (tanh(x))) * out);
    }
}

function tanh_slope_reverse_masked(v, d, first, rows, y_at, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial1 = (((-2.0) * (tanh(x))) * out);
        if (slope != 0.0 && partial1 != 0.0) {
            d[x_at[r]] += slope * partial1;
        }
    }
}

function tanh_slope_forward(v, first, rows, y_at, x_at) {
    for (let r = 0; r < rows; r++) {
        const y = v[y_at[r]];
        const x = v[x_at[r]];
        v[first + r] = al_tanh_slope(y, x);
    }
}

function one_less_square_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        d[x_at[r]] += slope * ((-2.0) * x);
    }
}

function one_less_square_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const partial0 = ((-2.0) * x);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
    }
}

function one_less_square_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = (((1.0 - x) * (1.0 + x)));
    }
}

function direction_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const t0 = (hypot(x, y));
        const t1 = al_direction(y, x);
        d[x_at[r]] += slope * ((t0 > 0.0) ? (t1 * (t1 / t0)) : (0.0 * t0));
        d[y_at[r]] += slope * ((t0 > 0.0) ? ((-out) * (t1 / t0)) : (0.0 * t0));
    }
}

function direction_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const t0 = (hypot(x, y));
        const t1 = al_direction(y, x);
        const partial0 = ((t0 > 0.0) ? (t1 * (t1 / t0)) : (0.0 * t0));
        const partial1 = ((t0 > 0.0) ? ((-out) * (t1 / t0)) : (0.0 * t0));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function direction_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = al_direction(x, y);
    }
}

function pow_log_1_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const t0 = (y - 1.0);
        d[x_at[r]] += slope * ((((fabs(y)) > 0.0) ? (y * al_pow_log_1(x, t0)) : (((fabs(x)) > 0.0) ? ((y / x) * out) : (0.0 * y))) + (1.0 * ((t0 == 2.0 ? x * x : t0 == 1.0 ? x : pow(x, t0)))));
        d[y_at[r]] += slope * al_pow_log_2(x, y);
    }
}

function pow_log_1_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const out = v[first + r];
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const t0 = (y - 1.0);
        const partial0 = ((((fabs(y)) > 0.0) ? (y * al_pow_log_1(x, t0)) : (((fabs(x)) > 0.0) ? ((y / x) * out) : (0.0 * y))) + (1.0 * ((t0 == 2.0 ? x * x : t0 == 1.0 ? x : pow(x, t0)))));
        const partial1 = al_pow_log_2(x, y);
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function pow_log_1_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = al_pow_log_1(x, y);
    }
}

function real_of_inverse_power_1_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        d[x_at[r]] += slope * ((-1.0) * al_real_of_inverse_power_2(x, y));
        d[y_at[r]] += slope * (-((-1.0) * al_imaginary_of_inverse_power_2(x, y)));
    }
}

function real_of_inverse_power_1_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const partial0 = ((-1.0) * al_real_of_inverse_power_2(x, y));
        const partial1 = (-((-1.0) * al_imaginary_of_inverse_power_2(x, y)));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function real_of_inverse_power_1_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = al_real_of_inverse_power_1(x, y);
    }
}

function imaginary_of_inverse_power_1_reverse(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        d[x_at[r]] += slope * ((-1.0) * al_imaginary_of_inverse_power_2(x, y));
        d[y_at[r]] += slope * ((-1.0) * al_real_of_inverse_power_2(x, y));
    }
}

function imaginary_of_inverse_power_1_reverse_masked(v, d, first, rows, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        const partial0 = ((-1.0) * al_imaginary_of_inverse_power_2(x, y));
        const partial1 = ((-1.0) * al_real_of_inverse_power_2(x, y));
        if (slope != 0.0 && partial0 != 0.0) {
            d[x_at[r]] += slope * partial0;
        }
        if (slope != 0.0 && partial1 != 0.0) {
            d[y_at[r]] += slope * partial1;
        }
    }
}

function imaginary_of_inverse_power_1_forward(v, first, rows, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = al_imaginary_of_inverse_power_1(x, y);
    }
}

function where_less_reverse(v, d, first, rows, left_at, right_at, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const left = v[left_at[r]];
        const right = v[right_at[r]];
        d[left_at[r]] += slope * 0.0;
        d[right_at[r]] += slope * 0.0;
        d[x_at[r]] += slope * ((left < right) ? 1.0 : 0.0);
        d[y_at[r]] += slope * ((left < right) ? 0.0 : 1.0);
    }
}

function where_less_reverse_masked(v, d, first, rows, left_at, right_at, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const left = v[left_at[r]];
        const right = v[right_at[r]];
        const partial2 = ((left < right) ? 1.0 : 0.0);
        const partial3 = ((left < right) ? 0.0 : 1.0);
        if (slope != 0.0 && partial2 != 0.0) {
            d[x_at[r]] += slope * partial2;
        }
        if (slope != 0.0 && partial3 != 0.0) {
            d[y_at[r]] += slope * partial3;
        }
    }
}

function where_less_forward(v, first, rows, left_at, right_at, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const left = v[left_at[r]];
        const right = v[right_at[r]];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = ((left < right) ? x : y);
    }
}

function where_at_most_reverse(v, d, first, rows, left_at, right_at, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const left = v[left_at[r]];
        const right = v[right_at[r]];
        d[left_at[r]] += slope * 0.0;
        d[right_at[r]] += slope * 0.0;
        d[x_at[r]] += slope * ((left <= right) ? 1.0 : 0.0);
        d[y_at[r]] += slope * ((left <= right) ? 0.0 : 1.0);
    }
}

function where_at_most_reverse_masked(v, d, first, rows, left_at, right_at, x_at, y_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        const left = v[left_at[r]];
        const right = v[right_at[r]];
        const partial2 = ((left <= right) ? 1.0 : 0.0);
        const partial3 = ((left <= right) ? 0.0 : 1.0);
        if (slope != 0.0 && partial2 != 0.0) {
            d[x_at[r]] += slope * partial2;
        }
        if (slope != 0.0 && partial3 != 0.0) {
            d[y_at[r]] += slope * partial3;
        }
    }
}

function where_at_most_forward(v, first, rows, left_at, right_at, x_at, y_at) {
    for (let r = 0; r < rows; r++) {
        const left = v[left_at[r]];
        const right = v[right_at[r]];
        const x = v[x_at[r]];
        const y = v[y_at[r]];
        v[first + r] = ((left <= right) ? x : y);
    }
}

function detach_reverse(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
        const slope = d[first + r];
        d[x_at[r]] += slope * 0.0;
    }
}

function detach_reverse_masked(v, d, first, rows, x_at) {
    for (let r = rows - 1; r >= 0; r--) {
    }
}

function detach_forward(v, first, rows, x_at) {
    for (let r = 0; r < rows; r++) {
        const x = v[x_at[r]];
        v[first + r] = x;
    }
}
