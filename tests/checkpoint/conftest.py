"""What the tests of checkpoints share: a process that can be forked, killed and started again."""

import sys
from pathlib import Path

import pytest

# pytest's importlib mode puts no test folder on the path, and the processes that are killed import
# the same modules as the tests.
sys.path.append(str(Path(__file__).parent))

import torch
from checkpoint_zygote import Zygote


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="package")
def zygote():
    with Zygote() as running:
        yield running
