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
    """One sample of a Go benchmark: a dictionary of its metrics by unit."""
    pattern = "/".join(f"^{re.escape(part)}$" for part in benchmark.split("/"))
    run = subprocess.run(
        [_binary(package), "-test.run", "^$", "-test.bench", pattern, "-test.benchtime", f"{seconds}s",
         "-test.cpu", str(threads), "-test.benchmem"],
        cwd=ROOT / package, capture_output=True, text=True, check=True,
        env=dict(os.environ, GOMAXPROCS=str(threads)))
    lines = [line for line in run.stdout.splitlines() if line.startswith("Benchmark")]
    if len(lines) != 1:
        raise SystemExit(f"{package} {benchmark}: {len(lines)} benchmarks\n{run.stdout}{run.stderr}")
    fields = lines[0].split()[2:]
    return {unit: float(value) for value, unit in zip(fields[::2], fields[1::2])}


def theirs(step, seconds=0.3):
    """One sample of a peer: nanoseconds per call of step, which ends synchronised."""
    calls, spent = 0, 0.0
    step()
    start = time.perf_counter()
    while spent < seconds:
        step()
        calls += 1
        spent = time.perf_counter() - start
    return spent / calls * 1e9


def compare(name, package, benchmark, threads, peers, goal=None, per=1, seconds=0.3, rounds=ROUNDS):
    """Run both sides in turns and print one row.

    peers maps a name to a function, or to None where it cannot run; per is how many
    units of work one call of a peer does where ours does one.
    """
    samples = {peer: [] for peer, step in peers.items() if step}
    mine = []
    for _ in range(rounds):
        time.sleep(PAUSE)
        mine.append(ours(package, benchmark, threads, seconds))
        for peer in samples:
            time.sleep(PAUSE)
            samples[peer].append(theirs(peers[peer], seconds) / per)
    us = statistics.median(m["ns/op"] for m in mine)
    medians = {peer: statistics.median(s) for peer, s in samples.items()}
    fastest = min(medians, key=medians.get)
    ratio = medians[fastest] / us
    verdict = "" if goal is None else ("  reached" if ratio >= goal else "  MISSED")
    extra = "".join(f"  {statistics.median(m[u] for m in mine):.4g} {u}"
                    for u in mine[0] if u not in ("ns/op", "B/op"))
    print(f"{name:52s} {threads} thread{'s' if threads > 1 else ' '} ours {us / 1e3:10.2f} us"
          + "".join(f"  {peer} {t / 1e3:10.2f}" for peer, t in medians.items())
          + f"  ratio {ratio:6.2f}" + (f" (goal {goal:g}){verdict}" if goal else "") + extra, flush=True)
    return ratio


def machine():
    """The processor, for the head of a report."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":")[1].strip()
            break
    else:
        name = "unknown processor"
    print(f"{name}, {os.cpu_count()} cores, Python {sys.version.split()[0]}", flush=True)
