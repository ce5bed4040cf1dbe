"""Training steps of the Monge gap against OTT-JAX.

Usage: monge.py [--sizes 256,1024] [--dims 2,32] [--seconds 4] [--rounds 5]

Needs ott-jax 0.6, flax, optax. Both sides train the network of OTT's tutorial, 32-64-32
GELU units, residual, by Adam from a normal law to a mixture of two wider ones, with the
Sinkhorn divergence of |x-y|^2 at 0.1 of the mean cost within the target and the gap at
0.01 of the mean cost, to a marginal error of 1e-3; the peer's step is compiled and warmed
up, and drops the target's self term, which ours computes. Ours draws a batch at each step
and starts the gap from the potentials of the batch before; the peer takes 20 batches in
turns and has no warm start. Both counts of iterations are printed.
"""

import argparse
import os
import warnings

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from ott.geometry import pointcloud
from ott.neural.methods import monge_gap
from ott.neural.networks import potentials
from ott.tools import sinkhorn_divergence

import side

THREADS = 2
GOALS = {256: 8, 1024: 5}
BATCHES = 20


class Peer:
    """OTT's estimator on one task; a call makes one step."""

    def __init__(self, n, d):
        rng = np.random.default_rng(0)
        source = lambda: rng.normal(size=(n, d))
        target = lambda: rng.normal(size=(n, d)) * 1.5 + rng.choice([-2, 2], size=(n, 1))
        self.batches = [{"source": jnp.asarray(source(), jnp.float32), "target": jnp.asarray(target(), jnp.float32)}
                        for _ in range(BATCHES)]
        x, y = self.batches[0]["source"], self.batches[0]["target"]
        of_fit = 0.1 * float(pointcloud.PointCloud(y, y).mean_cost_matrix)
        of_gap = 0.01 * float(pointcloud.PointCloud(x, y).mean_cost_matrix)

        def fit(mapped, y):
            r = sinkhorn_divergence.sinkhorn_divergence(pointcloud.PointCloud, x=mapped, y=y, epsilon=of_fit, static_b=True)
            value, out = r if isinstance(r, tuple) else (r.divergence, r)
            return value, out.n_iters

        def gap(x, mapped):
            value, out = monge_gap.monge_gap_from_samples(x, mapped, epsilon=of_gap, return_output=True)
            return value, out.n_iters

        net = potentials.PotentialMLP(dim_hidden=(32, 64, 32), is_potential=False, act_fn=nn.gelu)
        self.estimator = monge_gap.MongeGapEstimator(d, net, optax.adam(1e-3), fit, gap, 0.1, num_train_iters=10**9)
        self.state, self.steps, self.logs = self.estimator.state_neural_net, 0, []
        for _ in range(6):
            self()

    def __call__(self):
        self.state, logs = self.estimator.step_fn(self.state, self.batches[self.steps % BATCHES], None, False, self.steps)
        jax.block_until_ready(self.state.params)
        self.steps += 1
        self.logs = (self.logs + [logs["train"]])[-50:]

    def iterations(self):
        mean = lambda key: np.mean([np.mean(np.ravel(log[key])[0]) for log in self.logs])
        return f"OTT: {mean('log_fitting'):.0f} iterations of the fit's cross term, {mean('log_regularizer'):.0f} of the gap"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="256,1024")
    parser.add_argument("--dims", default="2,32")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    side.machine()
    for d in map(int, args.dims.split(",")):
        for n in map(int, args.sizes.split(",")):
            peer, steps = Peer(n, d), 100 * 256 // n
            side.compare(f"{steps} steps, n={n} d={d}", "lib/monge", f"BenchmarkFitOfDimension/d={d}/batch={n}", THREADS,
                         {"OTT": side.timed(peer, per=1 / steps)}, GOALS.get(n), args.seconds, args.rounds)
            print("   ", peer.iterations(), flush=True)


main()
