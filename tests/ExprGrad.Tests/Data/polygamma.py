"""Writes polygamma.csv: the order, the argument, and its polygamma function from 60 digits.

Run: /usr/bin/python3 polygamma.py > polygamma.csv   (Debian package python3-mpmath)
"""
import random
from mpmath import mp, mpf, psi

mp.dps = 60
random.seed(20240607)
ARGUMENTS = [1e-100, 1e-8, 0.1, 0.5, 1.0, 1.5, 2.0, 5.0, 9.75, 12.0, 17.3, 40.0, 1e3, 1e8]
ARGUMENTS += [random.uniform(0, 30) for _ in range(12)]
NEGATIVE = [-1e-8, -0.25, -0.5, -0.75, -1.3, -2.5, -7.1, -33.8, -1000.6]

print("n,x,value")
for n in (0, 1, 2, 3, 4, 5, 8, 13, 30):
    for x in ARGUMENTS + NEGATIVE:
        value = psi(n, mpf(x))
        if 1e-290 < abs(value) < 1e290:
            print(f"{n},{x!r},{mp.nstr(value, 20)}")
