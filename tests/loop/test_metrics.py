"""The confusion matrix and F1, against numbers counted by hand."""

import pytest
import torch

from course_lib import confusion_matrix, f1_scores

# Six animals: is / called. Counted by hand: 2 cats right, 1 cat called dog, 1 dog right, 1 dog
# called cat, 1 bird called dog.
CAT, DOG, BIRD = 0, 1, 2
IS = torch.tensor([CAT, CAT, CAT, DOG, DOG, BIRD])
CALLED = torch.tensor([CAT, CAT, DOG, DOG, CAT, DOG])


def test_rows_are_the_truth_and_columns_what_was_said() -> None:
    assert confusion_matrix(CALLED, IS, 3).tolist() == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    # cat: precision 2/3, recall 2/3; dog: precision 1/3, recall 1/2 -> 2/5; bird: never called.
    scores = f1_scores(confusion_matrix(CALLED, IS, 3))
    assert scores.tolist() == pytest.approx([2 / 3, 2 / 5, 0])


def test_a_class_that_is_nowhere_scores_zero_and_not_nan() -> None:
    scores = f1_scores(confusion_matrix(torch.tensor([0, 0]), torch.tensor([0, 0]), 2))
    assert scores.tolist() == [1, 0]


def test_f1_agrees_with_counting_one_class_at_a_time() -> None:
    generator = torch.Generator().manual_seed(0)
    called, truth = torch.randint(5, (2, 200), generator=generator)
    scores = f1_scores(confusion_matrix(called, truth, 5))
    for k in range(5):
        pairs = list(zip((called == k).tolist(), (truth == k).tolist(), strict=True))
        right = sum(says and true for says, true in pairs)
        precision = right / sum(says for says, _ in pairs)
        recall = right / sum(true for _, true in pairs)
        assert scores[k].item() == pytest.approx(2 * precision * recall / (precision + recall))


@pytest.mark.parametrize(
    ("predicted", "targets", "says"),
    [([0, 1], [0], "equally long"), ([0, 3], [0, 1], "from 0 to 2"), ([0, 1], [-1, 1], "to 2")],
)
def test_what_cannot_be_counted_is_refused(predicted: list, targets: list, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        confusion_matrix(torch.tensor(predicted), torch.tensor(targets), 3)
