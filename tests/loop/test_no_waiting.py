"""Nothing inside an epoch may ask a GPU for a number: Python would wait for it, and then it for
Python.

There is no GPU here, so the model's outputs are tensors that *say* they are on one. Their losses
and scores say so too, and the loop treats them as it would there. Counted is every operation
that brings a value to Python. An epoch of many batches may have no more of them than one of few.
"""

from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import TensorDataset

import course_lib
from course_lib import EarlyStopping, make_loader, train_model

aten = torch.ops.aten
WAITING = {
    aten._local_scalar_dense.default,  # .item(), float(), int(), bool(), if tensor:
    aten.is_nonzero.default,
    aten.equal.default,
    aten.nonzero.default,  # and x[mask]: a size that depends on values
    aten.masked_select.default,
    aten._unique2.default,
}


class Reads(TorchDispatchMode):
    """Counts the operations that bring a value to Python."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[Any] = Counter()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        if operation in WAITING:
            self.found[operation] += 1
        return operation(*args, **(kwargs or {}))


class SaysItIsOnAGPU(Tensor):
    """A CPU tensor whose ``device`` says cuda; what is computed from it says so as well."""

    @property
    def device(self) -> torch.device:
        return torch.device("cuda", 0)

    def tolist(self) -> Any:
        self.as_subclass(Tensor).sum().item()  # one transfer: let it be counted as one
        return self.as_subclass(Tensor).tolist()


class Net(nn.Module):
    """A small network whose logits say that they are on a GPU."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.layers(inputs).as_subclass(SaysItIsOnAGPU)


def norm_on_the_gpu(*args: Any, clip: Any = nn.utils.clip_grad_norm_, **options: Any) -> Tensor:
    """The parameters are on the CPU, so their gradient's norm has to be told where it is."""
    return clip(*args, **options).as_subclass(SaysItIsOnAGPU)


def reads_of(num_batches: int, **options: Any) -> Counter[Any]:
    """The values that two epochs of ``train_model`` bring to Python."""
    torch.manual_seed(0)
    samples = 8 * num_batches
    inputs, targets = torch.randn(samples, 6), torch.randint(3, (samples,))
    data = TensorDataset(inputs, targets)
    loader = make_loader(data, 8, shuffle=True, generator=torch.Generator().manual_seed(0))
    with Reads() as reads, pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.utils, "clip_grad_norm_", norm_on_the_gpu)
        train_model(Net(), loader, make_loader(data, 8), 2, device="cpu", progress=False, **options)
    return reads.found


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_grad_norm": 1.0},
        {"accumulation_steps": 2},
        {"amp": torch.bfloat16},
        {"early_stopping": EarlyStopping(patience=3)},
        {"on_batch": lambda progress: None},
        {
            "scheduler": lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 3),
            "scheduler_interval": "batch",
        },
        {"optimizer": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9)},
        {"metric": course_lib.metrics.accuracy},
    ],
    ids=lambda options: ", ".join(options) or "plain",
)
def test_a_long_epoch_asks_for_no_more_numbers_than_a_short_one(options: Any) -> None:
    few, many = reads_of(4, **options), reads_of(40, **options)
    assert few == many
    assert few.total() > 0  # the epochs' means were read, and that was seen


def test_checkpoints_once_an_epoch_change_nothing_in_this(tmp_path: Any) -> None:
    few = reads_of(4, checkpoint_dir=tmp_path / "few")
    assert few == reads_of(40, checkpoint_dir=tmp_path / "many")


def test_a_loop_that_reads_in_every_batch_would_be_found() -> None:
    read = {"on_batch": lambda progress: progress.loss.item()}
    assert reads_of(40, **read).total() == reads_of(4, **read).total() + 2 * 36


def test_data_on_the_device_are_fetched_there_in_whole_batches() -> None:
    """On ``meta``, where a detour by single values or by the CPU is an error."""
    images, labels = torch.empty(50, 4, device="meta"), torch.empty(50, device="meta")
    order = torch.Generator().manual_seed(0)  # stays on the CPU
    loader = make_loader(TensorDataset(images, labels), 16, shuffle=True, generator=order)
    with Reads() as reads:
        batches = list(loader)
    assert [len(batch) for batch, _ in batches] == [16, 16, 16, 2]
    assert all(part.device.type == "meta" for batch in batches for part in batch)
    assert (
        reads.found[aten._local_scalar_dense.default] <= 1
    )  # the seed for the workers, drawn once


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("amp", [False, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("resident", [True, False])
def test_on_a_gpu_torch_itself_finds_no_wait(amp: Any, resident: bool) -> None:
    inputs, targets = torch.randn(320, 6), torch.randint(3, (320,))
    if resident:
        inputs, targets = inputs.cuda(), targets.cuda()
    loader = make_loader(TensorDataset(inputs, targets), 8, shuffle=True, pin_memory=not resident)

    def inside(progress: course_lib.BatchProgress) -> None:
        last = progress.batch == progress.num_batches
        torch.cuda.set_sync_debug_mode("default" if last else "error")

    net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    try:
        train_model(net, loader, loader, 2, amp=amp, on_batch=inside, progress=False)
    finally:
        torch.cuda.set_sync_debug_mode("default")
