"""The process that holds a submission: it defines the answer, calls it, and sends back values.

Nothing in here is a secret and nothing that leaves here is believed: the submission may read and
change all of it. Whoever receives its messages takes them for what they are, plain values.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import course_lib
from course_lib.grading import values
from course_lib.grading.sandbox import cells, frames, raised

_DRIVERS = "course_lib.grading.drivers"
_ROOM = "course_lib.grading"
_MODELS = "course_lib_models"  # where pickle finds the classes of the models that answers are given
_FOUND_BY_NAME = f"{_DRIVERS}.inline_backend"  # matplotlib looks it up when it is to be used

Drive = Callable[[Any, dict[str, Any]], dict[str, Any]]
_OUT_OF_MEMORY = values.pack({"raised": {"type": "MemoryError", "message": "", "traceback": ""}})


def preload() -> None:
    """Load what most answers to the course's exercises need, if some of these are to come.

    Worth it where many are forked from here.
    """
    if not any(name.startswith(f"{_DRIVERS}.") for name in sys.modules):
        return
    names = ("matplotlib.pyplot", "tqdm.auto", "tqdm.notebook", "IPython.core.inputtransformer2")
    for name in names:
        importlib.import_module(name)
    # A setup cell imports from the course by name, and each name brings its modules.
    for name in course_lib.__all__:
        getattr(course_lib, name)


def warm_up() -> None:
    """Let torch, where it is loaded, do once what it does only once."""
    if "torch" not in sys.modules:
        return
    import torch
    from torch import nn

    torch.set_num_threads(1)
    layers = (nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
    model = nn.Sequential(*layers, nn.Dropout())
    for kind in (torch.optim.SGD, torch.optim.Adam):
        optimizer = kind(model.parameters(), lr=0.1)
        nn.CrossEntropyLoss()(model(torch.zeros(4, 1, 4, 4)), torch.zeros(4).long()).backward()
        optimizer.step()
        optimizer.zero_grad()


def load_driver(name: str) -> Drive:
    """What calls answers, by its name: a driver of ours, or a module that stands on the path."""
    try:
        module = importlib.import_module(f"{_DRIVERS}.{name}")
    except ModuleNotFoundError:
        module = importlib.import_module(name)
    drive: Drive = module.drive
    return drive


def withdraw() -> None:
    """Forget the names of the modules that watch an answer: who imports them gets copies.

    So nothing is gained by patching them. (Whoever walks the stack can still reach them: this
    makes a cheat learn our code first, and no more; what he gains then are forged reports on
    inputs that are drawn anew, for which he needs the right results.)
    """
    room = sys.modules[_ROOM]
    _keep_models_importable()
    for name in [name for name in sys.modules if name.startswith(f"{_ROOM}.")]:
        if name != _FOUND_BY_NAME:
            del sys.modules[name]
            vars(room).pop(name.removeprefix(f"{_ROOM}."), None)


def _keep_models_importable() -> None:
    """Let an answer save a whole model: pickle looks up its class by name, and wants the same."""
    if "torch" not in sys.modules:
        return
    from torch import nn

    known = sys.modules[_MODELS] = ModuleType(_MODELS)
    for name in [name for name in sys.modules if name.startswith(f"{_DRIVERS}.")]:
        for found in list(vars(sys.modules[name]).values()):
            if isinstance(found, type) and issubclass(found, nn.Module):
                _rename(found, name, known)


def _rename(model: type, driver: str, known: ModuleType) -> None:
    if model.__module__ == driver:  # not what a driver has imported itself
        model.__module__ = known.__name__
        setattr(known, model.__name__, model)


def serve(descriptor: int, drive: Drive) -> None:
    """Say that all is ready, then answer requests until there are no more."""
    answer: Any = None
    frames.write(descriptor, frames.encode(0, {}))
    while (request := frames.read(descriptor)) is not None:
        number, asked = request
        packed: bytes
        try:
            if asked["do"] == "define":
                answer, reply = define(asked["setup"], asked["answers"], asked["names"])
            else:
                reply = drive(answer, asked["scenario"])
            packed = values.pack(reply)
        except BaseException as error:
            packed = _packed_error(error)
        frames.write(descriptor, frames.frame(number, packed))


def define(setup: str, answers: list[str], names: list[str]) -> tuple[Any, dict[str, Any]]:
    """Run the teacher's setup and the answer cells in order.

    Returns:
        The answer (the object for one name, a dict by name for more) and the names that are
        ``{"missing": [...]}``.
    """
    namespace = cells.new_namespace()
    cells.run_teachers(setup, namespace)
    for position, source in enumerate(answers, 1):
        suffix = "" if len(answers) == 1 else f" {position}"
        cells.run(source, namespace, f"{raised.ANSWER}{suffix}>")
    missing = [name for name in names if name not in namespace]
    if len(names) == 1:
        return namespace.get(names[0]), {"missing": missing}
    return {name: namespace.get(name) for name in names}, {"missing": missing}


def _packed_error(error: BaseException) -> bytes:
    if isinstance(error, MemoryError):
        return _OUT_OF_MEMORY
    try:
        return values.pack(raised.describe(error))
    except MemoryError:
        return _OUT_OF_MEMORY
