import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from course_lib import validate


def test_exact_means_over_a_ragged_last_batch(model, dataset, loader):
    inputs, targets = dataset.tensors
    loss, accuracy = validate(model, loader, F.cross_entropy, "cpu")
    with torch.no_grad():
        outputs = model(inputs).double()
    assert loss == pytest.approx(F.cross_entropy(outputs, targets).item(), rel=1e-6)
    assert accuracy == (outputs.argmax(1) == targets).sum().item() / 50


def test_changes_nothing(loader):
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))
    state = {k: v.clone() for k, v in model.state_dict().items()}
    random = torch.get_rng_state()
    validate(model, loader, F.cross_entropy, "cpu")
    assert all(torch.equal(state[k], v) for k, v in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    # A DataLoader draws one seed at its start, with or without shuffling; nothing else may draw.
    torch.set_rng_state(random)
    iter(loader)
    after_loader = torch.get_rng_state()
    torch.set_rng_state(random)
    validate(model, loader, F.cross_entropy, "cpu")
    assert torch.equal(torch.get_rng_state(), after_loader)


@pytest.mark.parametrize("training", [True, False])
def test_gives_the_mode_back_module_by_module(loader, training):
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).train(training)
    model[1].eval()  # frozen on purpose, as in fine-tuning
    validate(model, loader, F.cross_entropy, "cpu")
    assert [m.training for m in model] == [training, False, training]


def test_gives_the_mode_back_after_an_error(model, loader):
    def broken(outputs, targets):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        validate(model.train(), loader, broken, "cpu")
    assert model.training


def test_regression_has_no_accuracy_but_takes_a_metric():
    inputs = torch.arange(10.0).unsqueeze(1)
    loader = DataLoader(TensorDataset(inputs, inputs + 3), batch_size=4)

    def mean_absolute_error(outputs, targets):
        return (outputs - targets).abs().mean()

    assert validate(nn.Identity(), loader, nn.MSELoss(), "cpu") == (9.0, None)
    scored = validate(nn.Identity(), loader, nn.MSELoss(), "cpu", metric=mean_absolute_error)
    assert scored == (9.0, 3.0)


def test_yes_or_no_logits():
    logits = torch.tensor([-2.0, -1.0, 1.0, 3.0, 4.0])
    loader = DataLoader(TensorDataset(logits, torch.tensor([0.0, 1.0, 1.0, 1.0, 0.0])), 2)
    for loss_fn in (nn.BCEWithLogitsLoss(), F.binary_cross_entropy_with_logits):
        assert validate(nn.Identity(), loader, loss_fn, "cpu")[1] == 3 / 5


def test_a_nan_loss_is_reported_not_raised(loader, model):
    with torch.no_grad():
        model[0].weight.fill_(float("nan"))
    loss, _ = validate(model, loader, F.cross_entropy, "cpu")
    assert loss != loss


def test_empty_loader_is_a_clear_error(model):
    with pytest.raises(ValueError, match="gave no batch"):
        validate(model, [], F.cross_entropy, "cpu")
