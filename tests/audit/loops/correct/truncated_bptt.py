"""Word-level recurrent model: hidden state carried over, detached between chunks in order."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


class RNNModel(nn.Module):
    def __init__(self, vocab=15):
        super().__init__()
        self.encoder = nn.Embedding(vocab, 10)
        self.rnn = nn.LSTM(10, 14)
        self.decoder = nn.Linear(14, vocab)

    def forward(self, x, hidden):
        output, hidden = self.rnn(self.encoder(x), hidden)
        return self.decoder(output).view(-1, 15), hidden


def main(record):
    torch.manual_seed(35)
    corpus = (torch.arange(400) * 4 % 15).view(4, -1).t().contiguous()
    model = RNNModel()
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    bptt = 10
    with record():
        for _ in range(2):
            model.train()
            hidden = (torch.zeros(1, 4, 14), torch.zeros(1, 4, 14))
            total_loss = 0.0
            for i in range(0, corpus.size(0) - 1 - bptt, bptt):
                data, targets = corpus[i : i + bptt], corpus[i + 1 : i + 1 + bptt].reshape(-1)
                hidden = tuple(h.detach() for h in hidden)
                optimizer.zero_grad()
                output, hidden = model(data, hidden)
                loss = F.cross_entropy(output, targets)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
                optimizer.step()
                total_loss += loss.item()
