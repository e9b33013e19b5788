"""The memory of training: predicted from shapes, and as torch's allocator counts it."""

import gc
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.gpu_iterations import new_iteration
from benchmarks.gpu_setting import Row, Setting
from course_lib import MLP

MB = 1_000_000


def predicted_bytes(new_model: Callable[[], nn.Module], batch_size: int) -> dict[str, int]:
    """Bytes of training with Adam in float32, by part; nothing is computed, only shapes count.

    Activations are the storages that autograd keeps for backward, beside model and batch; the
    batch itself, images and labels, is a part of its own.
    """
    with torch.device("meta"):
        model = new_model()
        images = torch.empty(batch_size, 1, 28, 28)
        labels = torch.empty(batch_size, dtype=torch.int64)
    own = (images, labels, *model.parameters(), *model.buffers())
    given = {tensor.untyped_storage()._cdata for tensor in own}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in given:
            kept[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        F.cross_entropy(model(images), labels)
    parameters = sum(parameter.nbytes for parameter in model.parameters())
    return {
        "parameters": parameters,
        "gradients": parameters,
        "Adam": 2 * parameters,
        "batch": images.nbytes + labels.nbytes,
        "activations": sum(storage.nbytes() for storage in kept.values()),
    }


def memory(setting: Setting) -> list[Row]:
    """Predicted, and on a GPU measured: allocated after a step, peak, reserved, and reserved
    after ``empty_cache()``. A dry run measures nothing: those are None."""
    rows: list[Row] = []
    for name, new_model in setting.networks("wide MLP", "small CNN", "large CNN").items():
        for size in setting.sizes(32, 1024):
            parts = predicted_bytes(new_model, size)
            row: Row = {"network": name, "batch size": size}
            shown = {
                "parameters": parts["parameters"],
                "gradients + Adam": parts["gradients"] + parts["Adam"],
                "batch + activations": parts["batch"] + parts["activations"],
            }  # in fewer columns, so that the table fits beside what is measured
            row |= {f"{part} MB": round(number / MB, 2) for part, number in shown.items()}
            row["predicted MB"] = round(sum(parts.values()) / MB, 2)
            rows.append(row | measured_megabytes(new_model, size, setting.device))
    return rows


def measured_megabytes(new_model: Callable[[], nn.Module], size: int, device: torch.device) -> Row:
    """What torch's allocator says on a GPU of two iterations; None elsewhere."""
    names = ("allocated MB", "peak MB", "reserved MB", "reserved after empty_cache MB")
    if device.type != "cuda":
        return dict.fromkeys(names)
    new_iteration(MLP, 4, device)()  # cuBLAS takes its workspace now, and keeps it
    gc.collect()
    torch.cuda.synchronize(device)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    iterate = new_iteration(new_model, size, device)
    for _ in range(2):
        iterate()
    torch.cuda.synchronize(device)
    found = [
        torch.cuda.memory_allocated(device) - before,
        torch.cuda.max_memory_allocated(device) - before,
        torch.cuda.memory_reserved(device),
    ]
    torch.cuda.empty_cache()
    found.append(torch.cuda.memory_reserved(device))
    return {name: round(number / MB, 2) for name, number in zip(names, found, strict=True)}
