"""The exact solver against POT's network simplex.

Usage: exact.py [N...]

Needs POT. Clouds from two normal laws, n = m, uniform weights and random ones, of
which a fifth is zero. Ours starts from the points; POT from a cost matrix whose time
is printed too but does not count. Two threads for us; POT's emd2 uses one. The gap
is the primal less the dual value of our last solve, in units of the last place.
"""

import os
import sys
import time

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import numpy as np
import ot

import side

THREADS = 2
GOALS = {1000: 2, 2000: 2, 5000: 4}


def problem(n, d, weights):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(n, d)) + 1

    def draw():
        w = np.ones(n)
        if weights == "random":
            w = rng.uniform(size=n) * (np.arange(n) % 5 != 2)
        return w / w.sum()
    return x, y, draw(), draw()


def main():
    side.machine()
    print(f"POT {ot.__version__}")
    for n in map(int, sys.argv[1:] or GOALS):
        for d in (2, 32):
            for weights in ("uniform", "random"):
                x, y, a, b = problem(n, d, weights)
                start = time.perf_counter()
                cost = ot.dist(x, y)
                formed = time.perf_counter() - start
                side.compare(f"exact, n = m = {n}, d = {d}, {weights} ({formed * 1e3:.0f} ms for POT's matrix)", "lib/ot",
                             f"BenchmarkExact/n={n}/d={d}/weights={weights}", THREADS,
                             {"POT": once(a, b, cost)}, GOALS.get(n), seconds=0.1, rounds=5 if n <= 2000 else 3)


def once(a, b, cost):
    """Samples one call, for which there is nothing to warm up."""
    def sample(_):
        start = time.perf_counter()
        ot.emd2(a, b, cost, numItermax=10_000_000)
        return (time.perf_counter() - start) * 1e9
    return sample


if __name__ == "__main__":
    main()
