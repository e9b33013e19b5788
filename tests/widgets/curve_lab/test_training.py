"""The lab's runs are real, repeatable and what their settings say."""

import math

import pytest
import torch
from torch.nn import functional as F

from course_lib.data import fashion_mnist
from course_lib.models import MLP
from course_lib.widgets.lab.settings import RATES, Settings, rate
from course_lib.widgets.lab.training import images, log_of_softmax, make_worker

SMALL = Settings(0.1, "SGD", 8, 200, epochs=3)


def test_the_curves_are_those_of_a_loop_written_out(trained):
    frame = trained(SMALL)
    pixels, labels = fashion_mnist().train.tensors
    x, y = pixels.float() / 255, labels
    torch.manual_seed(0)
    model = MLP(784, 8, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    shuffled = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(x[:200], y[:200]), 64, shuffle=True,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    for epoch in range(3):
        total = 0.0
        for some, wanted in shuffled:
            loss = F.cross_entropy(model(some), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(wanted)
        with torch.no_grad():
            val = F.cross_entropy(model(x[8000:]), y[8000:]).item()
        assert frame.train_loss[epoch] == pytest.approx(total / 200, rel=1e-4)
        assert frame.val_loss[epoch] == pytest.approx(val, rel=1e-4)


def test_the_same_settings_give_the_same_curves_and_another_seed_others(trained):
    dropped = SMALL.changed(dropout=0.5)
    first = trained(dropped)
    torch.manual_seed(99)  # whatever the reader has drawn in between
    again = make_worker(dropped)
    again.run()
    assert again.progress.frame().train_loss == first.train_loss
    assert trained(dropped.changed(seed=1)).train_loss != trained(dropped).train_loss


@pytest.mark.parametrize(
    "change",
    [{"learning_rate": 0.5}, {"optimizer": "Adam"}, {"hidden": 32}, {"num_train": 100},
     {"dropout": 0.5}, {"batch_size": 16}],
)  # fmt: skip
def test_every_setting_changes_the_curves(trained, change):
    assert trained(SMALL.changed(**change)).val_loss != trained(SMALL).val_loss


def test_the_readers_random_numbers_are_left_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    make_worker(SMALL.changed(dropout=0.5)).run()
    assert torch.equal(torch.rand(3), expected)


def test_training_and_validation_images_are_disjoint_parts_of_the_training_sample():
    train, val = images()
    pixels, labels = fashion_mnist().train.tensors
    assert torch.equal(torch.cat([train.tensors[1], val.tensors[1]]), labels[:10_000])
    assert torch.allclose(torch.cat([train.tensors[0], val.tensors[0]]) * 255, pixels.float())
    assert len(val) == 2000


def test_no_step_leaves_the_weights_where_they_were(trained):
    frame = trained(SMALL.changed(fault="no step"))
    assert len(set(frame.val_loss)) == 1


def test_the_hand_written_loss_is_cross_entropy_until_a_probability_is_zero():
    logits, labels = torch.randn(5, 10), torch.arange(5)
    assert torch.allclose(log_of_softmax(logits, labels), F.cross_entropy(logits, labels))
    logits[0] = torch.tensor([-300.0] + [0.0] * 9)
    assert math.isinf(log_of_softmax(logits, labels))
    assert math.isfinite(F.cross_entropy(logits, labels))


@pytest.mark.parametrize("seed", range(5))
def test_the_hand_written_loss_on_large_pixels_meets_nan(trained, seed):
    frame = trained(Settings(0.01, "SGD", 64, 1000, epochs=2, seed=seed, fault="log of softmax"))
    assert frame.broke is not None and frame.broke[0] == 1


@pytest.mark.parametrize(
    "wrong",
    [{"learning_rate": 0}, {"learning_rate": math.nan}, {"optimizer": "Lion"}, {"dropout": 1.0},
     {"num_train": 8001}, {"num_train": 0}, {"hidden": 0}, {"epochs": 0}, {"fault": "typo"}],
)  # fmt: skip
def test_a_setting_that_no_run_can_have_is_refused_by_its_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)


def test_the_rates_are_a_log_scale_on_which_tenths_are_rates_too():
    assert RATES[0] == 1e-5 and RATES[-1] == 10
    for value in RATES:
        if value * 10 <= 10:
            assert any(math.isclose(value * 10, other) for other in RATES)
    assert [rate(v) for v in (1e-5, 0.002, 1.0, 10.0)] == ["0.00001", "0.002", "1", "10"]


def test_the_words_name_every_setting_that_matters():
    words = Settings(0.002, "Adam", 128, 3000, 0.5, 40, 2, fault="no step").in_words()
    for part in ("Adam 0.002", "128 units", "3,000 images", "dropout 0.5", "40 epochs", "seed 2"):
        assert part in words
    assert words.endswith("no step")
