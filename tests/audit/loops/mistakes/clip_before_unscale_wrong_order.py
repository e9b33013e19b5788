"""Class with unscale after the clipping."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "clip-before-unscale"
MISTAKE = "unscale_ is called after clip_grad_value_."


class AmpTrainer:
    def __init__(self, net):
        self.net = net
        self.opt = optim.AdamW(net.parameters(), lr=1e-3)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

    def batch(self, x, y):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.l1_loss(self.net(x), y)
        self.scaler.scale(loss).backward()
        nn.utils.clip_grad_value_(self.net.parameters(), 0.5)
        self.scaler.unscale_(self.opt)
        self.scaler.step(self.opt)
        self.scaler.update()
        self.opt.zero_grad(set_to_none=True)


def main(record):
    torch.manual_seed(13)
    X = torch.randn(40, 4)
    trainer = AmpTrainer(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4)))
    with record():
        for _ in range(2):
            for i in torch.randperm(40).split(8):
                trainer.batch(X[i], X[i].abs())
