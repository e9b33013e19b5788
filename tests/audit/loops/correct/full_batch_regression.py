"""Whole data set in every step, as in a first lesson on linear regression."""

import torch
from torch import nn

EXPECTED = None


def main(record):
    torch.manual_seed(33)
    start = torch.arange(0, 1, 0.02).unsqueeze(1)
    X_train, y_train = start[:40], 0.7 * start[:40] + 0.3
    X_test, y_test = start[40:], 0.7 * start[40:] + 0.3
    model_0 = nn.Linear(1, 1)
    loss_fn = nn.L1Loss()
    optimizer = torch.optim.SGD(params=model_0.parameters(), lr=0.01)
    with record():
        for epoch in range(20):
            model_0.train()
            y_pred = model_0(X_train)
            loss = loss_fn(y_pred, y_train)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            model_0.eval()
            with torch.inference_mode():
                test_pred = model_0(X_test)
                test_loss = loss_fn(test_pred, y_test)
            if epoch % 10 == 0:
                print(f"Epoch: {epoch} | MAE: {loss} | test MAE: {test_loss}")
