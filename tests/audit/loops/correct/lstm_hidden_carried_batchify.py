"""Word-level language model: columns of text, the state carried and detached, annealed rate."""

import math

import torch
from torch import nn

EXPECTED = None


class RNNModel(nn.Module):
    def __init__(self, ntoken):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(ntoken, 12)
        self.rnn = nn.LSTM(12, 12, 2, dropout=0.2)
        self.decoder = nn.Linear(12, ntoken)
        self.decoder.weight = self.encoder.weight
        self.ntoken = ntoken

    def forward(self, tokens, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(tokens)), hidden)
        decoded = self.decoder(self.drop(output)).reshape(-1, self.ntoken)
        return nn.functional.log_softmax(decoded, dim=1), hidden

    def init_hidden(self, size):
        weight = next(self.parameters())
        return weight.new_zeros(2, size, 12), weight.new_zeros(2, size, 12)


def repackage(h):
    return h.detach() if isinstance(h, torch.Tensor) else tuple(repackage(v) for v in h)


def get_batch(source, i):
    length = min(8, len(source) - 1 - i)
    return source[i : i + length], source[i + 1 : i + 1 + length].reshape(-1)


def evaluate(model, source, criterion):
    model.eval()
    total, hidden = 0.0, model.init_hidden(source.size(1))
    with torch.no_grad():
        for i in range(0, len(source) - 1, 8):
            data, targets = get_batch(source, i)
            output, hidden = model(data, hidden)
            hidden = repackage(hidden)
            total += len(data) * criterion(output, targets).item()
    return total / (len(source) - 1)


def main(record):
    torch.manual_seed(907)
    text = (torch.arange(900) * 7 + torch.randint(0, 3, (900,))) % 15
    train, val = text[:720].view(6, -1).t().contiguous(), text[720:].view(6, -1).t().contiguous()
    model, criterion = RNNModel(15), nn.NLLLoss()
    lr, best = 1.0, None
    with record():
        for _ in range(3):
            model.train()
            total, hidden = 0.0, model.init_hidden(6)
            for i in range(0, len(train) - 1, 8):
                data, targets = get_batch(train, i)
                model.zero_grad()
                hidden = repackage(hidden)
                output, hidden = model(data, hidden)
                loss = criterion(output, targets)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
                for p in model.parameters():
                    p.data.add_(p.grad, alpha=-lr)
                total += loss.item()
            val_loss = evaluate(model, val, criterion)
            if best is None or val_loss < best:
                best = val_loss
            else:
                lr /= 4.0
            math.exp(min(20, val_loss))
