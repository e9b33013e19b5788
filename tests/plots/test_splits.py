"""Figures about splits: what is drawn is what was given."""

import pytest

from course_lib import plots
from course_lib.metrics import accuracy_interval


def test_error_bars_are_drawn_at_their_sizes_with_their_numbers() -> None:
    fig = plots.plot_error_bars({"few": 10, "many": 10_000}, accuracy=0.85, title="Ours")
    (ax,) = fig.axes
    bars = {tuple(line.get_xdata()): line.get_ydata() for line in ax.lines}
    for name, size in (("few", 10), ("many", 10_000)):
        low, high = accuracy_interval(0.85, size)
        assert list(bars[(size, size)]) == pytest.approx([100 * low, 100 * high])
        label = next(t for t in ax.texts if t.get_text().startswith(name))
        assert f"{100 * low:.1f} to {100 * high:.1f}" in label.get_text() and label.xy[0] == size
    assert ax.get_xscale() == "log" and ax.get_title(loc="left") == "Ours"
    assert ax.get_ylim()[1] == 100 and "%" in ax.get_ylabel()
    with pytest.raises(ValueError, match="at least one"):
        plots.plot_error_bars({}, accuracy=0.85, title="x")


def test_class_counts_are_the_lengths_of_the_bars() -> None:
    fig = plots.plot_class_counts({"a": [3, 0], "b": [1, 2]}, ["shirt", "bag"], title="Ours")
    for ax, counts in zip(fig.axes, ([3, 0], [1, 2]), strict=True):
        assert [bar.get_width() for bar in ax.patches] == counts
        assert [t.get_text() for t in ax.texts] == [str(n) for n in counts]
        assert [t.get_text() for t in ax.get_yticklabels()] == ["shirt", "bag"]
        assert ax.yaxis_inverted()
        assert ax.get_xlim() == fig.axes[0].get_xlim(), "one scale, or the two do not compare"
    for wrong in ({}, {"a": [1]}, {"a": [1, 2], "b": [1, 2], "c": [1, 2]}):
        with pytest.raises(ValueError, match=r"way|ways"):
            plots.plot_class_counts(wrong, ["shirt", "bag"], title="x")


def test_the_best_of_many_shows_both_scores_in_percent() -> None:
    fig = plots.plot_best_of_many([0.5, 0.6, 0.65], [0.5, 0.48, 0.499], title="Ours")
    (ax,) = fig.axes
    test, fresh = ax.lines
    assert list(test.get_xdata()) == [1, 2, 3]
    assert list(test.get_ydata()) == pytest.approx([50, 60, 65])
    assert list(fresh.get_ydata()) == pytest.approx([50, 48, 49.9])
    assert {t.get_text() for t in ax.texts} == {"on the test set 65.0", "fresh 49.9"}
    assert test.get_color() == "#009E73" and test.get_linestyle() != fresh.get_linestyle()
    assert ax.get_ylim() == (0, 100)
    for wrong in (([], []), ([0.5], [0.5, 0.6])):
        with pytest.raises(ValueError, match="equally long"):
            plots.plot_best_of_many(*wrong, title="x")
