"""POT and SciPy as outside judges of our solvers.

Usage: judge.py PROBLEMS.json

PROBLEMS.json is what `go run ./lib/bench/judge` writes: problems with our answers. Each
problem is solved here from its data alone, by every judge that knows its kind: POT's
network simplex, Sinkhorn in the log domain and closed forms, SciPy's assignment,
one-dimensional distance, and linear programming. Values must agree to 1e-6
of their size, and plans, where they are unique, to 1e-5 of the total mass; estimates
by random directions within six standard errors.
Exits 1 if anything differs by more, or if one of our solves did not converge.
"""

import json
import sys
import warnings

import numpy as np
import ot
import scipy
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import eye_array, kron
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

VALUES = 1e-6
PLANS = 1e-5
SMALL = 400  # pairs up to which linear programming solves a problem too


def weights(w, n):
    return np.full(n, 1 / n) if w is None else np.asarray(w, float)


def cost_matrix(x, y, r):
    name, p = r["cost"], r.get("p", 0)
    if name == "minkowski":
        return cdist(x, y, name, p=p) ** p
    if name == "mahalanobis":
        return cdist(x, y, name, VI=np.asarray(r["m"])) ** 2
    if name == "angle":
        return np.arccos(np.clip(x @ y.T, -1, 1))
    if name == "circle":
        around = np.mod(x - y.T, 1)
        return np.minimum(around, 1 - around) ** p
    return cdist(x, y, name)


class Instance:
    """The arrays of a record."""

    def __init__(self, r):
        self.r = r
        if "c" in r and r["kind"] in ("exact", "assignment", "sinkhorn", "unbalanced"):
            self.cost = np.asarray(r["c"])
        elif "cost" in r:
            self.x, self.y = np.asarray(r["x"]), np.asarray(r["y"])
            self.cost = cost_matrix(self.x, self.y, r)
        if hasattr(self, "cost"):
            n, m = self.cost.shape
            self.a, self.b = weights(r.get("a"), n), weights(r.get("b"), m)
        self.eps = r.get("epsilon")


def kl(p, q):
    p, q = np.ravel(p), np.ravel(q)
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / q[seen])).sum() - p.sum() + q.sum())


def exact(i):
    # POT takes large negative costs for infeasible, so without a constant.
    plan, log = ot.emd(i.a / i.a.sum(), i.b / i.b.sum(), i.cost - i.cost.min(), numItermax=10_000_000, log=True)
    if log["warning"]:
        sys.exit(f"POT on {i.r['name']}: {log['warning']}")
    value = float((plan * i.cost).sum())
    yield "POT", {"value": value, "dual": value}, plan
    n, m = i.cost.shape
    if n * m <= SMALL:
        sums = np.vstack([kron(eye_array(n), np.ones((1, m))).toarray(), kron(np.ones((1, n)), eye_array(m)).toarray()])
        # One equation follows from the others; with rounding it may contradict them.
        out = linprog(i.cost.ravel(), A_eq=sums[:-1], b_eq=np.concatenate([i.a, i.b])[:-1], method="highs",
                      options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10})
        yield "HiGHS", {"value": out.fun}, out.x.reshape(n, m)
    if n == m and i.r.get("a") is None and i.r.get("b") is None:
        at = linear_sum_assignment(i.cost)
        yield "SciPy", {"value": float(i.cost[at].mean())}, None


def assignment(i):
    at = linear_sum_assignment(i.cost)
    plan = np.zeros_like(i.cost)
    plan[at] = 1
    yield "SciPy", {"total": float(i.cost[at].sum())}, plan


def entropic_plan(a, b, cost, eps):
    return ot.bregman.sinkhorn_log(a, b, cost, eps, numItermax=20_000, stopThr=1e-11, warn=False)


def entropic_value(a, b, cost, eps):
    plan = entropic_plan(a, b, cost, eps)
    return float((plan * cost).sum()) + eps * kl(plan, np.outer(a, b))


def positive(i):
    """The problem without massless points, whose logarithm POT would take."""
    rows, columns = i.a > 0, i.b > 0
    return rows, columns, i.a[rows], i.b[columns], i.cost[np.ix_(rows, columns)]


def sinkhorn(i):
    rows, columns, a, b, cost = positive(i)
    inner = entropic_plan(a, b, cost, i.eps)
    plan = np.zeros_like(i.cost)
    plan[np.ix_(rows, columns)] = inner
    transport = float((inner * cost).sum())
    value = transport + i.eps * kl(inner, np.outer(a, b))
    seen = inner[inner > 0]
    shannon = transport + i.eps * float((seen * np.log(seen)).sum())
    yield "POT", {"value": value, "transport": transport, "shannon": shannon, "dual": value}, plan


def divergence(i):
    xx = entropic_value(i.a, i.a, cost_matrix(i.x, i.x, i.r), i.eps)
    yy = entropic_value(i.b, i.b, cost_matrix(i.y, i.y, i.r), i.eps)
    xy = entropic_value(i.a, i.b, i.cost, i.eps)
    yield "POT", {"divergence": xy - (xx + yy) / 2, "self x": xx, "self y": yy}, None


def unbalanced(i):
    penalties = tuple(i.r.get(k, float("inf")) for k in ("rhoA", "rhoB"))
    plan = ot.unbalanced.sinkhorn_unbalanced(i.a, i.b, i.cost, i.eps, penalties, reg_type="kl", numItermax=100_000, stopThr=1e-14)
    transport = float((plan * i.cost).sum())
    value = transport + i.eps * kl(plan, np.outer(i.a, i.b))
    for rho, sums, w in zip(penalties, (plan.sum(1), plan.sum(0)), (i.a, i.b)):
        value += rho * kl(sums, w) if np.isfinite(rho) else 0
    yield "POT", {"value": value, "transport": transport, "mass": float(plan.sum()), "dual": value}, plan


def line(i):
    x, y, p = i.x[:, 0], i.y[:, 0], i.r["p"]
    value, plan = float(ot.wasserstein_1d(x, y, i.a, i.b, p)), None
    if "plan" in i.r:
        plan = ot.emd_1d(x, y, i.a, i.b, metric="minkowski", p=p)
    yield "POT", {"value": value, "dual": value}, plan
    if p == 1:
        yield "SciPy", {"value": float(wasserstein_distance(x, y, i.a, i.b))}, None


def circle(i):
    # Its own search stops at 1e-6, so for orders above 1 the simplex decides.
    if i.r["p"] == 1:
        value = float(ot.wasserstein_circle(i.x, i.y, i.a[:, None], i.b[:, None], p=1)[0])
        yield "POT", {"value": value, "dual": value}, None
    value = float(ot.emd2(i.a / i.a.sum(), i.b / i.b.sum(), i.cost, numItermax=10_000_000))
    yield "simplex", {"value": value, "dual": value}, None


def sliced(i):
    x, y = np.asarray(i.r["x"]), np.asarray(i.r["y"])
    value = ot.sliced_wasserstein_distance(x, y, np.asarray(i.r["a"]), np.asarray(i.r["b"]), n_projections=20_000, seed=1)
    yield "POT", {"SW2": float(value)}, None


def bures(i):
    m1, m2 = (np.asarray(i.r[k][0]) for k in "xy")
    c1, c2 = np.asarray(i.r["c"]), np.asarray(i.r["m"])
    a, _ = ot.gaussian.bures_wasserstein_mapping(m1, m2, c1, c2)
    yield "POT", {"W2": float(ot.gaussian.bures_wasserstein_distance(m1, m2, c1, c2))}, a


def bures_barycenter(i):
    means = np.asarray(i.r["x"])
    covariances = np.asarray(i.r["extra"]).reshape(len(means), means.shape[1], means.shape[1])
    mean, cov = ot.gaussian.bures_wasserstein_barycenter(means, covariances, np.asarray(i.r["a"]), eps=1e-10, num_iter=200)
    yield "POT", {"mean 1": float(np.ravel(mean)[0])}, cov


JUDGES = {
    "exact": exact, "assignment": assignment, "sinkhorn": sinkhorn, "divergence": divergence, "unbalanced": unbalanced,
    "line": line, "circle": circle, "sliced": sliced, "bures": bures, "bures barycenter": bures_barycenter,
}


def size(instance):
    """What differences are relative to, where a value itself is near 0."""
    return 1e-3 * float(np.abs(instance.cost).max()) if hasattr(instance, "cost") else 1e-3


def compare(r):
    """The largest difference of values and of plans, and the names of the judges."""
    instance, names, values, plans = Instance(r), [], 0.0, 0.0
    for name, theirs, plan in JUDGES[r["kind"]](instance):
        names.append(name)
        for what, value in theirs.items():
            ours = r["values"][what]
            # Both estimates err, each by about the same.
            off = max(0.0, abs(ours - value) - 6 * r.get("stdErr", 0.0)) / max(abs(value), size(instance))
            if not off <= VALUES:
                print(f"       {what}: ours {ours:.12g}, {name} {value:.12g}")
            values = max(values, off) if off == off else float("inf")
        if plan is not None and "plan" in r:
            ours = np.asarray(r["plan"])
            plans = max(plans, float(np.abs(ours - plan).max() / np.abs(plan).sum()))
    return names, values, plans


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    print(f"POT {ot.__version__}, SciPy {scipy.__version__}; allowed are {VALUES:g} of a value and {PLANS:g} of a plan's mass")
    failed = count = 0
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            r = json.loads(line)
            names, values, plans = compare(r)
            ok = r["status"] == "converged" and values <= VALUES and plans <= PLANS
            failed += not ok
            count += 1
            unique = f"plan {plans:.1e}" if "plan" in r else ""
            print(f"  {'ok  ' if ok else 'FAIL'} {r['name']:58} {'+'.join(names):12} value {values:.1e}  {unique}"
                  + ("" if r["status"] == "converged" else f"  {r['status']}"), flush=True)
    print(f"{count} problems, {failed} failed")
    sys.exit(1 if failed or not count else 0)


if __name__ == "__main__":
    main()
