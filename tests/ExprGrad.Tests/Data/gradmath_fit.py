# Run: /usr/bin/python3 gradmath_fit.py   (prints the coefficients that are in src/ExprGrad/GradMath*.cs)
"""Rational approximations p(t)/q(t), q(0) = 1, that interpolate at the Chebyshev nodes of an interval: within a small factor of minimax."""
from mpmath import mp, mpf

mp.dps = 60


def fit(name, f, low, high, p, q):
    low, high, n = mpf(low), mpf(high), p + q + 1
    nodes = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    equations = mp.matrix([[t ** k for k in range(p + 1)] + [-f(t) * t ** k for k in range(1, q + 1)] for t in nodes])
    solution = list(mp.lu_solve(equations, mp.matrix([f(t) for t in nodes])))
    above, below = [float(c) for c in solution[:p + 1]], [1.0] + [float(c) for c in solution[p + 1:]]

    def approximation(t):
        return mp.polyval([mpf(c) for c in reversed(above)], t) / mp.polyval([mpf(c) for c in reversed(below)], t)

    samples = [low + (high - low) * i / 1000 for i in range(1001)]
    error = max(abs(approximation(t) - f(t)) / max(abs(f(t)), mpf("0.25")) for t in samples)
    print(f"{name}: error {float(error):.1e} of max(|f|, 1/4), coefficients rounded to doubles\n  p = {above}\n  q = {below}")


def or_limit(f, point, limit):
    """f, whose formula is 0/0 at the point."""
    return lambda t: limit if abs(t - point) < mpf(10) ** -25 else f(t)


root = mp.findroot(mp.digamma, 1.46)
hi = float(root)
print(f"root of digamma = {hi!r} + {float(root - mpf(hi))!r}")
print(f"ln √(2π) − ½ = {float(mp.log(2 * mp.pi) / 2 - mpf('0.5'))!r}, √½ = {float(mp.sqrt(mpf('0.5')))!r}, 1/√(2π) = {float(1 / mp.sqrt(2 * mp.pi))!r}")

fit("expm1(t) = t + t² p(t), |t| ≤ ½", or_limit(lambda t: (mp.expm1(t) - t) / t ** 2, 0, mpf("0.5")), -0.5, 0.5, 11, 0)
fit("erf(x) = x + x p(t), t = x² ≤ ¼", or_limit(lambda t: mp.erf(mp.sqrt(t)) / mp.sqrt(t) - 1, 0, 2 / mp.sqrt(mp.pi) - 1), 0, 0.25, 8, 0)
fit("exp(t²) erfc(t), ½ ≤ t ≤ 4", lambda t: mp.exp(t * t) * mp.erfc(t), 0.5, 4, 8, 8)
fit("x exp(x²) erfc(x), t = 1/x² ≤ 1/16", or_limit(lambda t: mp.exp(1 / t) * mp.erfc(1 / mp.sqrt(t)) / mp.sqrt(t), 0, 1 / mp.sqrt(mp.pi)), 0, mpf(1) / 16, 6, 6)
fit("logΓ(1 + t) = t (t − 1) p/q, 0 ≤ t ≤ 2", or_limit(or_limit(lambda t: mp.loggamma(1 + t) / (t * (t - 1)), 0, mp.euler), 1, 1 - mp.euler), 0, 2, 8, 8)
fit("ψ(t) = (t − root) p/(t q), 1 ≤ t ≤ 3", or_limit(lambda t: t * mp.digamma(t) / (t - root), root, root * mp.psi(1, root)), 1, 3, 6, 6)


def normal_tail(number, degree=10):
    """Φ(−x) in powers of t = x − number/8, |t| ≤ 1/16: the integral of the polynomial that interpolates the density, so that the derivative of the one is the other."""
    centre, half = mpf(number) / 8, mpf(1) / 16
    nodes = [half * mp.cos(mp.pi * (2 * i + 1) / (2 * degree + 2)) for i in range(degree + 1)]
    density = mp.lu_solve(mp.matrix([[t ** k for k in range(degree + 1)] for t in nodes]), mp.matrix([mp.npdf(centre + t) for t in nodes]))
    terms = [mp.erfc(centre / mp.sqrt(2)) / 2] + [-density[k] / (k + 1) for k in range(degree + 1)]
    # The even powers vanish in the middle.
    return [0.0 if abs(c) < mpf(10) ** -30 else float(c) for c in terms]


def normal_tail_error(number, terms):
    value, slope = list(reversed([mpf(c) for c in terms])), [-k * mpf(terms[k]) for k in range(len(terms) - 1, 0, -1)]
    samples = [mpf(i) / 16 / 20 for i in range(-20, 21)]
    at = lambda t: mpf(number) / 8 + t
    return max(max(abs(mp.polyval(value, t) / (mp.erfc(at(t) / mp.sqrt(2)) / 2) - 1), abs(mp.polyval(slope, t) / mp.npdf(at(t)) - 1)) for t in samples)


table = [normal_tail(number) for number in range(41)]
print(f"Φ(−x), density: error {float(max(normal_tail_error(n, row) for n, row in enumerate(table))):.1e}, coefficients rounded to doubles")
for row in table:
    print("        " + ", ".join("0" if c == 0 else repr(c) for c in row) + ",")
