"""Training steps of small networks against PyTorch and JAX.

Usage: networks.py [mlp] [transformer]

Needs torch, jax, optax. Both sides: SiLU, mean squared error, Adam for the
perceptrons; pre-norm blocks, causal attention with heads of 32, GELU, cross
entropy and AdamW for the transformers; two threads, float32. PyTorch's GELU is the
tanh form, as ours.
"""

import os
import sys
from functools import partial

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
import torch.nn.functional as F
from torch import nn

import side

THREADS = 2
PERCEPTRONS = [
    ((2, 128, 128, 2), 1024, 2.2),
    ((3, 256, 256, 256, 2), 256, 1.8),
    ((784, 512, 512, 784), 128, 1.2),
    ((2, 128, 64, 64, 2), 1024, None),
    ((64, 256, 256, 64), 256, None),
]
TRANSFORMERS = [(128, 16, 1.3), (128, 32, 1.3), (256, 16, 1.1), (256, 32, 1.1)]
LAYERS, CONTEXT, VOCABULARY, HEAD = 4, 128, 80, 32


def torch_training(model, loss, optimiser):
    def step():
        optimiser.zero_grad(set_to_none=True)
        value = loss(model)
        value.backward()
        optimiser.step()
    return step


def warmed(step, calls=20):
    for _ in range(calls):
        step()
    return step


def torch_perceptron(sizes, batch, compiled):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.SiLU()]
    model = nn.Sequential(*layers[:-1])
    x, y = torch.randn(batch, sizes[0]), torch.randn(batch, sizes[-1])
    optimiser = torch.optim.Adam(model.parameters(), 1e-3, foreach=True)
    run = torch.compile(model) if compiled else model
    return warmed(torch_training(run, lambda m: F.mse_loss(m(x), y), optimiser))


def jax_perceptron(sizes, batch):
    keys = jax.random.split(jax.random.PRNGKey(0), len(sizes) + 1)
    params = [(jax.random.normal(k, (a, b)) * np.sqrt(1 / a), jnp.zeros(b))
              for k, a, b in zip(keys, sizes, sizes[1:])]
    x = jax.random.normal(keys[-1], (batch, sizes[0]))
    y = jax.random.normal(keys[-2], (batch, sizes[-1]))
    adam = optax.adam(1e-3)

    def loss(params):
        z = x
        for w, b in params[:-1]:
            z = jax.nn.silu(z @ w + b)
        return jnp.mean((z @ params[-1][0] + params[-1][1] - y) ** 2)

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(params, state):
        value, grads = jax.value_and_grad(loss)(params)
        change, state = adam.update(grads, state, params)
        return optax.apply_updates(params, change), state, value

    held = [params, adam.init(params)]

    def step():
        held[0], held[1], value = update(held[0], held[1])
        value.block_until_ready()
        jax.block_until_ready(held[0])
    return warmed(step)


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.heads = d // HEAD
        self.before, self.between = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        b, t, d = x.shape
        qkv = self.qkv(self.before(x)).view(b, t, 3, self.heads, HEAD)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.between(x)), approximate="tanh"))


class Transformer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.tokens, self.places = nn.Embedding(VOCABULARY, d), nn.Embedding(CONTEXT, d)
        self.blocks = nn.Sequential(*[Block(d) for _ in range(LAYERS)])
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, VOCABULARY, bias=False)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.tokens(x) + self.places.weight[None])))


def torch_transformer(width, batch, compiled):
    model = Transformer(width)
    x, y = (torch.randint(VOCABULARY, (batch, CONTEXT)) for _ in range(2))
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.1, foreach=True)
    run = torch.compile(model) if compiled else model

    def loss(m):
        return F.cross_entropy(m(x).reshape(-1, VOCABULARY), y.reshape(-1))
    return warmed(torch_training(run, loss, optimiser), 3)


def main():
    wanted = sys.argv[1:] or ["mlp", "transformer"]
    torch.set_num_threads(THREADS)
    side.machine()
    print(f"torch {torch.__version__}, jax {jax.__version__}, {THREADS} threads")
    if "mlp" in wanted:
        for sizes, batch, goal in PERCEPTRONS:
            name = "-".join(map(str, sizes))
            side.compare(f"step of {name}, batch {batch}", "lib/nn",
                         f"BenchmarkStep/net={name}/batch={batch}", THREADS,
                         {"torch": side.timed(torch_perceptron(sizes, batch, False)),
                          "compiled": side.timed(torch_perceptron(sizes, batch, True)),
                          "jax": side.timed(jax_perceptron(sizes, batch))}, goal)
    if "transformer" in wanted:
        for width, batch, goal in TRANSFORMERS:
            side.compare(f"transformer of width {width}, batch {batch}", "lib/nn",
                         f"BenchmarkTransformer/width={width}/batch={batch}", THREADS,
                         {"torch": side.timed(torch_transformer(width, batch, False)),
                          "compiled": side.timed(torch_transformer(width, batch, True))}, goal, seconds=1, rounds=5)


if __name__ == "__main__":
    main()
