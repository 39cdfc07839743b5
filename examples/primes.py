"""Prints the primes below a limit: 100, or the first argument."""

import sys


def primes(limit: int) -> list[int]:
    """All primes below `limit`, by the sieve of Eratosthenes."""
    is_prime = [False, False] + [True] * (limit - 2)
    for n in range(2, int(limit**0.5) + 1):
        if is_prime[n]:
            is_prime[n * n :: n] = [False] * len(is_prime[n * n :: n])
    return [n for n in range(limit) if is_prime[n]]


if __name__ == "__main__":
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    found = primes(limit)
    print(f"There are {len(found)} primes below {limit}:")
    for i in range(0, len(found), 10):
        print(" ".join(f"{n:>3}" for n in found[i : i + 10]))
