"""What is measured on a GPU: networks, modes of computing, and where and how long."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn

from benchmarks.tasks import large_cnn
from course_lib import MLP, SmallCNN

Row = dict[str, str | int | float | None]


def wide_mlp() -> nn.Module:
    """Two hidden layers of 4,096: matrix products that fill a GPU."""
    return MLP(hidden=(4096, 4096))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "MLP": MLP,
    "wide MLP": wide_mlp,
    "small CNN": SmallCNN,
    "large CNN": large_cnn,
}


@dataclass(frozen=True)
class Setting:
    """Where to measure, and how long: a dry run takes tiny sizes and says nothing on speed."""

    device: torch.device
    rounds: int = 7
    dry: bool = False

    def sizes(self, *batch_sizes: int) -> tuple[int, ...]:
        """The batch sizes to measure."""
        return (4,) if self.dry else batch_sizes

    def networks(self, *names: str) -> dict[str, Callable[[], nn.Module]]:
        """The networks to measure."""
        names = names[:1] if self.dry else names
        return {name: NETWORKS[name] for name in names}


@dataclass(frozen=True)
class Mode:
    """How an iteration computes."""

    name: str
    tensor_cores: bool = False  # TF32 in float32's matrix products and convolutions
    amp: torch.dtype | None = None
    compiled: bool = False
    channels_last: bool = False


FLOAT32 = Mode("float32")
MODES = (
    FLOAT32,
    Mode("TF32", True),
    Mode("bfloat16", True, torch.bfloat16),
    Mode("float16 with GradScaler", True, torch.float16),
    Mode("channels last, bfloat16", True, torch.bfloat16, channels_last=True),
    Mode("compiled, float32", compiled=True),
    Mode("compiled, bfloat16", True, torch.bfloat16, compiled=True),
)


@cache
def can_compile(device: torch.device) -> bool:
    """Whether torch.compile works here (it takes a C compiler); if not, stderr says why."""
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).to(device)
    try:
        torch.compile(model)(torch.ones(1, 2, device=device)).sum().backward()
    except RuntimeError as error:
        print(f"Without the compiled modes: {str(error).strip()[:300]}", file=sys.stderr)
        return False
    return True


def usable(modes: Sequence[Mode], setting: Setting) -> list[Mode]:
    """The modes without those that are compiled, where that does not work or takes too long."""
    return [
        mode
        for mode in modes
        if not mode.compiled or (not setting.dry and can_compile(setting.device))
    ]


@contextmanager
def float32_precision(tensor_cores: bool) -> Iterator[None]:
    """TF32 in matrix products and convolutions, or full float32 in both."""
    matmul, convolution = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, convolution.allow_tf32
    matmul.allow_tf32 = convolution.allow_tf32 = tensor_cores
    try:
        yield
    finally:
        matmul.allow_tf32, convolution.allow_tf32 = before
