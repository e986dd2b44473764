"""The bound of sign-ins: how many password checks one core does, and nothing else."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import argon2

SECONDS = 3.0
THREADS = 2


def main() -> None:
    """Print checks a second, with the cost and the threads that Taskyard has."""
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    known = hasher.hash("seven violet harbours")
    ends_at, began = time.perf_counter() + SECONDS, time.perf_counter()

    def check() -> int:
        count = 0
        while time.perf_counter() < ends_at:
            hasher.verify(known, "seven violet harbours")
            count += 1
        return count

    with ThreadPoolExecutor(THREADS) as threads:
        checks = sum(threads.map(lambda _: check(), range(THREADS)))
    sys.stdout.write(f"{checks / (time.perf_counter() - began)}\n")


if __name__ == "__main__":
    main()
