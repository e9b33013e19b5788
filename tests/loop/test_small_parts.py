"""Early stopping, history, running means, seeding, models, device, sanity check."""

import json
import math
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import course_lib
from course_lib import MLP, EarlyStopping, History, SmallCNN, seed_everything
from course_lib.device import same_device, to_device
from course_lib.running_mean import RunningMean
from course_lib.seeding import random_states, restore_random_states


class Elsewhere(torch.Tensor):
    """Plays a tensor on a device that has to be waited for."""

    device = torch.device("meta")


class TestEarlyStopping:
    def stops_after(self, losses, **keywords):
        stopping = EarlyStopping(**keywords)
        for epoch, loss in enumerate(losses, 1):
            if stopping.step(loss):
                return epoch
        return None

    def test_stops_when_the_count_reaches_patience(self):
        assert self.stops_after([1, 0.9, 0.95, 0.96, 0.97, 0.98], patience=3) == 5

    @pytest.mark.parametrize(
        ("losses", "patience", "expected"),
        [
            ([1, 1, 1], 2, 3),  # equal is no improvement
            ([1, 2, 0.9, 2, 0.8, 2, 2], 2, 7),  # an improvement resets the count
            ([math.nan, math.nan, 1], 2, 2),
            ([1, math.nan, math.nan], 2, 3),
            ([3, 2, 1], 1, None),
            ([math.inf, 5, 6], 1, 1),
        ],
    )
    def test_cases(self, losses, patience, expected):
        assert self.stops_after(losses, patience=patience) == expected

    def test_min_delta(self):
        assert self.stops_after([1.0, 0.95, 0.91], patience=2, min_delta=0.1) == 3
        assert self.stops_after([1.0, 0.85, 0.7], patience=1, min_delta=0.1) is None

    def test_keeps_a_copy_of_parameters_and_buffers(self):
        model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
        stopping = EarlyStopping(patience=1)
        stopping.step(1.0, model)
        best = {k: v.clone() for k, v in model.state_dict().items()}
        with torch.no_grad():
            model[0].weight.add_(1)
            model[1].running_mean.add_(1)
        stopping.step(2.0, model)
        stopping.load_best(model)
        assert all(torch.equal(best[k], v) for k, v in model.state_dict().items())

    @pytest.mark.parametrize(
        ("keywords", "sentence"),
        [
            ({"patience": 0}, "patience is 0"),
            ({"min_delta": -1.0}, "min_delta is -1.0"),
            ({"min_delta": math.nan}, "min_delta is nan"),
        ],
    )
    def test_wrong_arguments(self, keywords, sentence):
        with pytest.raises(ValueError, match=sentence):
            EarlyStopping(**keywords)


class TestHistory:
    def test_behaves_like_a_dict_of_lists(self):
        history = History()
        history.append(train_loss=1.0, val_loss=2.0)
        history.append(train_loss=0.5, val_loss=1.5)
        assert history == {"train_loss": [1.0, 0.5], "val_loss": [2.0, 1.5]}
        assert history["val_loss"][-1] == 1.5 and history.epochs == 2
        assert isinstance(history, dict) and dict(**history) == history

    def test_best_epoch_passes_over_nan(self):
        assert History({"val_loss": [math.nan, 3, 2, 2, 5]}).best_epoch == 3
        assert History({"val_loss": [math.nan]}).best_epoch is None
        assert History().best_epoch is None

    def test_json_there_and_back(self, tmp_path):
        history = History({"val_loss": [0.1 + 0.2, math.inf], "val_accuracy": [None, 0.5]})
        path = tmp_path / "new" / "history.json"
        text = history.to_json(path)
        assert History.from_json(path) == History.from_json(text) == history
        assert json.loads(path.read_text()) == history

    def test_numbers_of_ones_own_loop_become_plain_ones(self):
        history = History({"val_loss": [np.float32(0.5), torch.tensor(0.25), np.int64(3)]})
        assert History.from_json(history.to_json()) == {"val_loss": [0.5, 0.25, 3]}

    def test_dataframe(self):
        pandas = pytest.importorskip("pandas")
        frame = History({"val_loss": [3.0, 2.0]}).to_dataframe()
        assert isinstance(frame, pandas.DataFrame)
        assert frame.loc[2, "val_loss"] == 2.0 and frame.index.name == "epoch"

    def test_an_epoch_with_other_keys_is_refused(self):
        with pytest.raises(ValueError, match="has the keys"):
            History({"val_loss": [1.0]}).append(train_loss=1.0)


class TestRunningMean:
    def test_is_weighted_by_samples(self):
        mean = RunningMean()
        for value, samples in ((1.0, 4), (1.0, 4), (9.0, 2)):
            mean.add(torch.tensor(value), samples)
        assert mean.value() == 2.6

    def test_is_the_same_to_the_last_bit_wherever_it_is_interrupted(self):
        values = torch.rand(257, generator=torch.Generator().manual_seed(0))

        def mean(interrupted_at):
            running = RunningMean()
            for i, value in enumerate(values):
                if i in interrupted_at:
                    state, running = running.state_dict(), RunningMean()
                    running.load_state_dict(state)
                running.add(value, 1 + i % 7)
            return running.value()

        assert mean(()) == mean((1,)) == mean(range(257)) == mean((100, 200))
        weights = [1 + i % 7 for i in range(257)]
        exact = math.fsum(v * w for v, w in zip(values.tolist(), weights, strict=True))
        assert mean(()) == pytest.approx(exact / sum(weights), rel=1e-14)

    def test_many_values_are_not_all_kept(self, monkeypatch):
        monkeypatch.setattr("course_lib.running_mean.MOST_PENDING", 10)
        mean = RunningMean()
        for value in range(95):
            mean.add(torch.tensor(float(value)).as_subclass(Elsewhere), 1)
        assert len(mean._pending) == 5 and mean.value() == 47.0

    @pytest.mark.parametrize("kind", [torch.Tensor, Elsewhere])
    def test_a_value_elsewhere_is_not_read_before_the_end(self, kind):
        mean = RunningMean()
        mean.add(torch.tensor(3.0).as_subclass(kind), 2)
        assert mean.samples == (2 if kind is torch.Tensor else 0)
        assert mean.value() == 3.0 and mean.last == 3.0

    def test_nothing_gives_none(self):
        assert RunningMean().value() is None


class TestSeeding:
    def draw(self):
        return random.random(), np.random.rand(), torch.rand(1).item()

    def test_seeds_everything(self):
        first = seed_everything(5), self.draw()
        second = seed_everything(5), self.draw()
        assert first[1] == second[1]
        assert torch.rand(1, generator=first[0]) == torch.rand(1, generator=second[0])
        seed_everything(6)
        assert not set(self.draw()) & set(first[1])

    def test_states_survive_the_safe_loader(self, tmp_path):
        generator = seed_everything(1)
        np.random.randn()  # leaves a second normal number cached
        random.gauss(0, 1)
        torch.save(random_states([generator]), tmp_path / "states.pt")
        expected = self.draw(), np.random.randn(), random.gauss(0, 1), generator.initial_seed()
        drawn = torch.rand(3, generator=generator)
        seed_everything(99)
        states = torch.load(tmp_path / "states.pt", weights_only=True)
        restore_random_states(states, [generator])
        assert (self.draw(), np.random.randn(), random.gauss(0, 1), 1) == expected
        assert torch.equal(torch.rand(3, generator=generator), drawn)


class TestModels:
    @pytest.mark.parametrize("model", [MLP(), SmallCNN(), MLP(hidden=(32, 16), dropout=0.1)])
    @pytest.mark.parametrize("shape", [(5, 28, 28), (5, 1, 28, 28)])
    def test_take_images_and_give_logits(self, model, shape):
        logits = model(torch.rand(shape))
        assert logits.shape == (5, 10)
        assert not torch.allclose(logits.sum(1), torch.ones(5))

    def test_parameter_counts(self):
        assert course_lib.count_parameters(MLP()) == 784 * 128 + 128 + 128 * 10 + 10
        convolutions = 16 * 9 + 32 * 16 * 9
        assert course_lib.count_parameters(SmallCNN()) == (
            convolutions + 2 * 16 + 2 * 32 + 32 * 49 * 10 + 10
        )
        assert "20,538" in SmallCNN.__doc__ and course_lib.count_parameters(SmallCNN()) == 20_538


class TestDevice:
    def test_get_device_is_the_best_there_is(self):
        expected = (
            "cuda"
            if torch.cuda.is_available()
            else "mps"
            if torch.backends.mps.is_available()
            else "cpu"
        )
        assert course_lib.get_device() == torch.device(expected)

    def test_same_device(self):
        assert same_device("cpu", torch.device("cpu"))
        assert not same_device("cpu", "meta")

    def test_nested_batches_are_moved(self):
        batch = {"a": torch.ones(2), "b": [torch.ones(1), ("text", 3)]}
        moved = to_device(batch, "meta")
        assert moved["a"].is_meta and moved["b"][0].is_meta and moved["b"][1] == ("text", 3)


@pytest.mark.parametrize(
    ("loss_fn", "outputs", "targets", "error", "sentence"),
    [
        (nn.CrossEntropyLoss(), (4, 3), torch.zeros(4), TypeError, r"targets\.long\(\)"),
        (F.cross_entropy, (4, 3), torch.zeros(4), TypeError, "cross_entropy needs class indices"),
        (nn.CrossEntropyLoss(), (4, 3), torch.zeros(4, dtype=torch.int32), TypeError, "int64"),
        (nn.CrossEntropyLoss(), (4, 3), torch.zeros(4, 1).long(), ValueError, r"shape \(4,\)"),
        (nn.NLLLoss(), (4, 3), torch.tensor([0, 1, 2, 3]), ValueError, "0 to 3.*0 to 2"),
        (nn.CrossEntropyLoss(), (4, 3), torch.tensor([0, 1, 2, -1]), ValueError, "-1 to 2"),
        (nn.CrossEntropyLoss(), (4, 1), torch.zeros(4, 1), ValueError, "a single output.*MSELoss"),
        (nn.CrossEntropyLoss(), (4, 3), torch.zeros(4), TypeError, "for regression give loss_fn"),
        (nn.MSELoss(), (4, 1), torch.zeros(4), ValueError, r"\(4, 1\) and the targets \(4,\)"),
        (nn.MSELoss(), (4,), torch.zeros(4).long(), TypeError, r"targets\.float\(\)"),
        (nn.BCEWithLogitsLoss(), (4,), torch.zeros(4).long(), TypeError, "floating type"),
        (nn.MSELoss(reduction="none"), (4,), torch.zeros(4), ValueError, "must return one number"),
        (lambda o, t: 1.0, (4,), torch.zeros(4), ValueError, "returned float"),
        (nn.CrossEntropyLoss(reduction="sum"), (4, 3), torch.zeros(4), ValueError, "sums over the"),
        (
            nn.CrossEntropyLoss,
            (4, 3),
            torch.zeros(4),
            TypeError,
            r"loss_fn=nn\.CrossEntropyLoss\(\)",
        ),
        (
            nn.CrossEntropyLoss(),
            (4, 3),
            [0, 1, 2, 0],
            TypeError,
            "as a tensor, but they are a list",
        ),
    ],
)
def test_targets_that_do_not_fit_are_named(loss_fn, outputs, targets, error, sentence):
    from course_lib.checked_loss import CheckedLoss

    with pytest.raises(error, match=sentence):
        CheckedLoss(loss_fn)(torch.zeros(outputs), targets)


@pytest.mark.parametrize(
    ("loss_fn", "outputs", "targets"),
    [
        (nn.CrossEntropyLoss(), (4, 3), torch.tensor([0, 1, 2, -100])),  # ignored by default
        (nn.CrossEntropyLoss(), (4, 3), torch.full((4, 3), 1 / 3)),  # probabilities
        (nn.CrossEntropyLoss(), (2, 3, 5, 5), torch.zeros(2, 5, 5).long()),  # an image of classes
        (nn.MSELoss(), (4, 2), torch.zeros(4, 2)),
        (lambda o, t: (o - t).mean(), (4, 1), torch.zeros(4)),  # the reader's own is trusted
    ],
)
def test_right_targets_pass(loss_fn, outputs, targets):
    from course_lib.checked_loss import CheckedLoss

    assert CheckedLoss(loss_fn)(torch.zeros(outputs), targets).ndim == 0


def test_targets_are_looked_at_once_in_training_and_once_in_validation(net, dataset, monkeypatch):
    """Not once an epoch: on a GPU each look waits for the device."""
    import course_lib.checked_loss as room

    looks = []
    monkeypatch.setattr(room, "check_targets", lambda *_: looks.append(torch.is_grad_enabled()))
    batches = [dataset.tensors, dataset.tensors]
    course_lib.train_model(net(), batches, batches, 3, device="cpu", progress=False)
    assert looks == [True, False]


def test_the_weights_are_untouched_when_targets_do_not_fit(net, dataset):
    model = net()
    before = [p.clone() for p in model.parameters()]
    batches = [(dataset.tensors[0], dataset.tensors[1].float())]
    with pytest.raises(TypeError, match="int64"):
        course_lib.train_model(model, batches, batches, 1, device="cpu", progress=False)
    assert all(map(torch.equal, before, model.parameters()))
