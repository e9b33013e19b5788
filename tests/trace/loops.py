"""Loops as people write them. Each trains from a fixed seed and returns its models."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset


def data(num_samples: int = 64) -> TensorDataset:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(num_samples, 6, generator=generator)
    return TensorDataset(inputs, torch.randint(0, 3, (num_samples,), generator=generator))


def net() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.25), nn.Linear(8, 3)
    )


def textbook():
    model, loss_fn = net(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    train, val = DataLoader(data(), 16, shuffle=True), DataLoader(data(), 32)
    for _ in range(2):
        model.train()
        for inputs, targets in train:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        model.eval()
        with torch.no_grad():
            for inputs, targets in val:
                loss_fn(model(inputs), targets)
        scheduler.step()
    return [model]


class LossInside(nn.Module):
    """Takes keywords only, and computes its own loss."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, *, inputs, labels=None):
        logits = self.layer(inputs)
        return {"loss": F.cross_entropy(logits, labels), "logits": logits}


def keyword_only():
    model = LossInside()
    optimizer = torch.optim.AdamW(model.parameters())
    for inputs, targets in DataLoader(data(), 16):
        model(inputs=inputs, labels=targets)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
    return [model]


def gan():
    generator = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6))
    critic = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))
    for_generator = torch.optim.Adam(generator.parameters())
    for_critic = torch.optim.Adam(critic.parameters())
    bce = nn.BCEWithLogitsLoss()
    for real, _ in DataLoader(data(), 16, shuffle=True):
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        fake = generator(torch.randn(len(real), 4))
        for_critic.zero_grad()
        bce(critic(real), ones).backward()
        bce(critic(fake.detach()), zeros).backward()
        for_critic.step()
        for_generator.zero_grad()
        bce(critic(fake), ones).backward()
        for_generator.step()
    return [generator, critic]


def lbfgs():
    model, (inputs, targets) = nn.Linear(6, 3), data().tensors
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)
    for _ in range(3):

        def closure():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs), targets)
            loss.backward()
            return loss

        optimizer.step(closure)
    return [model]


def by_hand():
    model, (inputs, _) = nn.Linear(6, 1), data().tensors
    for _ in range(4):
        loss = ((model(inputs) - 1) ** 2).mean()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
            p.grad.data.zero_()
    return [model]


def autograd_grad():
    model, (inputs, targets) = net(), data().tensors
    for _ in range(3):
        loss = F.cross_entropy(model(inputs), targets)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, gradient in zip(model.parameters(), gradients, strict=True):
                p -= 0.1 * gradient
    return [model]


def none_by_hand():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, targets in DataLoader(data(), 16):
        for p in model.parameters():
            p.grad = None
        F.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    return [model]


def checkpointed(reentrant: bool):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, targets in DataLoader(data(), 16):
        optimizer.zero_grad()
        inputs.requires_grad_(True)
        hidden = checkpoint(model[:4], inputs, use_reentrant=reentrant)
        F.cross_entropy(model[4:](hidden), targets).backward()
        optimizer.step()
    return [model]


def scaled():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    for inputs, targets in DataLoader(data(), 16):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(model(inputs), targets)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
    return [model]


def workers():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(data(), 16, shuffle=True, num_workers=1, persistent_workers=True)
    for _ in range(2):
        for inputs, targets in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
    return [model]


def accumulated():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for number, (inputs, targets) in enumerate(DataLoader(data(), 8), start=1):
        loss = F.cross_entropy(model(inputs), targets) / 4
        loss.backward()
        if number % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
    return [model]


def averaged():
    """An EMA copy, and a loss of the reader's own."""

    class Focal(nn.Module):
        def forward(self, outputs, targets):
            each = F.cross_entropy(outputs, targets, reduction="none")
            return ((1 - torch.exp(-each)) ** 2 * each).mean()

    model, loss_fn = net(), Focal()
    average = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, targets in DataLoader(data(), 16):
        optimizer.zero_grad(set_to_none=False)
        loss_fn(model(inputs), targets).backward()
        optimizer.step()
        with torch.no_grad():
            for kept, p in zip(average.parameters(), model.parameters(), strict=True):
                kept.mul_(0.9).add_(p, alpha=0.1)
    average.eval()
    torch.set_grad_enabled(False)
    loss_fn(average(data().tensors[0]), data().tensors[1])
    torch.set_grad_enabled(True)
    return [model, average]


def staged():
    """A frozen body first, then all of it; then another model in the same loop."""
    finished = []
    for _ in range(2):
        model = net()
        for p in model[0].parameters():
            p.requires_grad = False
        head = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.SGD(head, lr=0.1)
        for inputs, targets in DataLoader(data(), 16):
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
        for p in model[0].parameters():
            p.requires_grad = True
        optimizer.add_param_group({"params": list(model[0].parameters()), "lr": 0.01})
        for inputs, targets in DataLoader(data(), 16):
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
        finished.append(model)
    return finished


def directly():
    """``model.forward(x)``; a wrapper; a compiled model."""
    model = net()
    wrapped = nn.DataParallel(model)
    compiled = torch.compile(model, backend="eager")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for call in (model.forward, wrapped, compiled):
        for inputs, targets in DataLoader(data(), 32):
            optimizer.zero_grad()
            F.cross_entropy(call(inputs), targets).backward()
            optimizer.step()
    return [model]


def functional():
    model = nn.Linear(6, 3)

    def loss(parameters, inputs, target):
        outputs = torch.func.functional_call(model, parameters, (inputs[None],))
        return F.cross_entropy(outputs, target[None])

    inputs, targets = data().tensors
    for _ in range(2):
        parameters = {name: p.detach() for name, p in model.named_parameters()}
        each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))
        gradients = each(parameters, inputs, targets)
        with torch.no_grad():
            for name, p in model.named_parameters():
                p -= 0.1 * gradients[name].mean(0)
    return [model]


def sparse():
    model = nn.Sequential(nn.Embedding(10, 4, sparse=True), nn.Flatten(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    words = torch.randint(0, 10, (64, 2), generator=torch.Generator().manual_seed(2))
    for inputs, targets in DataLoader(TensorDataset(words, data().tensors[1]), 16):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    return [model]


def in_backward():
    """Each parameter's own optimizer steps in a hook, while backward runs."""
    model = net()
    optimizers = {p: torch.optim.SGD([p], lr=0.1) for p in model.parameters()}

    def step(p):
        optimizers[p].step()
        optimizers[p].zero_grad()

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(step)
    for inputs, targets in DataLoader(data(), 16):
        F.cross_entropy(model(inputs), targets).backward()
    return [model]


ALL = {
    "textbook": textbook,
    "keyword_only": keyword_only,
    "gan": gan,
    "lbfgs": lbfgs,
    "by_hand": by_hand,
    "autograd_grad": autograd_grad,
    "none_by_hand": none_by_hand,
    "checkpointed": lambda: checkpointed(False),
    "checkpointed_reentrant": lambda: checkpointed(True),
    "scaled": scaled,
    "workers": workers,
    "accumulated": accumulated,
    "averaged": averaged,
    "staged": staged,
    "directly": directly,
    "functional": functional,
    "sparse": sparse,
    "in_backward": in_backward,
}
