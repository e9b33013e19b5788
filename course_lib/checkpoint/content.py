"""What a checkpoint holds, and how it goes back into the objects of a run."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from course_lib.checkpoint.files import CheckpointError, read_checkpoint, write_checkpoint
from course_lib.seeding import random_states, restore_random_states

PathLike = str | os.PathLike[str]
_SHAPED_LIKE_PARAMETER = {"exp_avg", "exp_avg_sq", "momentum_buffer", "square_avg", "sum"}
_PLAIN: tuple[Any, ...] = (str, bytes, bool, int, float, complex, type(None))


def save_checkpoint(
    path: PathLike,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: Any = None,
    *,
    scaler: Any = None,
    generators: Sequence[Generator] = (),
    **extra: Any,
) -> Path:
    """Write everything that the run needs to go on: one file, atomically.

    Args:
        path: the file; its folder is made if need be.
        model: its parameters and buffers are saved.
        optimizer, scheduler, scaler: their states are saved, where given.
        generators: random generators of the loaders; Python's, NumPy's and torch's own states
            are always saved.
        extra: anything of plain data and tensors: ``epoch=3``, ``history=history``,
            ``best_val_loss=0.41``.

    Returns the path. Raises OSError if the file cannot be written (the old one then stands), and
    TypeError for an ``extra`` that the safe loader would refuse.
    """
    content = {
        **pack_objects(model, optimizer, scheduler, scaler),
        "random": random_states(generators),
        "extra": {key: _plain(key, value) for key, value in extra.items()},
    }
    write_checkpoint(Path(path), content)
    return Path(path)


def load_checkpoint(
    path: PathLike,
    model: nn.Module | None = None,
    optimizer: Optimizer | None = None,
    scheduler: Any = None,
    *,
    scaler: Any = None,
    generators: Sequence[Generator] = (),
    restore_random: bool = True,
) -> dict[str, Any]:
    """Read a checkpoint into the given objects; return its extras (``epoch``, ``history`` …).

    Move the model to its device and construct optimizer and scheduler *before* loading their
    states. Tensors are read onto the CPU and copied to wherever the objects live, so a file from
    a GPU loads on a machine without one. Nothing is changed if anything does not fit: then
    CheckpointError says what, in one sentence.
    """
    content = read_checkpoint(Path(path))
    unpack_objects(content, model, optimizer, scheduler, scaler, source=str(path))
    if restore_random and "random" in content:
        restore_random_states(content["random"], generators)
    return dict(content.get("extra", {}))


def pack_objects(
    model: nn.Module, optimizer: Optimizer | None = None, scheduler: Any = None, scaler: Any = None
) -> dict[str, Any]:
    """The objects' states as tensors and plain data; the class names tell what they fit."""
    state = model.state_dict()
    for name, value in state.items():
        state[name] = _plain(f"the model's {name}", value)  # a module's extra state may be anything
    content: dict[str, Any] = {"model": state}
    for name, part in (("optimizer", optimizer), ("scheduler", scheduler), ("scaler", scaler)):
        if part is not None:
            content[name] = _plain(name, part.state_dict())
            content[f"{name}_class"] = type(part).__name__
    return content


def unpack_objects(
    content: Mapping[str, Any],
    model: nn.Module | None,
    optimizer: Optimizer | None = None,
    scheduler: Any = None,
    scaler: Any = None,
    *,
    source: str,
) -> None:
    """Load the states, after making sure that every one of them fits."""
    given = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    parts = {name: part for name, part in given.items() if part is not None}
    if model is not None:
        require_matching_model(content["model"], model, source)
    for name, part in parts.items():
        if name != "model":
            _require_matching_part(content, name, part, source)
    _require_matching_shapes(content, optimizer, source)
    before = {name: deepcopy(part.state_dict()) for name, part in parts.items()}
    for name, part in parts.items():
        try:
            part.load_state_dict(content[name])
        except Exception as error:  # what no check above foresaw: undo what was loaded
            for undone, state in before.items():
                parts[undone].load_state_dict(state)
            raise CheckpointError(
                f"{source} holds a state that does not fit this {name} ({type(error).__name__}): "
                "construct the one that was saved."
            ) from error


def require_matching_model(state: Mapping[str, Any], model: nn.Module, source: str) -> None:
    """Raise CheckpointError if names or shapes differ; ``load_state_dict`` alone would load the
    part that fits before it complains."""
    own = model.state_dict()
    missing = [name for name in own if name not in state]
    foreign = [name for name in state if name not in own]
    if missing or foreign:
        raise CheckpointError(
            f"{source} is of another architecture: "
            + "; ".join(_listed(missing, "it lacks") + _listed(foreign, "this model lacks"))
            + ". Build the model that was saved."
        )
    for name, value in own.items():
        if hasattr(value, "shape") and value.shape != state[name].shape:
            raise CheckpointError(
                f"{source} is of another architecture: {name} has shape "
                f"{tuple(state[name].shape)} there and {tuple(value.shape)} in this model. Build "
                "the model that was saved."
            )


def _require_matching_part(content: Mapping[str, Any], name: str, part: Any, source: str) -> None:
    if name not in content:
        raise CheckpointError(f"{source} holds no {name} state: leave the {name} out.")
    saved, own = content.get(f"{name}_class"), type(part).__name__
    if saved != own:
        raise CheckpointError(
            f"{source} holds the state of {saved}, but this {name} is {own}: construct the one "
            "that was saved."
        )
    if isinstance(part, Optimizer):
        sizes = [len(group["params"]) for group in content[name]["param_groups"]]
        if sizes != [len(group["params"]) for group in part.param_groups]:
            raise CheckpointError(
                f"{source} was saved with parameter groups of {sizes} tensors, unlike this "
                "optimizer: construct it from the same parameters."
            )


def _require_matching_shapes(
    content: Mapping[str, Any], optimizer: Optimizer | None, source: str
) -> None:
    """An optimizer goes by the order of its parameters alone: those exchanged would get each
    other's momentum, or fail at the first step."""
    if optimizer is None:
        return
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for number, state in content["optimizer"]["state"].items():
        for name in _SHAPED_LIKE_PARAMETER & state.keys():
            if isinstance(state[name], Tensor) and state[name].shape != parameters[number].shape:
                raise CheckpointError(
                    f"{source} holds an optimizer state of shape {tuple(state[name].shape)} for a "
                    f"parameter of shape {tuple(parameters[number].shape)}: construct the "
                    "optimizer from the same parameters in the same order."
                )


def _listed(names: list[str], words: str) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:3])
    return [f"{words} {shown}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")]


def _plain(name: str, value: Any) -> Any:
    """``value`` with subclasses of plain types made plain, as the safe loader wants them."""
    if isinstance(value, Counter):
        return Counter(dict(value))  # MultiStepLR counts on its being one
    if isinstance(value, Mapping):
        return {_plain(name, key): _plain(name, item) for key, item in value.items()}
    for kind in (list, tuple, set):
        if isinstance(value, kind):
            return kind(_plain(name, item) for item in value)
    if isinstance(value, np.generic):
        return value.item()
    for plain in _PLAIN:
        if isinstance(value, plain):
            return value if type(value) is plain else plain(value)
    if isinstance(value, Tensor):
        return value
    raise TypeError(
        f"{name} holds a {type(value).__name__}, which the safe loader would refuse: save tensors, "
        "numbers, strings, lists and dicts."
    )
