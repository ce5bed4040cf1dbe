"""What the side-by-side runs share: our benchmarks, a peer's function, the ratio.

Both sides run in turns on one machine, several rounds each, both warmed up, and
the medians are compared. A ratio above 1 says that we are faster.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 7
# Between the sides: workers of a peer that still spin would slow the other.
PAUSE = 0.25

_binaries = {}
_folder = tempfile.TemporaryDirectory()


def _binary(package):
    if package not in _binaries:
        path = Path(_folder.name) / package.replace("/", "-")
        env = dict(os.environ, CGO_ENABLED="0")
        subprocess.run(["go", "test", "-c", "-o", path, f"./{package}"], cwd=ROOT, env=env, check=True)
        _binaries[package] = path
    return _binaries[package]


def ours(package, benchmark, threads, seconds=0.3):
    """One sample of a Go benchmark: a dictionary of its metrics by unit.

    A part of the name may be .*, of which the last match counts: levels rise.
    """
    pattern = "/".join(f"^{part if part.endswith('.*') else re.escape(part)}$" for part in benchmark.split("/"))
    run = subprocess.run(
        [_binary(package), "-test.run", "^$", "-test.bench", pattern, "-test.benchtime", f"{seconds}s",
         "-test.cpu", str(threads), "-test.benchmem"],
        cwd=ROOT / package, capture_output=True, text=True, check=True,
        env=dict(os.environ, GOMAXPROCS=str(threads)))
    lines = [line for line in run.stdout.splitlines() if line.startswith("Benchmark")]
    if not lines:
        raise SystemExit(f"{package} has no {benchmark}\n{run.stdout}{run.stderr}")
    fields = lines[-1].split()[2:]
    return {unit: float(value) for value, unit in zip(fields[::2], fields[1::2])}


def timed(step, per=1):
    """A peer's function as a sampler: nanoseconds per unit of work, of which one
    call, which ends synchronised, does per."""
    def sample(seconds):
        calls, spent = 0, 0.0
        step()
        start = time.perf_counter()
        while spent < seconds:
            step()
            calls += 1
            spent = time.perf_counter() - start
        return spent / calls / per * 1e9
    return sample


def difference(make, low, high):
    """A sampler of an iterative solver: nanoseconds per iteration, without what a
    solve costs beside its iterations. make(k) gives a function of k iterations."""
    short, long = make(low), make(high)

    def sample(seconds):
        before = timed(short)(seconds / 4)
        return max(timed(long)(seconds / 4) - before, 1.0) / (high - low)
    return sample


def compare(name, package, benchmark, threads, peers, goal=None, seconds=0.3, rounds=ROUNDS):
    """Run both sides in turns and print one row; peers maps a name to a sampler."""
    samples = {peer: [] for peer in peers}
    mine = []
    for _ in range(rounds):
        time.sleep(PAUSE)
        mine.append(ours(package, benchmark, threads, seconds))
        for peer, sample in peers.items():
            time.sleep(PAUSE)
            samples[peer].append(sample(seconds))
    us = statistics.median(m["ns/op"] for m in mine)
    medians = {peer: statistics.median(s) for peer, s in samples.items()}
    ratio = min(medians.values()) / us
    verdict = "" if goal is None else f" (goal {goal:g}, {'reached' if ratio >= goal else 'MISSED'})"
    extra = "".join(f"  {statistics.median(m[u] for m in mine):.4g} {u}"
                    for u in mine[0] if u not in ("ns/op", "B/op"))
    print(f"{name:46s} {threads}t  ours {us / 1e3:10.2f} us"
          + "".join(f"  {peer} {t / 1e3:10.2f}" for peer, t in medians.items())
          + f"  ratio {ratio:6.2f}{verdict}{extra}", flush=True)


def machine():
    """The processor, for the head of a report."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":")[1].strip()
            break
    else:
        name = "unknown processor"
    print(f"{name}, {os.cpu_count()} cores, Python {sys.version.split()[0]}", flush=True)
