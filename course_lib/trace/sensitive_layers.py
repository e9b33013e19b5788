"""Which layers do something else in training than in evaluation, and in which mode they ran."""

from collections.abc import Iterable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.modules.instancenorm import _InstanceNorm

_kinds: dict[type, str | None] = {}


def _kind(layer_class: type) -> str | None:
    if issubclass(layer_class, _DropoutNd):
        return "dropout"
    if issubclass(layer_class, _InstanceNorm):
        return "tracking"
    if issubclass(layer_class, _BatchNorm):
        return "batchnorm"
    if issubclass(layer_class, nn.RNNBase | nn.MultiheadAttention):
        return "rate"
    return "noise" if issubclass(layer_class, nn.RReLU) else None


def sensitivity(layer: nn.Module) -> str | None:
    """ "dropout" or "batchnorm" where the layer cares about the mode, else None."""
    layer_class = type(layer)
    try:
        kind = _kinds[layer_class]
    except KeyError:
        kind = _kinds[layer_class] = _kind(layer_class)
    if kind is None:
        return None
    if kind == "dropout":
        return "dropout" if layer.p else None
    if kind == "rate":
        return "dropout" if layer.dropout else None
    if kind == "tracking":
        return "batchnorm" if layer.track_running_stats else None
    return "dropout" if kind == "noise" else kind


def modes(called: Iterable[nn.Module], functional: Iterable[bool] = ()) -> dict[str, int]:
    """How many of the layers that care ran as in training, how many as in evaluation."""
    count = {"dropout_on": 0, "dropout_off": 0, "batchnorm_on": 0, "batchnorm_off": 0}
    for layer in called:
        kind = sensitivity(layer)
        if kind is not None:
            count[f"{kind}_{'on' if layer.training else 'off'}"] += 1
    for training in functional:
        count["dropout_on" if training else "dropout_off"] += 1
    return count


def sensitive_in(model: nn.Module) -> dict[str, int]:
    """How many layers of the whole model care."""
    kinds = [sensitivity(layer) for layer in model.modules()]
    return {kind: kinds.count(kind) for kind in ("dropout", "batchnorm")}
