"""Node classification: the whole graph in each forward, losses on masks, no loader."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


class GCN(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.one, self.two = nn.Linear(n_in, 16), nn.Linear(16, n_out)

    def forward(self, x, adj):
        x = F.dropout(F.relu(adj @ self.one(x)), 0.5, training=self.training)
        return F.log_softmax(adj @ self.two(x), dim=1)


def main(record):
    torch.manual_seed(61)
    adj = (torch.rand(40, 40) < 0.1).float() + torch.eye(40)
    adj = adj / adj.sum(1, keepdim=True)
    x = torch.randn(40, 8)
    y = x[:, :3].argmax(1)
    train_mask, val_mask = torch.arange(40) < 24, torch.arange(40) >= 24
    model = GCN(8, 3)
    optimizer = optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
    with record():
        for _ in range(10):
            model.train()
            optimizer.zero_grad()
            F.nll_loss(model(x, adj)[train_mask], y[train_mask]).backward()
            optimizer.step()
            model.eval()
            with torch.no_grad():
                out = model(x, adj)
                F.nll_loss(out[val_mask], y[val_mask]).item()
