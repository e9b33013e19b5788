"""The figure of what a second process gains."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path

from course_lib.measurements import measurement
from course_lib.plots import plot_scaling

ROW = {"alone_seconds": 3.0, "half_seconds": 1.0, "together_seconds": 2.0, "exchange_seconds": 0.2}


def rows(*models: str) -> list[dict]:
    return [
        {"model": model, "batch_size": size, **ROW, "together_seconds": 2.0 / (1 + place)}
        for model in models
        for place, size in enumerate((32, 128))
    ]


def test_speed_ups_are_ratios_to_one_process() -> None:
    (ax,) = plot_scaling(rows("net"), title="t").axes
    measured, expected = ax.lines[:2]
    assert list(measured.get_xdata()) == [32, 128]
    assert list(measured.get_ydata()) == [1.5, 3.0]
    assert list(expected.get_ydata()) == pytest.approx([2.5, 2.5])
    assert ax.get_title(loc="left") + ax.get_title() == "t"


def test_each_model_is_named_at_its_end_and_none_is_left_out() -> None:
    (ax,) = plot_scaling(rows("a", "b", "c"), title="t").axes
    assert {"a", "b", "c"} <= {text.get_text() for text in ax.texts}
    for wrong in ([], rows(*"abcde")):
        with pytest.raises(ValueError, match="1 to 4 models"):
            plot_scaling(wrong, title="t")


def test_the_shipped_rows_can_be_drawn() -> None:
    (ax,) = plot_scaling(measurement("distributed")["rows"], title="t").axes
    assert len(ax.lines) == 2 * 3 + 1


def test_no_word_stands_on_a_line_or_on_another_word() -> None:
    fig = plot_scaling(measurement("distributed")["rows"], title="t")
    FigureCanvasAgg(fig).draw()
    (ax,) = fig.axes
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == 4
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:place])
        for line in ax.lines:
            points = line.get_transform().transform(line.get_xydata())
            assert not Path(points).intersects_bbox(box, filled=False)
