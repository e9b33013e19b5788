"""Actor and critic with an optimizer each; the critic's loss is computed and forgotten."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "missing-backward"
MISTAKE = "critic_loss.backward() is missing; the actor's backward is there."


def main(record):
    torch.manual_seed(0)
    states = torch.randn(200, 3)
    actions = torch.randint(2, (200,))
    rewards = (actions == (states[:, 0] > 0).long()).float()
    actor = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
    critic = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    actor_optimizer = optim.Adam(actor.parameters(), lr=1e-2)
    critic_optimizer = optim.Adam(critic.parameters(), lr=1e-2)
    with record():
        for _ in range(12):
            rows = torch.randint(200, (32,))
            values = critic(states[rows]).squeeze(1)
            advantage = (rewards[rows] - values).detach()
            policy = torch.distributions.Categorical(logits=actor(states[rows]))
            actor_loss = -(policy.log_prob(actions[rows]) * advantage).mean()
            critic_loss = F.mse_loss(values, rewards[rows])
            actor_optimizer.zero_grad()
            actor_loss.backward()
            actor_optimizer.step()
            critic_optimizer.zero_grad()
            critic_optimizer.step()
            assert critic_loss.item() >= 0
