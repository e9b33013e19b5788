"""Nodes of a graph: one forward over all, and a mask says which of them are judged."""

import torch
from torch import nn

EXPECTED = "missing-eval-mode"


class Spread(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(12, 16), nn.Linear(16, 3)
        self.dropout = nn.Dropout(0.5)

    def forward(self, nodes, links):
        hidden = torch.relu(links @ self.first(nodes))
        return links @ self.last(self.dropout(hidden))


def main(record):
    torch.manual_seed(0)
    kinds = torch.randint(0, 3, (120,))
    nodes = nn.functional.one_hot(kinds, 3).float().repeat(1, 4) + torch.randn(120, 12)
    links = ((kinds[:, None] == kinds) & (torch.rand(120, 120) < 0.1)).float() + torch.eye(120)
    links = links / links.sum(1, keepdim=True)
    known, held_out = torch.arange(120) < 70, torch.arange(120) >= 70
    model, loss_fn = Spread(), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def look(where):
        with torch.no_grad():
            found = model(nodes, links)[where]
            return loss_fn(found, kinds[where]).item()

    with record():
        for _ in range(20):
            model.train()
            optimizer.zero_grad()
            loss_fn(model(nodes, links)[known], kinds[known]).backward()
            optimizer.step()
            print(look(known), look(held_out))
