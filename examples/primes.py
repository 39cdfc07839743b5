"""Prints the primes below 100, or below the first argument."""

import sys


def primes_below(end):
    is_composite = bytearray(end)
    for n in range(2, end):
        if is_composite[n]:
            continue
        yield n
        for multiple in range(n * n, end, n):
            is_composite[multiple] = 1


limit = int(sys.argv[1]) if len(sys.argv) > 1 else 100
primes = list(primes_below(limit))
print(*primes)
print(f"{len(primes)} primes below {limit}")
