"""safetensors: weights to share, nothing but tensors."""

import pytest
import torch
from checkpoint_compare import differences
from checkpoint_runs import make_model
from torch import nn

from course_lib import CheckpointError, load_weights, save_weights


def test_round_trip(tmp_path):
    model, other = make_model(), make_model()
    model(torch.randn(9, 6))  # batch norm counts, an integer buffer
    path = save_weights(tmp_path / "new" / "a.safetensors", model, {"epoch": "3"})
    load_weights(path, other)
    assert not differences(dict(model.state_dict()), dict(other.state_dict()))
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        assert file.metadata() == {"epoch": "3"}
        assert file.get_tensor("1.weight").equal(model[1].weight)


def test_tied_and_transposed_weights(tmp_path):
    def build():
        model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
        model[1].weight = model[0].weight
        model.register_buffer("view", torch.randn(3, 5).t())
        return model

    model, other = build(), build()
    load_weights(save_weights(tmp_path / "a.safetensors", model), other)
    assert not differences(dict(model.state_dict()), dict(other.state_dict()))
    assert other[1].weight is other[0].weight


def test_failures_are_one_sentence_and_change_nothing(tmp_path):
    path = save_weights(tmp_path / "a.safetensors", make_model())
    whole = path.read_bytes()
    other = make_model()
    before = {name: value.clone() for name, value in other.state_dict().items()}
    for length in (0, 1, 7, 8, 20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match="is damaged or no safetensors file"):
            load_weights(path, other)
    torch.save(other.state_dict(), path)
    with pytest.raises(CheckpointError, match="is damaged or no safetensors file"):
        load_weights(path, other)
    with pytest.raises(CheckpointError, match="There is no weights file at"):
        load_weights(tmp_path / "missing", other)
    save_weights(path, nn.Linear(2, 2))
    with pytest.raises(CheckpointError, match=r"is of another architecture: it lacks 1\.weight"):
        load_weights(path, other)
    assert not differences(dict(other.state_dict()), before)


def test_a_state_that_is_no_tensor_is_refused(tmp_path):
    class Extra(nn.Linear):
        def get_extra_state(self):
            return {"a": 1}

    with pytest.raises(TypeError, match="_extra_state is a dict, and safetensors holds nothing"):
        save_weights(tmp_path / "a.safetensors", Extra(2, 2))
    assert not list(tmp_path.iterdir())
