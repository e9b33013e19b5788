"""Models that no run for fitting had: recurrent, attention, embeddings, residual, normalised.

Written out by hand where ``torch.func.vmap`` cannot take torch's own module. ``size``: 0 is big, 1
middling, 2 tiny; ``drop``: the dropout rate.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Mean(nn.Module):
    """Mean over the positions of a sequence."""

    def forward(self, x: Tensor) -> Tensor:
        """x: B×L×D. Returns B×D."""
        return x.mean(1)


class Recurrent(nn.Module):
    """The last hidden state of a GRU or an LSTM."""

    def __init__(self, kind: str, inputs: int, hidden: int) -> None:
        super().__init__()
        self.kind, self.hidden = kind, hidden
        gates = {"gru": 3, "lstm": 4}[kind]
        self.x, self.r = nn.Linear(inputs, gates * hidden), nn.Linear(hidden, gates * hidden)
        for p in self.parameters():
            nn.init.uniform_(p, -(hidden**-0.5), hidden**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """x: B×L×D. Returns B×H."""
        n, given = self.hidden, self.x(x)
        h = c = given[:, 0, :n] * 0
        for t in range(x.shape[1]):
            a, b = given[:, t], self.r(h)
            if self.kind == "gru":
                reset_keep = torch.sigmoid(a[:, : 2 * n] + b[:, : 2 * n])
                reset, keep = reset_keep[:, :n], reset_keep[:, n:]
                new = torch.tanh(a[:, 2 * n :] + reset * b[:, 2 * n :])
                h = new + keep * (h - new)
            else:
                both = a + b
                i, f, o = torch.sigmoid(both[:, : 3 * n]).chunk(3, 1)
                c = f * c + i * torch.tanh(both[:, 3 * n :])
                h = o * torch.tanh(c)
        return h


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.i, self.o = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """x: B×L×D. Returns B×L×D."""
        b, length, d = x.shape
        shape = (b, length, self.heads, d // self.heads)
        q, k, v = (part.reshape(shape).transpose(1, 2) for part in self.i(x).chunk(3, -1))
        weights = (q @ k.transpose(-1, -2) * (d // self.heads) ** -0.5).softmax(-1)
        out: Tensor = self.o((weights @ v).transpose(1, 2).reshape(b, length, d))
        return out


class Block(nn.Module):
    """A transformer's encoder layer, normalised first."""

    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        self.a = Attention(width, heads)
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.f = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(drop), nn.Linear(2 * width, width)
        )
        self.p = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        """x: B×L×D. Returns B×L×D."""
        x = x + self.p(self.a(self.n1(x)))
        out: Tensor = x + self.p(self.f(self.n2(x)))
        return out


class Positions(nn.Module):
    """Adds a learnt vector for each position."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.w = nn.Parameter(0.1 * torch.randn(length, width))

    def forward(self, x: Tensor) -> Tensor:
        """x: B×L×D. Returns B×L×D."""
        return x + self.w


class Residual(nn.Module):
    """x plus what a normalised layer makes of it."""

    def __init__(self, width: int, drop: float) -> None:
        super().__init__()
        self.f = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Dropout(drop)
        )

    def forward(self, x: Tensor) -> Tensor:
        """x: B×D. Returns B×D."""
        out: Tensor = x + self.f(x)
        return out


class Pair(nn.Module):
    """A number for a pair of things, each with an embedding."""

    def __init__(self, counts: tuple[int, int], width: int, hidden: int, drop: float) -> None:
        super().__init__()
        self.u, self.i = nn.Embedding(counts[0], width), nn.Embedding(counts[1], width)
        self.f = nn.Sequential(
            nn.Linear(2 * width, hidden), nn.ReLU(), nn.Dropout(drop), nn.Linear(hidden, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """x: B×2, whole numbers. Returns B×1."""
        out: Tensor = self.f(torch.cat([self.u(x[:, 0]), self.i(x[:, 1])], 1))
        return out


def mlp(
    inputs: int, hidden: tuple[int, ...], outputs: int, activation: Callable[[], nn.Module],
    drop: float,
) -> nn.Sequential:  # fmt: skip
    """Dense layers with dropout after each activation."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), activation(), nn.Dropout(drop)]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def transformer(size: int, drop: float) -> nn.Module:
    """For 12 tokens of 5 kinds; the tiny one only takes the mean of embeddings."""
    if size == 2:
        return nn.Sequential(nn.Embedding(5, 2), Mean(), nn.Linear(2, 5))
    d = (32, 12)[size]
    return nn.Sequential(
        nn.Embedding(5, d), Positions(12, d), Block(d, 2, drop), Mean(), nn.Linear(d, 5)
    )


def autoencoder(size: int, drop: float) -> nn.Module:
    """12×12 images through a narrow middle."""
    c, z = ((12, 24), (6, 10), (2, 1))[size]
    return nn.Sequential(
        nn.Conv2d(1, c, 3, 2, 1), nn.SiLU(), nn.Flatten(), nn.Dropout(drop),
        nn.Linear(36 * c, z), nn.Linear(z, 36 * c), nn.SiLU(), nn.Linear(36 * c, 144),
    )  # fmt: skip


def convolution(size: int, drop: float) -> nn.Module:
    """10×10 images; the batch's own statistics also in evaluation."""
    c = (10, 5, 1)[size]
    return nn.Sequential(
        nn.Conv2d(1, c, 3, padding=1), nn.BatchNorm2d(c, track_running_stats=False), nn.ReLU(),
        nn.MaxPool2d(2), nn.Conv2d(c, c, 3), nn.BatchNorm2d(c, track_running_stats=False),
        nn.ReLU(), nn.Flatten(), nn.Dropout(drop), nn.Linear(9 * c, 4),
    )  # fmt: skip


def residual(size: int, drop: float) -> nn.Module:
    """Three angles to two coordinates."""
    h = (48, 16, 2)[size]
    into = nn.Linear(3, h)
    blocks = [Residual(h, drop) for _ in range(2 if size < 2 else 1)]
    return nn.Sequential(into, *blocks, nn.Linear(h, 2))


def bag(size: int, drop: float) -> nn.Module:
    """The mean of the embeddings of 60 words."""
    d, h = ((24, 48), (8, 24), (1, 2))[size]
    return nn.Sequential(
        nn.Embedding(60, d), Mean(), nn.Linear(d, h), nn.ReLU(), nn.Dropout(drop), nn.Linear(h, 5)
    )


def recurrent(kind: str, widths: tuple[int, int, int], outputs: int) -> Callable[..., nn.Module]:
    """A function of size and dropout that makes a recurrent model."""

    def make(size: int, drop: float) -> nn.Module:
        h = widths[size]
        return nn.Sequential(Recurrent(kind, 1, h), nn.Dropout(drop), nn.Linear(h, outputs))

    return make
