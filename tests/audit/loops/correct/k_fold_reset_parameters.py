"""Cross-validation with one model, its layers' reset_parameters called before each fold."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


def reset(layer):
    if hasattr(layer, "reset_parameters"):
        layer.reset_parameters()


def main(record):
    torch.manual_seed(11)
    y = torch.randint(2, (200,))
    x = torch.randn(200, 6) + y[:, None]
    folds = torch.randperm(200).chunk(4)
    model = nn.Sequential(nn.Linear(6, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 1))
    scores = []
    with record():
        for k, held_out in enumerate(folds):
            model.apply(reset)
            opt = optim.Adam(model.parameters(), 1e-2, weight_decay=1e-3)
            train = torch.cat([fold for i, fold in enumerate(folds) if i != k])
            for _ in range(4):
                model.train()
                for idx in train[torch.randperm(len(train))].split(30):
                    opt.zero_grad()
                    logits = model(x[idx]).squeeze(1)
                    F.binary_cross_entropy_with_logits(logits, y[idx].float()).backward()
                    opt.step()
            model.eval()
            with torch.no_grad():
                p = torch.sigmoid(model(x[held_out]).squeeze(1))
                scores.append(((p > 0.5) == y[held_out]).float().mean().item())
