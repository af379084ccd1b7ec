# Run: /usr/bin/python3 gradmath.py > gradmath.csv   (Debian package python3-mpmath; an optional argument is the number of random rows per function)
"""Reference values of GradMath to 25 digits: function, arguments, value, partials. Arguments are exact doubles."""
import math
import random
import sys

from mpmath import mp, mpf

mp.dps = 100
rows = int(sys.argv[1]) if len(sys.argv) > 1 else 45


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def normal_pdf(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def log_add_exp(x, y):
    return max(x, y) + mp.log1p(mp.exp(-abs(x - y)))


def polygamma(m):
    """DLMF 5.15.6 for negative arguments: mpmath walks up by the recurrence, which never ends far from 0."""
    def of(x):
        if x > 0:
            return mp.psi(m, x)
        s, c = mp.sinpi(x), mp.cospi(x)
        return [mp.psi(0, 1 - x) - mp.pi * c / s, (mp.pi / s) ** 2 - mp.psi(1, 1 - x), mp.psi(2, 1 - x) - 2 * mp.pi ** 3 * c / s ** 3][m]
    return of


def log_gamma(x):
    """log|Γ(x)|, by DLMF 5.5.3 for negative arguments."""
    return mp.loggamma(x) if x > 0 else mp.log(mp.pi / abs(x * mp.sinpi(x))) - mp.loggamma(-x)


def magnitude(low, high):
    """Log-uniform between the powers of ten, either sign."""
    return lambda r: r.choice((-1, 1)) * 10 ** r.uniform(low, high)


def positive(low, high):
    return lambda r: 10 ** r.uniform(low, high)


def uniform(low, high):
    return lambda r: r.uniform(low, high)


def near(*centres):
    """At a distance that is log-uniform from one ulp to a tenth."""
    return lambda r: r.choice(centres) + r.choice((-1, 1)) * 10 ** r.uniform(-15.5, -1)


def either(*kinds):
    return lambda r: r.choice(kinds)(r)


def pair(first, second):
    return lambda r: (first(r), second(r))


def near_zero_of_log_add_exp(r):
    x = r.uniform(-3, -1e-3)
    return x, math.log(-math.expm1(x)) + r.choice((-1, 1)) * 10 ** r.uniform(-16, -1)


subnormals = [5e-324, -5e-324, 1e-310, -1e-310]
tiny = [*subnormals, 1e-300, -1e-300, 2.2250738585072014e-308, 1e-160, -1e-160, 1e-20, -1e-20, 1e-10, -1e-10]

# name: (value, partials, arguments to be met, random arguments)
functions = {
    "Sigmoid": (sigmoid, [lambda x: mp.exp(-abs(x)) / (1 + mp.exp(-abs(x))) ** 2],
                tiny + [-745.0, -740.0, -710.0, -709.0, -37.0, 37.0, 709.0, 745.0, 800.0, 0.5, -0.5],
                either(magnitude(-300, 2), magnitude(-3, 2.87), uniform(-40, 40))),
    "Softplus": (lambda x: mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x)), [sigmoid],
                 tiny + [-800.0, -745.0, -740.0, -709.0, -37.5, -36.0, 36.0, 37.5, 709.0, 800.0, 1e100, 1e308],
                 either(magnitude(-300, 2), magnitude(-3, 2.87), uniform(-40, 40))),
    "LogAddExp": (log_add_exp, [lambda x, y: sigmoid(x - y), lambda x, y: sigmoid(y - x)],
                  [(1000.0, 1000.5), (-1000.0, -1000.5), (0.0, -740.0), (1e308, -1e308), (1e-300, -700.0), (3e-15, -33.0), (-3e-15, -33.0),
                   (-0.6931471805599453, -0.6931471805599453), (0.0, 0.0), (1e-300, -1e-300), (1e200, 1.0), (-1e200, -3.0), (-800.0, 2.0)],
                  either(pair(magnitude(-3, 3), magnitude(-3, 3)), pair(uniform(-20, 20), uniform(-20, 20)),
                         pair(uniform(-1000, 1000), uniform(-1000, 1000)), near_zero_of_log_add_exp,
                         pair(magnitude(-16, -1), uniform(-37, 0)), pair(magnitude(-300, 300), magnitude(-300, 300)))),
    "Erf": (mp.erf, [lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)],
            tiny + [0.5, 0.99999, 1.0, 1.00001, 2.0, 4.0, 5.9, 5.93, 6.0, -6.0, 26.0, 30.0, -30.0],
            either(magnitude(-300, 0), magnitude(-3, 1), uniform(-6.5, 6.5), uniform(-2, 2))),
    "Erfc": (mp.erfc, [lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x)],
             tiny + [0.5, 0.99999, 1.0, 1.00001, 2.0, 4.0, 10.0, 26.0, 26.5, 27.0, 27.2, 27.226, -6.0, -30.0],
             either(magnitude(-300, 0), magnitude(-3, 1.43), uniform(-6.5, 27), uniform(-2, 2))),
    "NormalPdf": (normal_pdf, [lambda x: -x * normal_pdf(x)],
                  tiny + [1.0, -1.0, 10.0, 30.0, -37.6, 38.0, -38.0, 38.5, 38.56],
                  either(magnitude(-300, 1), magnitude(-2, 1.58), uniform(-38.5, 38.5))),
    "NormalCdf": (normal_cdf, [normal_pdf],
                  tiny + [1.0, -1.0, 1.4142135, -1.4142136, 8.0, 9.0, -10.0, -20.0, -30.0, -37.5, -38.0, -38.4, -38.46],
                  either(magnitude(-300, 1), magnitude(-2, 1.58), uniform(-38.5, 8.5), uniform(-2, 2))),
    "LogGamma": (log_gamma, [polygamma(0)],
                 tiny + [0.5, 1.0000000000000002, 0.9999999999999999, 1.9999999999999998, 2.0000000000000004, 1.4616321449683623,
                         3.0, 8.0, 10.0, 171.6, 1e10, 1e17, 1e100, 2.5e305, -0.5, -1.5, -170.5, -1000.25, -1e10 - 0.5, -1.0000000000000002],
                 either(positive(-300, 300), positive(-3, 3), uniform(0, 4), near(1, 2), uniform(2, 20), uniform(-20, 0), magnitude(-20, 4))),
    "Digamma": (polygamma(0), [polygamma(1)],
                [x for x in tiny if abs(x) > 1e-308] + [0.5, 1.0, 1.4616321449683622, 1.4616321449683623, 1.4616321449683625, 2.0, 3.0, 10.0, 1e17, 1e300,
                         -0.5, -1.5, -10.5, -1000.25, -1e10 - 0.5, -1.0000000000000002],
                either(positive(-300, 300), positive(-3, 3), uniform(0, 4), near(1.4616321449683623, 1, 2), uniform(2, 20), uniform(-20, 0), magnitude(-20, 4))),
    "Trigamma": (polygamma(1), [polygamma(2)],
                 [x for x in tiny if abs(x) > 1e-154] + [0.5, 1.0, 2.0, 3.0, 10.0, 1e17, 1e300, -0.5, -1.5, -10.5, -1000.25, -1e10 - 0.5, -1.0000000000000002],
                 either(positive(-150, 300), positive(-3, 3), uniform(0, 4), uniform(2, 20), uniform(-20, 0), magnitude(-20, 4))),
    "Expm1": (mp.expm1, [mp.exp],
              tiny + [0.5, -0.5, 0.49999999999999994, -0.49999999999999994, 1.0, -1.0, -36.0, -38.0, -800.0, 709.0, 709.78],
              either(magnitude(-300, 2), magnitude(-3, 2.8), uniform(-1, 1))),
    "Log1p": (mp.log1p, [lambda x: 1 / (1 + x)],
              tiny + [1.1102230246251565e-16, 1.2e-16, -1.2e-16, 3e-16, -0.9999999999999999, -0.5, 0.5, 1.0, 1e17, 1e300, 1.7e308],
              either(positive(-300, 308), magnitude(-20, -0.01), uniform(-1, 1), near(-1), positive(-3, 3))),
}


def text(value):
    return mp.nstr(value, 25, strip_zeros=True)


print("function,arguments,value,partials")
for name, (value, partials, met, draw) in functions.items():
    r = random.Random(name)
    arguments = [a if isinstance(a, tuple) else (a,) for a in met]
    while len(arguments) < len(met) + rows:
        a = draw(r)
        a = a if isinstance(a, tuple) else (a,)
        if name == "Log1p" and a[0] <= -1 or name.endswith("gamma") and a[0] == math.floor(a[0]) and a[0] <= 0:
            continue
        arguments.append(a)
    for a in arguments:
        exact = [mpf(v) for v in a]
        print(name, ";".join(map(repr, a)), text(value(*exact)), ";".join(text(p(*exact)) for p in partials), sep=",")
