"""The oracles' SGD against torch's own."""

import pytest
import torch
from torch import nn

from course_lib.grading.checks.plain_sgd import PlainSGD


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_it_ends_where_torch_s_ends(momentum):
    torch.manual_seed(0)
    nets = [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    pairs = [
        (nets[0], PlainSGD(nets[0].parameters(), lr=0.3, momentum=momentum)),
        (nets[1], torch.optim.SGD(nets[1].parameters(), lr=0.3, momentum=momentum)),
    ]
    for number, inputs in enumerate(torch.randn(6, 5, 3)):
        for net, optimizer in pairs:
            if number != 3:  # then two gradients add up
                optimizer.zero_grad()
            if number == 1:  # a layer without any gradient yet, or with none this time
                net[0].requires_grad_(False)
            net(inputs).square().mean().backward()
            net[0].requires_grad_(True)
            optimizer.step()
        for one, other in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)
