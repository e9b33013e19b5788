"""Two heads; the metrics of the validation are computed with the graph recorded."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "grad-in-validation"
MISTAKE = "The validation is not under no_grad()."


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.a, self.b = (
            nn.Sequential(nn.Linear(5, 12), nn.ReLU()),
            nn.Linear(12, 3),
            nn.Linear(12, 1),
        )

    def forward(self, x):
        h = self.trunk(x)
        return {"kind": self.a(h), "size": self.b(h).squeeze(1)}


def main(record):
    torch.manual_seed(1015)
    x = torch.randn(96, 5)
    data = TensorDataset(x, x[:, :3].argmax(1), x[:, 4])
    train_set, val_set = torch.utils.data.random_split(data, [72, 24])
    train, val = DataLoader(train_set, 12, shuffle=True), DataLoader(val_set, 12)
    model = Two()
    optimizer = optim.NAdam(model.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for a, kind, size in train:
                out = model(a)
                loss = F.cross_entropy(out["kind"], kind) + F.mse_loss(out["size"], size)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            for a, kind, size in val:
                out = model(a)
                (out["kind"].argmax(1) == kind).float().mean().item()
                (out["size"] - size).abs().mean().item()
