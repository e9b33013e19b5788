"""Policy gradient on a bandit: the gradients of all earlier episodes stay."""

import torch
from torch import nn, optim

EXPECTED = "missing-zero-grad"
MISTAKE = "optimizer.zero_grad() is missing before backward()."


def main(record):
    torch.manual_seed(1002)
    policy = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4))
    optimizer = optim.Adam(policy.parameters(), lr=1e-2)
    with record():
        for _ in range(10):
            states = torch.randn(16, 3)
            choice = torch.distributions.Categorical(logits=policy(states))
            actions = choice.sample()
            rewards = (actions == states.argmax(1)).float()
            loss = -(choice.log_prob(actions) * (rewards - rewards.mean())).mean()
            loss.backward()
            optimizer.step()
