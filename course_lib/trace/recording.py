"""``record``: watch whatever runs in a ``with`` block, and leave everything as it was."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.amp import GradScaler
from torch.nn.utils import clip_grad
from torch.optim import Optimizer
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _BaseDataLoaderIter

from course_lib.trace import clearing as clearing_room
from course_lib.trace import gradients as gradients_room
from course_lib.trace import iterators as iterators_room
from course_lib.trace import keeping as keeping_room
from course_lib.trace import losses as losses_room
from course_lib.trace import mode_switches as mode_switches_room
from course_lib.trace import module_calls as module_calls_room
from course_lib.trace import scaling as scaling_room
from course_lib.trace import schedulers as schedulers_room
from course_lib.trace.patches import Patches
from course_lib.trace.trace import Trace
from course_lib.trace.watchers import Watchers

_recording = False


@contextmanager
def record(
    train: Any = None, val: Any = None, test: Any = None, *, by_name: bool = True
) -> Iterator[Trace]:
    """Record what the training code in the block does; the code itself is not changed.

    ::

        with course_lib.record(train=train_loader, val=val_loader) as trace:
            any_loop(...)
        print(trace)

    Args:
        train, val, test: the loader, data set or tensors of that role, if you want the findings
            to tell data apart. A loader made anew from the same data set is recognised.
        by_name: of loaders that were not given, take the role from the name that they, or their
            data set, have in the code that runs: ``train_loader``, ``valid_dl``, ``testset``.

    A trace is not cut: each event keeps about 1 kB, so a loop of six events an iteration needs
    some 6 MB for a thousand of them. Record a few hundred iterations of a long run. What is not
    seen: ``clip_grad_value_`` and safetensors' ``save_file`` where they were imported by their own
    names before the block.

    The loop gives the same weights, bit for bit, as without. Only the thread that entered the block
    is watched. When the block ends, also by an exception, every attribute that was replaced is
    the original object again, and the exception passes through.

    Raises RuntimeError when a recording is under way already.
    """
    global _recording
    if _recording:
        raise RuntimeError(
            "A recording is under way: blocks of record() cannot be nested. "
            "Leave the outer block first, or take out the inner one."
        )
    _recording = True
    watchers = Watchers(by_name, train=train, val=val, test=test)
    recorder = watchers.recorder
    trace = Trace(recorder.events, recorder.things, surprises=recorder.surprises)
    patches = Patches()
    error: BaseException | None = None
    try:
        hooks = _patch(patches, watchers)
        try:
            yield trace
        except BaseException as raised:
            error = raised
            raise
        finally:
            for hook in hooks:
                hook.remove()
    finally:
        patches.restore()
        _recording = False
        watchers.finish(error)
        trace.lost = recorder.lost
        error = None


def _patch(patches: Patches, w: Watchers) -> list[Any]:
    """Replace what tells of a training loop; return the hooks that must be removed."""

    def watch(owner: Any, name: str, watched: Callable[..., Any], *args: Any) -> None:
        patches.wrap(owner, name, watched, *args)

    watch(nn.Module, "__call__", module_calls_room.watched_call, w.forwards)
    watch(nn.Module, "train", mode_switches_room.watched_train, w.mode_switches)
    watch(nn.functional, "dropout", module_calls_room.watched_dropout, w.forwards)
    watch(nn.Module, "state_dict", keeping_room.watched_state_dict, w.keeping)
    watch(nn.Module, "load_state_dict", keeping_room.watched_load, w.keeping)
    for inner in ("_save", "_legacy_save"):
        watch(torch.serialization, inner, keeping_room.watched_inner_save, w.keeping)
    if "safetensors.torch" in sys.modules:
        watch(sys.modules["safetensors.torch"], "save_file", keeping_room.watched_save, w.keeping)
    for owner, name, known_as, place in losses_room.FUNCTIONS:
        watch(owner, name, losses_room.watched_loss, known_as, place, w.losses)
    watch(torch.autograd, "_engine_run_backward", gradients_room.watched_engine, w.gradients)
    watch(nn.Module, "zero_grad", clearing_room.watched_zero_grad, w.clearing)
    watch(Optimizer, "zero_grad", clearing_room.watched_zero_grad, w.clearing)
    watch(clip_grad, "_clip_grads_with_norm_", clearing_room.watched_clip, w.clearing)
    for owner in (clip_grad, nn.utils):
        watch(owner, "clip_grad_value_", clearing_room.watched_clip_value, w.clearing)
    watch(Optimizer, "__init__", _watched_init, w.optimizers)
    for scheduler_class in list(schedulers_room.classes_with("step")):
        watch(scheduler_class, "step", schedulers_room.watched_scheduler_step, w.schedulers)
    for scheduler_class in list(schedulers_room.classes_with("__init__")):
        watch(scheduler_class, "__init__", schedulers_room.watched_scheduler_init, w.schedulers)
    watch(GradScaler, "scale", scaling_room.watched_scale, w.scalers)
    watch(GradScaler, "unscale_", scaling_room.watched_unscale, w.scalers)
    watch(GradScaler, "step", scaling_room.watched_scaler_step, w.scalers)
    watch(GradScaler, "update", scaling_room.watched_update, w.scalers)
    _patch_loaders(patches, w)
    return [
        register_optimizer_step_pre_hook(w.optimizers.begin_step),
        register_optimizer_step_post_hook(w.optimizers.end_step),
    ]


def _patch_loaders(patches: Patches, w: Watchers) -> None:
    patches.wrap(DataLoader, "__iter__", iterators_room.watched_iter, w.loaders)
    patches.wrap(_BaseDataLoaderIter, "__next__", iterators_room.watched_next, w.loaders)
    patches.wrap(_BaseDataLoaderIter, "_next_index", iterators_room.watched_index, w.loaders)
    for source in w.roles.sources.values():
        kind = type(source)
        if isinstance(source, DataLoader) or "__iter__" not in vars(kind):
            continue
        if "__len__" in vars(kind) and "__getitem__" in vars(kind):
            continue  # a data set or a sequence, no loader
        if kind.__flags__ & (1 << 9):  # made by a class statement: it can be patched
            patches.wrap(kind, "__iter__", iterators_room.watched_other_iter, source, w.loaders)


def _watched_init(original: Callable[..., Any], optimizers: Any) -> Callable[..., Any]:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if optimizers.recorder.here():
            optimizers.created(self, sys._getframe(1))

    return init
