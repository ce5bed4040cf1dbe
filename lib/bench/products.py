"""Matrix products and exponentials against numpy (OpenBLAS) and PyTorch.

Usage: products.py [THREADS]

Needs numpy, torch, threadpoolctl. One process has one number of threads; without
an argument the script runs itself for one and for two.
"""

import os
import subprocess
import sys

if len(sys.argv) < 2:
    for count in ("1", "2"):
        subprocess.run([sys.executable, __file__, count], check=True)
    sys.exit()

THREADS = int(sys.argv[1])
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np
import torch
from threadpoolctl import threadpool_info

import side

SHAPES = [(1024, 128, 128), (256, 256, 256), (512, 512, 512), (1024, 1024, 1024)]


def main():
    torch.set_num_threads(THREADS)
    if THREADS == 1:
        side.machine()
    blas = [f"{p['prefix']} {p['version']} {p.get('architecture', '')}" for p in threadpool_info() if p["user_api"] == "blas"]
    print(f"numpy {np.__version__} ({', '.join(blas)}), torch {torch.__version__}, {THREADS} threads")
    for m, k, n in SHAPES:
        a, b = (np.random.default_rng(0).standard_normal(s, dtype=np.float32) for s in ((m, k), (k, n)))
        c = np.empty((m, n), np.float32)
        ta, tb, tc = map(torch.from_numpy, (a, b, c.copy()))
        side.compare(f"f32 {m}x{k} . {k}x{n}", "lib/internal/kern",
                     f"BenchmarkProduct/type=f32/shape=NN-{m}x{n}x{k}", THREADS,
                     {"numpy": side.timed(lambda: np.matmul(a, b, out=c)),
                      "torch": side.timed(lambda: torch.matmul(ta, tb, out=tc))}, 1.0)
    if THREADS == 1:
        x = torch.randn(4096)
        y = torch.empty_like(x)

        # One call of a peer is 64 exponentials of the array: the cost of calling
        # from Python would count for more than the work otherwise.
        def exps():
            for _ in range(64):
                torch.exp(x, out=y)
        side.compare("exp f32, 4096 elements", "lib/internal/kern", "BenchmarkExp/level=.*/type=f32/n=4096", 1,
                     {"torch": side.timed(exps, 64)}, 2.0)


if __name__ == "__main__":
    main()
