"""Writes extremes.csv: exact partials, computed with 80 digits or more, at huge and tiny arguments.

Run: /usr/bin/python3 extremes.py > extremes.csv   (Debian package python3-mpmath)
A partial beyond the range of double is written inf; one below it is rounded to a subnormal or 0.
"""
import itertools
from mpmath import mp, mpf, pi, log, sqrt, exp, cos, sin, cosh, sinh, tan, floor, nint, psi

mp.prec = 1400  # exact sums of any two doubles' squares, and powers of huge exponents

MAGNITUDES = [1e-310, 1e-300, 1e-200, 1e-160, 1.3e-154, 1e-100, 1e-20, 1e-8, 0.3, 1.0, 1.5, 18.0, 300.0, 710.0, 1e5, 1e8, 1e20, 1e100, 1.3e154, 1.4e154, 1e160, 1e200, 1e300, 1.7e308]
REALS = MAGNITUDES + [-m for m in MAGNITUDES]
MODERATE = [x for x in REALS if abs(x) <= 1e20]
SMALL = [x for x in REALS if abs(x) <= 710]
BESIDE_ONE = [1 - 2.0**-53, 1 - 1e-10, 0.9, 0.3, 1e-20, 1e-310]
BESIDE_ONE += [-x for x in BESIDE_ONE]
ABOVE_ONE = [1 + 2.0**-52, 1 + 1e-10] + [m for m in MAGNITUDES if m > 1]
ABOVE_MINUS_ONE = [-1 + 2.0**-53, -1 + 1e-10, -0.5] + [x for x in REALS if x > -1]


def text(value):
    if abs(value) > mpf("1.797693134862315807e308"):
        return "inf" if value > 0 else "-inf"
    # float() of an mpf rounds subnormals twice or flushes them; decimal text is rounded once.
    return repr(float(mp.nstr(value, 40)))


def row(function, arguments, *partials):
    print(f"{function},{';'.join(repr(a) for a in arguments)},{';'.join(text(p) for p in partials)}")


def unary(function, points, derivative):
    for x in points:
        row(function, [x], derivative(mpf(x)))


def binary(function, xs, ys, partials):
    for x, y in itertools.product(xs, ys):
        row(function, [x, y], *partials(mpf(x), mpf(y)))


print("function,arguments,partials")
unary("Math.Sin", MODERATE, cos)
unary("Math.Cos", MODERATE, lambda x: -sin(x))
unary("Math.Tan", [1.5707963267948966, -1.5707963267948966, 1e-310, 1e-20, 1.57, 1e5], lambda x: 1 + tan(x)**2)
unary("Math.Asin", BESIDE_ONE, lambda x: 1 / sqrt(1 - x * x))
unary("Math.Acos", BESIDE_ONE, lambda x: -1 / sqrt(1 - x * x))
unary("double.AsinPi", BESIDE_ONE, lambda x: 1 / sqrt(1 - x * x) / pi)
unary("double.AcosPi", BESIDE_ONE, lambda x: -1 / sqrt(1 - x * x) / pi)
unary("Math.Atan", REALS, lambda x: 1 / (1 + x * x))
unary("double.AtanPi", REALS, lambda x: 1 / (1 + x * x) / pi)
unary("double.SinPi", [1e-310, 0.25, 0.5 + 2.0**-53, 1e-20, 1e8 + 0.25, 2.0**51 + 0.5, 2.0**53, 1e300], lambda x: pi * cos(pi * (x - 2 * floor(x / 2))))
unary("double.CosPi", [1e-310, 0.25, 0.5 + 2.0**-53, 1e-20, 1e8 + 0.25, 2.0**51 + 0.5, 2.0**53, 1e300], lambda x: -pi * sin(pi * (x - 2 * floor(x / 2))))
unary("double.TanPi", [1e-310, 0.25, 0.499, 0.5 - 2.0**-30, 0.5 + 2.0**-53, 1e8 + 0.25], lambda x: pi / cos(pi * (x - floor(x)))**2)
unary("Math.Sinh", SMALL, cosh)
unary("Math.Cosh", SMALL, sinh)
unary("Math.Tanh", REALS + [0.5, 1.4, 1.47, 1.48, 2.0, 20.0, 100.0, 354.0, 360.0, 372.0], lambda x: 1 / cosh(x)**2 if abs(x) < 1e4 else mpf(0))
unary("Math.Asinh", REALS, lambda x: 1 / sqrt(1 + x * x))
unary("Math.Acosh", ABOVE_ONE, lambda x: 1 / sqrt(x * x - 1))
unary("Math.Atanh", BESIDE_ONE, lambda x: 1 / (1 - x * x))
unary("Math.Exp", SMALL + [-744.0, -710.0], exp)
unary("double.Exp2", SMALL + [-1070.0, 1023.0], lambda x: log(2) * mpf(2)**x)
unary("double.Exp10", [x for x in SMALL if abs(x) <= 300] + [-320.0], lambda x: log(10) * mpf(10)**x)
unary("double.ExpM1", SMALL + [-744.0, -40.0], exp)
unary("double.Exp2M1", SMALL + [-1070.0, 1023.0], lambda x: log(2) * mpf(2)**x)
unary("double.Exp10M1", [x for x in SMALL if abs(x) <= 300] + [-320.0], lambda x: log(10) * mpf(10)**x)
unary("Math.Log", MAGNITUDES, lambda x: 1 / x)
unary("Math.Log2", MAGNITUDES, lambda x: 1 / x / log(2))
unary("Math.Log10", MAGNITUDES, lambda x: 1 / x / log(10))
unary("double.LogP1", ABOVE_MINUS_ONE, lambda x: 1 / (1 + x))
unary("double.Log2P1", ABOVE_MINUS_ONE, lambda x: 1 / (1 + x) / log(2))
unary("double.Log10P1", ABOVE_MINUS_ONE, lambda x: 1 / (1 + x) / log(10))
unary("Math.Sqrt", MAGNITUDES, lambda x: 1 / (2 * sqrt(x)))
unary("Math.Cbrt", REALS, lambda x: 1 / (3 * abs(x)**(mpf(2) / 3)))
for n in (2, 3, 4, 7, 1000, -1, -2, -5):
    unary(f"double.RootN:{n}", MAGNITUDES, lambda x: x**(mpf(1) / n - 1) / n)
for n in (3, 7, -1, -5):
    unary(f"double.RootN:{n}", [-m for m in MAGNITUDES], lambda x: (-x)**(mpf(1) / n - 1) / n)
COORDINATES = [x for x in REALS if abs(x) in (1e-310, 1e-300, 1e-160, 1e-100, 1.0, 1.5, 1e100, 1.3e154, 1e200, 1e300, 1.7e308)]
binary("double.Hypot", COORDINATES, COORDINATES, lambda x, y: (x / sqrt(x * x + y * y), y / sqrt(x * x + y * y)))
binary("Math.Atan2", COORDINATES, COORDINATES, lambda y, x: (x / (x * x + y * y), -y / (x * x + y * y)))
binary("double.Atan2Pi", COORDINATES, [1e-160, -1.5, 1e200], lambda y, x: (x / (x * x + y * y) / pi, -y / (x * x + y * y) / pi))
BASES = [m for m in MAGNITUDES if m != 1]
binary("Math.Log", MAGNITUDES, BASES, lambda x, b: (1 / (x * log(b)), -log(x) / (b * log(b)**2)))
EXPONENTS = [-1000.0, -300.0, -7.5, -4.0, -3.0, -2.0, -1.5, -1.0, -0.5, -1e-3, -1e-300, 1e-310, 1e-300, 1e-20, 1e-3, 0.3, 0.5, 1.0, 1.5, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.27, 100.0, 1000.0, 1e5, 1e17]
binary("Math.Pow", MAGNITUDES + [1 + 2.0**-52, 1 - 2.0**-53, 1.0001, 0.99, 2.03, 1e30, 1e-30], EXPONENTS, lambda x, y: (y * x**(y - 1), x**y * log(x)))
QUOTIENTS = [(1.7e308, 1.1e308), (1e300, 3e299), (1e17, 3.0), (1e-310, 3e-311), (7e-300, 3e-300), (-1e15, 0.7), (5.0, 1e300)]
for x, y in QUOTIENTS:
    row("Math.IEEERemainder", [x, y], mpf(1), -nint(mpf(x) / mpf(y)))
    q = mpf(x) / mpf(y)
    row("%", [x, y], mpf(1), -(floor(q) if q > 0 else -floor(-q)))
TAILS = [-744.0, -700.0, -300.0, -40.0, -2.0, -1e-20, 0.0, 1e-310, 0.5, 2.0, 2.3, 5.0, 30.0, 40.0, 300.0, 700.0]
unary("GradMath.Sigmoid", TAILS + [1e5, -1e5], lambda x: exp(-abs(x)) / (1 + exp(-abs(x)))**2)
unary("GradMath.Softplus", TAILS + [1e5, 1e300], lambda x: 1 / (1 + exp(-x)))
unary("GradMath.Expm1", SMALL + [-744.0, -40.0], exp)
unary("GradMath.Log1p", ABOVE_MINUS_ONE, lambda x: 1 / (1 + x))
unary("GradMath.Erf", TAILS + [-26.0, -10.1, 0.3, 3.3, 8.7, 15.3, 26.1, 1e200], lambda x: 2 / sqrt(pi) * exp(-x * x) if abs(x) < 1e5 else mpf(0))
unary("GradMath.Erfc", [-26.0, -10.1, 0.3, 3.3, 8.7, 15.3, 26.1, 1e200], lambda x: -2 / sqrt(pi) * exp(-x * x) if abs(x) < 1e5 else mpf(0))
unary("GradMath.NormalPdf", [-37.0, -10.1, -1e-310, 0.3, 3.3, 8.7, 15.3, 36.1, 1e200], lambda x: -x * exp(-x * x / 2) / sqrt(2 * pi) if abs(x) < 1e5 else mpf(0))
unary("GradMath.NormalCdf", [-37.0, -10.1, -1e-310, 0.3, 3.3, 8.7, 15.3, 36.1, 1e200], lambda x: exp(-x * x / 2) / sqrt(2 * pi) if abs(x) < 1e5 else mpf(0))
mp.prec = 200
POSITIVE = [1e-300, 1e-20, 1e-3, 0.3, 1.0, 1.5, 2.0, 7.7, 300.0, 1e8, 1e100]
unary("GradMath.LogGamma", POSITIVE + [-0.5, -7.25], lambda x: psi(0, x))
unary("GradMath.Digamma", [x for x in POSITIVE if x > 1e-150] + [-0.5, -7.25], lambda x: psi(1, x))
unary("GradMath.Trigamma", [x for x in POSITIVE if x > 1e-100] + [-0.4, -7.25], lambda x: psi(2, x))
binary("GradMath.LogAddExp", [-300.0, -2.5, 0.0, 1.0, 30.0, 700.0, 1e300], [-300.0, -0.5, 0.0, 1.0, 40.25, 1e300], lambda x, y: (1 / (1 + exp(y - x)) if abs(x - y) < 1e5 else mpf(x > y), 1 / (1 + exp(x - y)) if abs(x - y) < 1e5 else mpf(y > x)))
