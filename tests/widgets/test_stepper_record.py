"""The record against independent oracles: torch's own layers, numbers on paper, numpy's view."""

import itertools
import math

import pytest
import torch
from torch import nn

from course_lib.widgets.stepper import Recording, chain_rule, record_steps
from course_lib.widgets.stepper.batch import SmallBatch, small_batch
from course_lib.widgets.stepper.chain_rule import Weight
from course_lib.widgets.stepper.microscope import EPSILON, look_at_every_weight
from course_lib.widgets.stepper.record import build_model

# Hand numbers: W1 = [[1, 0], [0, 1]], W2 = [[1, 1], [0, 0]], x = (ln 3 / 2, 0), label 0.
# tanh(ln 3 / 2) = (3 − 1)/(3 + 1) = 1/2, so h = (1/2, 0), logits = (1/2, 0),
# p0 = e^½ / (e^½ + 1), loss = −ln p0.
FIRST, SECOND, X = [[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]], [math.log(3) / 2, 0.0]
P0 = math.exp(0.5) / (math.exp(0.5) + 1)


def test_the_forward_pass_on_paper() -> None:
    done = chain_rule.forward(FIRST, SECOND, X, label=0)
    assert done.hidden == pytest.approx([0.5, 0.0])
    assert done.logits == pytest.approx([0.5, 0.0])
    assert done.probabilities == pytest.approx([P0, 1 - P0])
    assert done.loss == pytest.approx(-math.log(P0))


def test_the_chain_rule_on_paper() -> None:
    done = chain_rule.forward(FIRST, SECOND, X, label=0)
    assert chain_rule.logit_gradient(done, 0) == pytest.approx([P0 - 1, 1 - P0])
    assert chain_rule.hidden_gradient(done, SECOND, 0) == pytest.approx([P0 - 1, P0 - 1])
    # ∂ℓ/∂W2[0, 0] = (p0 − 1) · h0; ∂ℓ/∂W1[0, 0] = (p0 − 1) · W2[0, 0] · (1 − h0²) · x0
    for weight, slope in [
        (Weight(2, 0, 0), (P0 - 1) * 0.5),
        (Weight(2, 1, 0), (1 - P0) * 0.5),
        (Weight(1, 0, 0), (P0 - 1) * 0.75 * math.log(3) / 2),
    ]:
        found = chain_rule.sample_slope(weight, done, SECOND, X, label=0)
        assert found == pytest.approx(slope)


def test_large_logits_do_not_overflow() -> None:
    done = chain_rule.forward([[100.0]], [[5000.0], [-5000.0]], [1.0], label=1)
    assert done.loss == pytest.approx(10000)
    assert done.probabilities == pytest.approx([1, 0])


def oracle(recording: Recording) -> list[dict[str, torch.Tensor]]:
    """The same training written anew, with a bare matrix product and manual softmax."""
    batch, now = recording.batch, recording.iterations[0]
    first, second = (torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in now.weights)
    one_hot = nn.functional.one_hot(batch.labels, len(batch.class_names)).double()
    rounds = []
    for _ in recording.iterations:
        hidden = torch.tanh(batch.features @ first.T)
        logits = hidden @ second.T
        losses = -(one_hot * (logits - logits.logsumexp(1, keepdim=True))).sum(1)
        grads = torch.autograd.grad(losses.mean(), (first, second))
        rounds.append({"hidden": hidden, "logits": logits, "losses": losses,
                       "first": grads[0], "second": grads[1]})  # fmt: skip
        with torch.no_grad():
            for weight, grad in zip((first, second), grads, strict=True):
                weight -= recording.learning_rate * grad
    return rounds


def test_every_iteration_equals_an_independent_training(recording: Recording) -> None:
    for now, other in zip(recording.iterations, oracle(recording), strict=True):
        close = {"rtol": 1e-9, "atol": 1e-12}
        image = recording.image
        for found, expected in [
            (now.hidden, other["hidden"][image]),
            (now.logits, other["logits"][image]),
            (now.probabilities, other["logits"][image].softmax(0)),
            (now.image_losses, other["losses"]),
            (now.loss, other["losses"].mean()),
            (now.gradients[0], other["first"]),
            (now.gradients[1], other["second"]),
        ]:
            found = torch.tensor(found, dtype=torch.float64)
            torch.testing.assert_close(found, expected.detach(), **close)


def test_hand_autograd_and_finite_difference_agree_everywhere(recording: Recording) -> None:
    for now in recording.iterations:
        assert len(now.slopes) == 4 * 4 + 3 * 4
        for weight, slopes in now.slopes.items():
            for slope in (slopes.output, slopes.image_loss, slopes.loss):
                assert slope.by_hand == pytest.approx(slope.autograd, rel=1e-10, abs=1e-13)
                assert slope.finite_difference == pytest.approx(slope.autograd, abs=1e-9)
            assert slopes.loss.autograd == pytest.approx(now.gradient(weight), abs=1e-15)
            low, high = slopes.nudged
            assert slopes.loss.finite_difference == (high - low) / (2 * EPSILON)


def test_the_three_are_found_apart(recording: Recording) -> None:
    """If one were copied from another, they would agree to the last bit everywhere."""
    slopes = [s.loss for now in recording.iterations for s in now.slopes.values()]
    assert any(s.by_hand != s.autograd for s in slopes)
    assert all(s.finite_difference != s.autograd for s in slopes)


def test_looking_changes_no_weight(recording: Recording) -> None:
    """The nudges are undone exactly: each iteration starts where the one before ended."""
    rounds = recording.iterations
    for before, after in itertools.pairwise(rounds):
        assert after.weights == before.updated
        assert after.loss == pytest.approx(before.loss_after, rel=1e-14)


def test_a_nudge_across_a_power_of_two_is_undone_too(batch: SmallBatch) -> None:
    """There floats get coarser, so that adding ε and taking it away would lose the last bit."""
    generator = torch.Generator().manual_seed(0)
    model = build_model(4, 3, generator)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(0.5 - 1e-6 * torch.rand(weight.shape, generator=generator).double())
    before = [weight.clone() for weight in model.parameters()]
    look_at_every_weight(model, batch, image=0)
    assert all(map(torch.equal, model.parameters(), before))


def test_the_update_by_hand_is_the_optimizers_bit_for_bit(recording: Recording) -> None:
    for now in recording.iterations:
        for weight in now.slopes:
            by_hand = now.weight(weight) - recording.learning_rate * now.gradient(weight)
            assert now.weight(weight, after=True) == by_hand


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])
def test_it_really_learns_for_any_seed(seed: int) -> None:
    losses = record_steps(iterations=12, seed=seed).losses
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))
    assert losses[-1] < 0.75 * losses[0]


def test_the_same_seed_gives_the_same_record(batch: SmallBatch) -> None:
    one, two = (record_steps(iterations=2, seed=3, batch=batch) for _ in range(2))
    assert one.iterations == two.iterations
    assert record_steps(iterations=2, seed=4, batch=batch).losses != one.losses


def test_the_batch_is_real_and_balanced(batch: SmallBatch) -> None:
    assert batch.images.shape == (12, 28, 28) and batch.images.dtype == torch.uint8
    assert batch.labels.bincount().tolist() == [4, 4, 4]
    assert batch.class_names == ("T-shirt/top", "Trouser", "Ankle boot")
    # the first quarter, from its definition, with plain slicing
    quarter = batch.images[:, :14, :14].double().mean(dim=(1, 2)) / 255
    expected = (quarter - quarter.mean()) / quarter.std()
    torch.testing.assert_close(batch.features[:, 0], expected)


def test_recording_leaves_torch_as_it_was(batch: SmallBatch) -> None:
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        record_steps(iterations=1, batch=batch)
        assert torch.get_num_threads() == 3
        assert torch.equal(torch.get_rng_state(), state)
    finally:
        torch.set_num_threads(threads)


def test_what_cannot_be_recorded_is_refused(batch: SmallBatch) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        record_steps(iterations=0, batch=batch)
    with pytest.raises(ValueError, match="from 0 to 11"):
        record_steps(iterations=1, batch=batch, image=12)
    with pytest.raises(ValueError, match="class 1 has 0 images"):
        small_batch(torch.zeros(8, 28, 28), torch.zeros(8), ["a", "b"], classes=(0, 1))
    with pytest.raises(ValueError, match="equally bright"):
        small_batch(torch.zeros(8, 28, 28), torch.zeros(8), ["a"], classes=(0,))


def test_a_rate_that_is_no_power_of_two_trains_too(batch: SmallBatch) -> None:
    recording = record_steps(iterations=3, learning_rate=0.3, batch=batch)
    for now in recording.iterations:
        for weight in now.slopes:
            by_hand = now.weight(weight) - 0.3 * now.gradient(weight)
            assert now.weight(weight, after=True) == pytest.approx(by_hand, rel=1e-15)
