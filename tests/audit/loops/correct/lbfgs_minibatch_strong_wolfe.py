"""LBFGS on a full batch with weight decay in the closure, and a scheduler of its own."""

import torch
from torch import nn

EXPECTED = None


def main(record):
    torch.manual_seed(915)
    x = torch.linspace(-2, 2, 80).unsqueeze(1)
    y = torch.sin(2 * x) + 0.05 * torch.randn_like(x)
    x_val = torch.linspace(-2, 2, 33).unsqueeze(1)
    net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
    optimizer = torch.optim.LBFGS(
        net.parameters(), lr=0.8, max_iter=6, history_size=10, line_search_fn="strong_wolfe"
    )
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    losses = []
    with record(train=(x, y)):
        for _ in range(6):

            def closure():
                optimizer.zero_grad()
                decay = sum(p.square().sum() for p in net.parameters())
                loss = nn.functional.mse_loss(net(x), y) + 1e-4 * decay
                loss.backward()
                return loss

            losses.append(optimizer.step(closure).item())
            scheduler.step()
            with torch.no_grad():
                nn.functional.mse_loss(net(x_val), torch.sin(2 * x_val)).item()
