"""First lesson: test loss in every epoch on all test data, eval mode but with gradients."""

import torch
from torch import nn, optim

EXPECTED = "grad-in-validation"
MISTAKE = "inference_mode is missing around the test loss."


def main(record):
    torch.manual_seed(72)
    X = torch.linspace(0, 1, 50)[:, None]
    y = 0.7 * X + 0.3
    model = nn.Linear(1, 1)
    loss_fn = nn.L1Loss()
    opt = optim.SGD(model.parameters(), lr=0.01)
    test_losses = []
    with record():
        for _ in range(12):
            model.train()
            loss = loss_fn(model(X[:40]), y[:40])
            opt.zero_grad()
            loss.backward()
            opt.step()
            model.eval()
            test_pred = model(X[40:])
            test_losses.append(loss_fn(test_pred, y[40:]).item())
