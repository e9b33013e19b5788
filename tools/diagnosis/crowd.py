"""Train many small models at once: one batched matrix product serves a whole crowd of runs.

Every member has its own weights, learning rate, dropout, weight decay and, for planted bugs, its
own mishap; all see the same batches. The arithmetic of the optimizers is torch's, written out for
a learning rate that differs from member to member.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

ACTIVATIONS = {"relu": F.relu, "tanh": torch.tanh, "gelu": F.gelu}
UNTRAINED = ("no_step", "wrong_params", "zero_after_backward")


@dataclass
class Member:
    """One run of the crowd."""

    variant: str
    lr: float
    dropout: float = 0.0
    weight_decay: float = 0.0
    bug: str | None = None


class CrowdNet:
    """E networks of one architecture: an MLP, a 3×3 convolution before it, or a recurrent net."""

    def __init__(
        self, kind: str, in_features: int, hidden: tuple[int, ...], out: int, members: int,
        activation: str, norm: str | None, generator: torch.Generator,
    ) -> None:  # fmt: skip
        self.kind, self.norm, self.act = kind, norm, ACTIVATIONS[activation]
        self.params: list[Tensor] = []
        self.generator = generator
        width = in_features
        if kind == "conv":  # in_features = side², patches of 3×3 with stride 2
            self.side = math.isqrt(in_features)
            self._dense(9, 8, members)
            width = 8 * (((self.side - 3) // 2 + 1) // 2) ** 2
        if kind == "recurrent":  # one number (or four) a time step
            self.chunk = 4 if in_features % 4 == 0 and in_features > 30 else 1
            self._dense(self.chunk + hidden[0], hidden[0], members)
            width = hidden[0]
        for size in (*hidden, out):
            self._dense(width, size, members)
            width = size
        self.mean = [torch.zeros(members, 1, size) for size in hidden]
        self.var = [torch.ones(members, 1, size) for size in hidden]
        for p in self.params:
            p.requires_grad_()

    def _dense(self, fan_in: int, fan_out: int, members: int) -> None:
        bound = 1 / math.sqrt(fan_in)  # as nn.Linear starts; the members start alike
        for shape in ((1, fan_in, fan_out), (1, 1, fan_out)):
            one = (torch.rand(shape, generator=self.generator) * 2 - 1) * bound
            self.params.append(one.repeat(members, 1, 1))

    def __call__(self, x: Tensor, dropout: Tensor | None) -> Tensor:
        """x: B×D or E×B×D; dropout: E×1×1 rates in training, None in evaluation. E×B×K."""
        x = x if x.dim() == 3 else x.unsqueeze(0)
        at = 0
        if self.kind == "conv":
            x, at = self._convolve(x), 2
        if self.kind == "recurrent":
            x, at = self._recur(x), 2
        layers = (len(self.params) - at) // 2
        for i in range(layers):
            x = x @ self.params[at + 2 * i] + self.params[at + 2 * i + 1]
            if i == layers - 1:
                return x
            x = self.act(self._normalise(x, i, dropout is not None))
            if dropout is not None:
                x = self._drop(x, dropout)
        return x

    def _drop(self, x: Tensor, rates: Tensor) -> Tensor:
        first = int((rates == 0).sum())  # members without dropout stand first
        if first == len(rates):
            return x
        dropped, rates = x[first:], rates[first:]
        keep = torch.rand(dropped.shape, generator=self.generator) >= rates
        return torch.cat([x[:first], dropped * keep / (1 - rates)])

    def _normalise(self, x: Tensor, i: int, training: bool) -> Tensor:
        if self.norm is None:
            return x
        if self.norm == "layer":
            return F.layer_norm(x, x.shape[-1:])
        mean, var = self.mean[i], self.var[i]
        if training:
            mean, var = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
            self.mean[i] = 0.9 * self.mean[i] + 0.1 * mean.detach()
            self.var[i] = 0.9 * self.var[i] + 0.1 * var.detach()
        return (x - mean) / (var + 1e-5).sqrt()

    def _convolve(self, x: Tensor) -> Tensor:
        e, b, _ = x.shape
        patches = F.unfold(x.reshape(e * b, 1, self.side, self.side), 3, stride=2)
        n = patches.shape[-1]
        patches = patches.transpose(1, 2).reshape(e, b * n, 9)
        maps = self.act(patches @ self.params[0] + self.params[1])
        e, side = maps.shape[0], math.isqrt(n)
        maps = maps.reshape(e * b, side, side, 8).permute(0, 3, 1, 2)
        return F.max_pool2d(maps, 2).reshape(e, b, -1)

    def _recur(self, x: Tensor) -> Tensor:
        members, width = self.params[0].shape[0], self.params[0].shape[2]
        state = x.new_zeros(members, x.shape[1], width)
        for t in range(0, x.shape[2], self.chunk):
            step = x[:, :, t : t + self.chunk].expand(members, -1, -1)
            state = torch.tanh(torch.cat([step, state], -1) @ self.params[0] + self.params[1])
        return state


class CrowdOptimizer:
    """torch's SGD, Adam, AdamW and RMSprop, for members that differ in rate and weight decay."""

    def __init__(self, name: str, params: list[Tensor], lr: Tensor, decay: Tensor) -> None:
        self.name, self.params, self.lr, self.decay, self.t = name, params, lr, decay, 0
        self.decays = bool((decay > 0).any())
        self.first = [torch.zeros_like(p) for p in params]
        self.second = [torch.zeros_like(p) for p in params]

    @torch.no_grad()
    def step(self, factor: float, alive: Tensor) -> None:
        """One update; ``factor``: the schedule's; ``alive``: E×1×1, 0 for a run without updates."""
        self.t += 1
        lr = self.lr * factor * alive
        for p, m, v in zip(self.params, self.first, self.second, strict=True):
            assert p.grad is not None
            g, p.grad = p.grad, None
            if self.name == "adamw":
                p.mul_(1 - lr * self.decay)
            elif self.decays:
                g.addcmul_(self.decay, p)
            if self.name == "sgd":
                p.addcmul_(-lr, g)
            elif self.name == "momentum":
                p.addcmul_(-lr, m.mul_(0.9).add_(g))
            elif self.name == "rmsprop":
                root = v.mul_(0.99).addcmul_(g, g, value=0.01).sqrt().add_(1e-8)
                p.addcmul_(-lr, g.div_(root))
            else:
                m.lerp_(g, 0.1)
                root = v.mul_(0.999).addcmul_(g, g, value=0.001).sqrt()
                root.mul_((1 - 0.999**self.t) ** -0.5).add_(1e-8)
                p.addcmul_(-lr / (1 - 0.9**self.t), m / root)


def losses(outputs: Tensor, y: Tensor, num_classes: int) -> Tensor:
    """Mean loss of each member. outputs E×B×K; y: B (int) or B×K, or with E in front. Returns E."""
    members = outputs.shape[0]
    if not num_classes:
        return ((outputs - y) ** 2).mean((1, 2))
    y = y if y.dim() == 2 else y.expand(members, -1)
    each = F.cross_entropy(outputs.flatten(0, 1), y.flatten(), reduction="none")
    return each.reshape(members, -1).mean(1)


def train_crowd(
    net: CrowdNet, members: list[Member], train: tuple[Tensor, Tensor], val: tuple[Tensor, Tensor],
    *, num_classes: int, optimizer: str, batch_size: int, schedule: list[float],
    generator: torch.Generator, grad_norm: bool = True,
) -> list[dict[str, list[float]]]:  # fmt: skip
    """The history of every member; key ``end_loss``: the training loss in evaluation mode."""
    x, y = train
    column = lambda values: torch.tensor(values).reshape(-1, 1, 1)  # noqa: E731
    lr, dropout = column([m.lr for m in members]), column([m.dropout for m in members])
    alive = column([0.0 if m.bug in UNTRAINED else 1.0 for m in members])
    opt = CrowdOptimizer(optimizer, net.params, lr, column([m.weight_decay for m in members]))
    bugs = [m.bug for m in members]
    histories: list[dict[str, list[float]]] = [{} for _ in members]
    n, shuffled = len(x), [y.clone() for _ in members] if any(bugs) else []
    for factor in schedule:
        order = torch.randperm(n, generator=generator)
        for i, bug in enumerate(bugs):
            if bug == "labels_reshuffled":
                shuffled[i] = y[torch.randperm(n, generator=generator)]
        total, norms, batches = torch.zeros(len(members)), torch.zeros(len(members)), 0
        for chosen in order.split(batch_size):
            if len(chosen) < 2 and net.norm == "batch":
                continue
            xb, yb = x[chosen], y[chosen]
            if any(bugs):
                xb, yb = _with_bugs(xb, bugs, chosen, shuffled)
            each = losses(net(xb, dropout), yb, num_classes)
            each.sum().backward()
            total += each.detach() * len(chosen)
            if grad_norm:
                each_norm = [torch.linalg.vector_norm(p.grad, dim=(1, 2)) for p in net.params]
                norms += torch.linalg.vector_norm(torch.stack(each_norm), dim=0)
            batches += 1
            opt.step(factor, alive)
        with torch.no_grad():
            end = losses(net(x, None), y, num_classes)
            outputs = net(val[0], None)
            val_loss = losses(outputs, val[1], num_classes)
        row = {"train_loss": total / n, "val_loss": val_loss, "end_loss": end}
        if num_classes:
            row["val_accuracy"] = (outputs.argmax(-1) == val[1]).float().mean(1)
        row["lr"] = lr.reshape(-1) * factor
        if grad_norm:
            silent = torch.tensor([0.0 if b == "zero_after_backward" else 1.0 for b in bugs])
            row["grad_norm"] = norms / max(batches, 1) * silent
        for key, values in row.items():
            for history, value in zip(histories, values.tolist(), strict=True):
                history.setdefault(key, []).append(float(f"{value:.6g}"))
    return histories


def _with_bugs(
    xb: Tensor, bugs: list[str | None], chosen: Tensor, shuffled: list[Tensor]
) -> tuple[Tensor, Tensor]:
    inputs, targets = [], []
    for bug, labels in zip(bugs, shuffled, strict=True):
        inputs.append(torch.zeros_like(xb) if bug == "dead_inputs" else xb)
        here = labels[chosen]
        targets.append(here.roll(1, 0) if bug == "labels_rolled" else here)
    return torch.stack(inputs), torch.stack(targets)
