"""Policy gradient: episodes of many forwards, one update at the end of each."""

import torch
from torch import nn, optim
from torch.distributions import Categorical

EXPECTED = None


class Corridor:
    def reset(self):
        self.place, self.time = 3, 0
        return self._state()

    def _state(self):
        return torch.nn.functional.one_hot(torch.tensor(self.place), 7).float()

    def step(self, action):
        self.place = min(6, max(0, self.place + (1 if action else -1)))
        self.time += 1
        return self._state(), float(self.place == 6), self.place == 6 or self.time == 12


def main(record):
    torch.manual_seed(902)
    world = Corridor()
    policy = nn.Sequential(nn.Linear(7, 16), nn.Tanh(), nn.Linear(16, 2))
    optimizer = optim.Adam(policy.parameters(), lr=2e-2)
    with record():
        for _ in range(12):
            state, over, chances, rewards = world.reset(), False, [], []
            while not over:
                choice = Categorical(logits=policy(state.unsqueeze(0)))
                action = choice.sample()
                chances.append(choice.log_prob(action))
                state, reward, over = world.step(action.item())
                rewards.append(reward)
            returns, value = [], 0.0
            for reward in reversed(rewards):
                value = reward + 0.95 * value
                returns.insert(0, value)
            returns = torch.tensor(returns)
            loss = -(torch.cat(chances) * (returns - returns.mean())).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
