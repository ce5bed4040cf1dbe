"""POT as an outside judge of ot.Exact and ot.Sinkhorn.

Usage: judge.py GASPARD

Draws small problems, solves each with POT (a network simplex, and Sinkhorn in
the log domain) and with `gaspard eval`, and compares the values: the exact
optimum, and for Sinkhorn both <P, C> and <P, C> + eps KL(P | a x b), our
convention of the entropic value, computed here from POT's plan. Exits 1 if any
relative difference exceeds 1e-6.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import ot

TOLERANCE = 1e-6

# Name, n, m, d, weights, and eps as a fraction of the mean cost.
PROBLEMS = [
    ("square, uniform", 40, 40, 2, "uniform", 0.1),
    ("wide, random weights", 25, 60, 3, "random", 0.05),
    ("tall, random weights", 70, 20, 5, "random", 0.5),
    ("one point to many", 1, 30, 2, "random", 0.1),
    ("line, skewed weights", 50, 50, 1, "skewed", 0.1),
    ("far apart", 30, 30, 2, "far", 0.05),
]

CELL = """\
p := ot.Points(mat.NewDense({n}, {d}, []float64{{{x}}}), mat.NewDense({m}, {d}, []float64{{{y}}}))
p.A = []float64{{{a}}}
p.B = []float64{{{b}}}
exact := ot.Exact(p, ot.Settings{{}})
sinkhorn := ot.Sinkhorn(p, ot.Settings{{Epsilon: {eps!r}, Tol: 1e-11, MaxIter: 1000000}})
fmt.Printf("%v %.17g\\n", exact.Status, exact.Value)
fmt.Printf("%v %.17g %.17g\\n", sinkhorn.Status, sinkhorn.Transport, sinkhorn.Value)
"""


def draw(rng, n, m, d, kind):
    x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d)) * 1.5 + 0.5
    if kind == "far":
        y += 50.0
    a, b = np.ones(n), np.ones(m)
    if kind == "random":
        a, b = rng.uniform(0.1, 1, n), rng.uniform(0.1, 1, m)
    elif kind == "skewed":
        a, b = rng.exponential(size=n) ** 3 + 1e-3, rng.exponential(size=m) ** 3 + 1e-3
    return x, y, a / a.sum(), b / b.sum()


def peers_values(a, b, cost, eps):
    exact = ot.emd2(a, b, cost, numItermax=10_000_000)
    plan = ot.sinkhorn(a, b, cost, eps, method="sinkhorn_log", numItermax=1_000_000, stopThr=1e-12)
    transport = float((plan * cost).sum())
    positive = plan > 0
    kl = float((plan[positive] * np.log(plan[positive] / np.outer(a, b)[positive])).sum())
    return float(exact), transport, transport + eps * kl


def our_values(gaspard, folder, x, y, a, b, eps):
    def numbers(v):
        return ", ".join(repr(float(t)) for t in np.ravel(v))

    cell = Path(folder) / "problem.go"
    cell.write_text(CELL.format(n=len(x), m=len(y), d=x.shape[1], x=numbers(x), y=numbers(y), a=numbers(a), b=numbers(b), eps=eps))
    run = subprocess.run([gaspard, "eval", str(cell)], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"gaspard eval failed:\n{run.stderr}")
    first, second = run.stdout.strip().splitlines()
    status, exact = first.rsplit(" ", 1)
    status2, transport, value = second.rsplit(" ", 2)
    for s in (status, status2):
        if s != "converged":
            sys.exit(f"a solve ended with: {s}")
    return float(exact), float(transport), float(value)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rng = np.random.default_rng(7)
    failed = False
    print(f"POT {ot.__version__}; largest relative difference allowed {TOLERANCE:g}")
    with tempfile.TemporaryDirectory() as folder:
        for name, n, m, d, kind, fraction in PROBLEMS:
            x, y, a, b = draw(rng, n, m, d, kind)
            cost = ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1)
            eps = fraction * float(cost.mean())
            theirs = peers_values(a, b, cost, eps)
            ours = our_values(sys.argv[1], folder, x, y, a, b, eps)
            for what, t, o in zip(("exact", "transport", "entropic"), theirs, ours):
                difference = abs(t - o) / abs(t)
                ok = difference <= TOLERANCE
                failed |= not ok
                print(f"  {'ok  ' if ok else 'FAIL'} {name:22} {what:10} POT {t:.12g}  ours {o:.12g}  {difference:.1e}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
