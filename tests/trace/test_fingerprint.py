"""Fingerprints: by torch or by Python, of a view or a copy, they are the same two numbers."""

import pytest
import torch

from course_lib.trace.fingerprint import compare, fingerprint, fingerprint_now


def by_torch(batch):
    return len(batch), *fingerprint(batch).tolist()


@pytest.mark.parametrize(
    "batch",
    [
        torch.arange(40),
        torch.tensor([True, False, True]),
        torch.randn(30, 3, 9, 9),
        torch.randn(9, 30, 200).transpose(0, 1),
        torch.randn(256, 65).to(torch.bfloat16),
        torch.randn(300, 7, requires_grad=True),
        torch.randint(0, 99, (60, 12))[::2],
    ],
    ids=["classes", "bits", "images", "not contiguous", "bfloat16", "many samples", "every other"],
)
def test_python_and_torch_agree(batch):
    assert fingerprint_now(batch) == pytest.approx(by_torch(batch), rel=1e-9, abs=1e-9)
    assert fingerprint_now(batch.clone()) == fingerprint_now(batch)
    assert fingerprint_now(batch.flatten(1) if batch.dim() > 1 else batch[:, None]) == (
        fingerprint_now(batch)
    )


@pytest.mark.parametrize("samples", [64, 400])
def test_order_and_content_are_told_apart(samples):
    batch = torch.randn(samples, 20)
    known = fingerprint_now(batch)
    assert compare(known, fingerprint_now(batch.clone())) == "same"
    assert compare(known, fingerprint_now(batch.flip(0))) == "permuted"
    assert compare(known, fingerprint_now(batch * 1.01)) == "other"
    assert compare(known, fingerprint_now(batch[:-1])) == "other"
    classes = torch.tensor([1, 4] * (samples // 2)), torch.tensor([2, 3] * (samples // 2))
    assert compare(*map(fingerprint_now, classes)) == "other"


@pytest.mark.parametrize(
    "draw",
    [
        lambda: torch.eye(12)[torch.randint(0, 12, (36,))],
        lambda: torch.zeros(36, 30).scatter_add_(
            1, torch.randint(0, 30, (36, 25)), torch.ones(36, 25)
        ),
        lambda: torch.randn(36, 20).softmax(1),
    ],
    ids=["one-hot", "word counts", "shares"],
)
def test_samples_that_all_have_the_same_sum_are_told_apart(draw):
    assert compare(fingerprint_now(draw()), fingerprint_now(draw())) == "other"
