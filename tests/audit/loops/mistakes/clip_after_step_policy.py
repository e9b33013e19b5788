"""Actor-critic: the norm is clipped after the update."""

import torch
from torch import nn, optim

EXPECTED = "clip-after-step"
MISTAKE = "clip_grad_norm_ after step()."


def main(record):
    torch.manual_seed(1026)
    actor, critic = nn.Linear(4, 3), nn.Linear(4, 1)
    parameters = [*actor.parameters(), *critic.parameters()]
    optimizer = optim.RMSprop(parameters, lr=1e-3)
    with record():
        for _ in range(12):
            s = torch.randn(20, 4)
            d = torch.distributions.Categorical(logits=actor(s))
            a = d.sample()
            gain = (a == 1).float() - critic(s).squeeze(1)
            loss = -(d.log_prob(a) * gain.detach()).mean() + gain.pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            nn.utils.clip_grad_norm_(parameters, 0.5)
