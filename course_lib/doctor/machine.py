"""The machine: does each device compute, are the images whole, can the cache be written?"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from course_lib.doctor.environment import Finding

if TYPE_CHECKING:
    import torch


def device_findings() -> Iterator[Finding]:
    """The CPU and each kind of accelerator that torch finds, each tried with a real product."""
    import torch

    devices = [torch.device("cpu")]
    if torch.cuda.is_available():
        devices += [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append(torch.device("mps"))
    for device in devices:
        yield device_finding(device)
    if len(devices) == 1:
        yield Finding("GPU", "NOTE", "none found (CUDA, MPS); the course runs on the CPU")


def device_finding(device: torch.device) -> Finding:
    """One device: a matrix product and its gradient, with numbers known beforehand."""
    from course_lib.device import describe_device

    try:
        right = computes_rightly(device)
        name = describe_device(device)
    except Exception as error:  # drivers fail in their own ways
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Finding(str(device), "FIX", f"does not compute: {problem}", _DEVICE_REMEDY)
    if not right:
        return Finding(str(device), "FIX", f"{name}: computes wrong numbers", _DEVICE_REMEDY)
    return Finding(str(device), "OK", f"{name}: a product and its gradient come out right")


_DEVICE_REMEDY = "install a torch build that fits this machine and its driver"


def computes_rightly(device: torch.device) -> bool:
    """Whether y = sum(a @ b) and its gradient by a are right on a device.

    a is 8×16 ones and b is 16×4 with row i holding i, so y = 8 · 4 · (0 + … + 15) = 3840 and the
    gradient of each a[r, i] is 4 · i.
    """
    import torch

    a = torch.ones(8, 16, device=device, requires_grad=True)
    rows = torch.arange(16.0, device=device)
    total = (a @ rows[:, None].expand(16, 4)).sum()
    total.backward()
    assert a.grad is not None
    return total.item() == 3840.0 and torch.equal(a.grad.cpu(), (4 * rows.cpu()).expand(8, 16))


def data_finding() -> Finding:
    """The images inside the package, against their SHA-256."""
    from course_lib.data.shipped_sample import read_shipped_sample

    try:
        arrays = read_shipped_sample()
    except RuntimeError as error:
        return Finding(
            "images",
            "FIX",
            str(error),
            "clone the course again, or in its folder: git checkout -- course_lib/data",
        )
    train, test = len(arrays["train_labels"]), len(arrays["test_labels"])
    return Finding(
        "images", "OK", f"{train:,} for training and {test:,} for testing, SHA-256 right"
    )


def cache_finding() -> Finding:
    """Whether the folder for downloads can be written; leaves nothing behind."""
    try:
        from course_lib.data.full_set import cache_folder
    except ImportError:  # NumPy is missing, and has its own finding
        return Finding("cache", "NOTE", "not looked at: the course's data module does not load")
    folder = cache_folder()
    # os.path's exists, unlike Path's, does not raise where a folder may not be looked into.
    nearest = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        return Finding(
            "cache",
            "FIX",
            f"{folder} cannot be written ({error.strerror})",
            "set COURSE_CACHE to a folder of yours",
        )
    return Finding("cache", "OK", f"{folder} can be written (only the full data set needs it)")
