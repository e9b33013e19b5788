"""Reinforcement: actor and critic share one optimizer, advantages detached, no data set."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


def main(record):
    torch.manual_seed(41)
    actor = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
    critic = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = optim.Adam([*actor.parameters(), *critic.parameters()], lr=1e-2)
    with record():
        for _ in range(8):
            state, log_probs, values, rewards = torch.randn(3), [], [], []
            for _ in range(6):
                dist = torch.distributions.Categorical(logits=actor(state))
                action = dist.sample()
                log_probs.append(dist.log_prob(action))
                values.append(critic(state).squeeze())
                rewards.append(float(action == (state[0] > 0)))
                state = torch.randn(3)
            returns, R = [], 0.0
            for r in reversed(rewards):
                R = r + 0.9 * R
                returns.insert(0, R)
            returns = torch.tensor(returns)
            values = torch.stack(values)
            advantage = returns - values.detach()
            loss = -(torch.stack(log_probs) * advantage).sum() + F.mse_loss(values, returns)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
