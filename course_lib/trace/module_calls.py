"""Hanging the watching of forward passes into modules."""

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.modules.loss import _Loss

from course_lib.trace.forwards import Forwards

Call = Callable[..., Any]


def watched_call(original: Call, forwards: Forwards) -> Call:
    """``nn.Module.__call__`` that tells of outermost calls; inner ones are only listed."""
    here = forwards.recorder.here
    compiling = torch.compiler.is_compiling

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if compiling() or not here():
            return original(self, *args, **kwargs)
        if forwards.depth:
            if not forwards.called:
                forwards.first_with_grad = torch.is_grad_enabled()
            forwards.called.append(self)
            return original(self, *args, **kwargs)
        if isinstance(self, _Loss):
            return forwards.losses.of_module(original, self, args, kwargs)
        event = forwards.begin(self, (args, kwargs), sys._getframe(1))
        forwards.depth = 1
        try:
            output = original(self, *args, **kwargs)
        except BaseException as error:
            if event is not None:
                forwards.failed(event, error)
            raise
        finally:
            forwards.depth = 0
        if event is not None:
            forwards.end(event, self, (args, kwargs), output)
        return output

    return call


def watched_dropout(original: Call, forwards: Forwards) -> Call:
    """``F.dropout`` that notes whether it dropped; a Dropout layer is noted as a layer."""

    def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
        if not torch.compiler.is_compiling() and forwards.depth and p:
            in_layer = forwards.called and isinstance(forwards.called[-1], nn.Dropout)
            if not in_layer:
                forwards.functional_dropout.append(bool(training))
        return original(input, p, training, inplace)

    return dropout
