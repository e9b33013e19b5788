"""Manual gradient descent: p.grad zeroed by hand after each update."""

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = None


def main(record):
    torch.manual_seed(24)
    X = torch.randn(50, 4)
    y = (X[:, 0] > X[:, 1]).float().unsqueeze(1)
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 1))
    learning_rate = 0.5
    with record():
        for epoch in range(10):
            y_pred = net(X)
            loss = F.binary_cross_entropy_with_logits(y_pred, y)
            loss.backward()
            with torch.no_grad():
                for param in net.parameters():
                    param -= learning_rate * param.grad
                    param.grad.zero_()
            if epoch % 5 == 0:
                float(loss)
