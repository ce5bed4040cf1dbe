"""One Sinkhorn iteration against POT, GeomLoss and OTT, in the log domain.

Usage: sinkhorn.py [N...]

Needs POT, geomloss, ott-jax, torch. An iteration updates both potentials once. POT
and OTT solve with a fixed number of iterations, from which the time of half as many
is subtracted, so that what a solve costs beside its iterations drops out; of
GeomLoss, whose solver has its own schedule of eps, the two updates are written out
as its tensorized backend does them, a log-sum-exp over a stored cost. Two threads; POT in float64, its
default, the others and we in float32.
"""

import os
import sys

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import ot
import torch
from ott.geometry import pointcloud
from ott.problems.linear import linear_problem
from ott.solvers.linear import sinkhorn

import side

THREADS = 2
GOALS = {1000: 4, 10000: 8}


def problem(n, d):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(n, d)) * 0.7 + 1
    sample = ot.dist(x[:1000], y[:1000])
    return x, y, 0.05 * sample.std()


def pot(x, y, eps, iterations):
    cost, a = ot.dist(x, y), np.full(len(x), 1 / len(x))

    def step():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ot.bregman.sinkhorn_log(a, a, cost, eps, numItermax=iterations, stopThr=0, warn=False)
    return step


def ott(x, y, eps, iterations):
    xj, yj = jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)
    solver = sinkhorn.Sinkhorn(threshold=0.0, min_iterations=iterations, max_iterations=iterations,
                               inner_iterations=iterations)
    solve = jax.jit(lambda x, y: solver(linear_problem.LinearProblem(pointcloud.PointCloud(x, y, epsilon=eps))).f)
    solve(xj, yj).block_until_ready()
    return lambda: solve(xj, yj).block_until_ready()


def geomloss(x, y, eps):
    xt, yt = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    cost = ((xt[:, None] - yt[None]) ** 2).sum(-1)[None]
    transposed = cost.transpose(1, 2).contiguous()
    logs = torch.full((1, len(x)), -float(np.log(len(x))))
    f, g = torch.zeros(1, len(x)), torch.zeros(1, len(x))

    def softmin(cost, h):
        return -eps * (h[:, None, :] - cost / eps).logsumexp(2)

    def step():
        f.copy_(softmin(cost, logs + g / eps))
        g.copy_(softmin(transposed, logs + f / eps))
    return step


def main():
    torch.set_num_threads(THREADS)
    side.machine()
    print(f"POT {ot.__version__}, torch {torch.__version__}, jax {jax.__version__}, {THREADS} threads")
    for n in map(int, sys.argv[1:] or GOALS):
        for d in (2, 10):
            x, y, eps = problem(n, d)
            low, high = (20, 60) if n <= 2000 else (2, 6)
            side.compare(f"one Sinkhorn iteration, n = m = {n}, d = {d}", "lib/internal/kern",
                         f"BenchmarkSweep/n={n}/d={d}/type=f32", THREADS,
                         {"geomloss": side.timed(geomloss(x, y, eps)),
                          "POT": side.difference(lambda k: pot(x, y, eps, k), low, high),
                          "OTT": side.difference(lambda k: ott(x, y, eps, k), low, high)},
                         GOALS.get(n), rounds=5)


if __name__ == "__main__":
    main()
