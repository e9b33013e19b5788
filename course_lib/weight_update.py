"""How a gradient becomes a weight update: accumulation, clipping, mixed precision, schedule.

``train_one_epoch`` speaks to a :class:`WeightUpdate` the way a textbook loop speaks to its
optimizer: ``zero_grad``, ``backward``, ``step``. Around a plain optimizer it adds nothing.
"""

import contextlib
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from course_lib.distributed.ranks import OneRank
from course_lib.running_mean import RunningMean

_ZERO_GRAD = Optimizer.zero_grad


class WeightUpdate:
    """One optimizer, and what surrounds its step.

    Args:
        optimizer: updates the parameters.
        accumulation_steps: batches whose gradients make one weight update. Every update follows
            the mean loss over *all samples of its group*, also where the last group or the last
            batch is smaller: what one big batch would give (batch norm aside).
        max_grad_norm: clip the gradient to this norm before each update; None: no clipping.
        amp: mixed precision: False, True (bfloat16 where the device has it, else float16 with a
            loss scaler) or the dtype to use.
        device: where the model is; decides what ``amp=True`` means.
        scheduler: stepped after every weight update.
        ranks: the processes that share each batch; None: this one alone.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        accumulation_steps: int = 1,
        max_grad_norm: float | None = None,
        amp: bool | torch.dtype = False,
        device: torch.device | None = None,
        scheduler: LRScheduler | None = None,
        ranks: OneRank | None = None,
    ) -> None:
        if accumulation_steps < 1:
            raise ValueError(f"accumulation_steps is {accumulation_steps}; give at least 1.")
        if max_grad_norm is not None and not max_grad_norm > 0:
            raise ValueError(f"max_grad_norm is {max_grad_norm}; give a positive number or None.")
        self.optimizer = optimizer
        self.accumulation_steps = accumulation_steps
        self.max_grad_norm = max_grad_norm
        self.scheduler = scheduler
        self._ranks = OneRank() if ranks is None else ranks
        self.grad_norm = RunningMean()
        self._device_type = (device or torch.device("cpu")).type
        self._dtype = _amp_dtype(amp, self._device_type)
        self.scaler = (
            torch.amp.GradScaler(self._device_type) if self._dtype == torch.float16 else None
        )
        self._batches = 0  # in the group so far
        self._samples = 0
        self._first = 0  # samples in the group's first batch

    @classmethod
    def around(cls, optimizer: "Optimizer | WeightUpdate") -> "WeightUpdate":
        """A plain optimizer as a WeightUpdate; a WeightUpdate as it is."""
        return optimizer if isinstance(optimizer, WeightUpdate) else cls(optimizer)

    def precision(self) -> contextlib.AbstractContextManager[Any]:
        """The context for forward pass and loss: autocast, or nothing special."""
        if self._dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(self._device_type, dtype=self._dtype)

    @property
    def between_groups(self) -> bool:
        """Whether no gradient is waiting for its update: the moment to write a checkpoint."""
        return self._batches == 0

    def zero_grad(self) -> None:
        """Clear the gradients, at the start of a group of batches only."""
        if self._batches != 0:
            return
        if getattr(self.optimizer.zero_grad, "__func__", None) is _ZERO_GRAD:
            # What it does, without its bookkeeping for the profiler: 5 % of a small network's time.
            for group in self.optimizer.param_groups:
                for parameter in group["params"]:
                    parameter.grad = None
        else:
            self.optimizer.zero_grad()  # somebody's own, which may do more

    def backward(self, loss: Tensor, samples: int) -> None:
        """Add the gradient of ``loss``, a mean over ``samples`` samples.

        A batch counts by its size relative to the group's first; :meth:`step` divides by the
        group's size once it is known. So the numbers stay near those of a single batch, which
        float16 needs.
        """
        loss, samples = self._ranks.whole_batch(loss, samples)
        if self._batches == 0:
            self._first = samples
        if samples != self._first:
            loss = loss * (samples / self._first)
        if self.scaler is not None:
            loss = self.scaler.scale(loss)
        loss.backward()
        self._batches += 1
        self._samples += samples

    def step(self) -> None:
        """Update the weights if the group is complete."""
        if self._batches == self.accumulation_steps:
            self.flush()

    def flush(self) -> None:
        """Update the weights with what the group holds, if anything: the epoch's last group."""
        if self._batches == 0:
            return
        if self.scaler is not None:
            self.scaler.unscale_(self.optimizer)  # clipping must see the true gradient
        if self._samples != self._first:
            torch._foreach_mul_(self._gradients(), self._first / self._samples)
        if self.max_grad_norm is not None:
            norm = nn.utils.clip_grad_norm_(self._parameters(), self.max_grad_norm)
            self.grad_norm.add(norm, 1)
        if self.scaler is not None:
            self.scaler.step(self.optimizer)  # skips the update where float16 overflowed
            self.scaler.update()
        else:
            self.optimizer.step()
        if self.scheduler is not None:
            self.scheduler.step()
        self._batches = self._samples = 0

    def abandon(self) -> None:
        """Forget an unfinished group: a run that ends in the middle of one."""
        self._batches = self._samples = 0

    def _parameters(self) -> list[Tensor]:
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def _gradients(self) -> list[Tensor]:
        return [p.grad for p in self._parameters() if p.grad is not None]


def _amp_dtype(amp: bool | torch.dtype, device_type: str) -> torch.dtype | None:
    if amp is False:
        return None
    if amp in (torch.float16, torch.bfloat16):
        return amp
    if amp is not True:  # None, or "bf16", would otherwise mean True
        raise ValueError(f"amp is {amp!r}; give torch.bfloat16, torch.float16, True or False.")
    if device_type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16
