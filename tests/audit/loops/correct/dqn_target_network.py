"""DQN: replay memory, a target network synchronised with load_state_dict now and then."""

import copy
import random

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


def main(record):
    torch.manual_seed(42)
    random.seed(42)
    policy = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
    target = copy.deepcopy(policy)
    optimizer = optim.RMSprop(policy.parameters(), lr=1e-3)
    memory = []
    state = torch.zeros(2)
    with record():
        for t in range(24):
            with torch.no_grad():
                action = policy(state[None]).argmax().item() if t % 3 else random.randrange(3)
            following = torch.randn(2)
            memory.append((state, action, float(following.sum() > 0), following))
            state = following
            if len(memory) < 8:
                continue
            s, a, r, s2 = zip(*random.sample(memory, 8), strict=True)
            q = policy(torch.stack(s)).gather(1, torch.tensor(a)[:, None]).squeeze(1)
            with torch.no_grad():
                goal = torch.tensor(r) + 0.9 * target(torch.stack(s2)).max(1).values
            loss = F.smooth_l1_loss(q, goal)
            optimizer.zero_grad()
            loss.backward()
            for param in policy.parameters():
                param.grad.data.clamp_(-1, 1)
            optimizer.step()
            if t % 6 == 0:
                target.load_state_dict(policy.state_dict())
