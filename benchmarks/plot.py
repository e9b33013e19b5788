"""Draw the CPU figures for the README: ``results/cpu.json`` → ``docs/benchmark.png``."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

SOURCE = Path(__file__).parent / "results" / "cpu.json"
TARGET = Path(__file__).parent.parent / "docs" / "benchmark.png"
TASK = "MLP, batch 32"
BLUE, GREY, INK = "#0072B2", "#B8BDC4", "#2B2F36"


def draw(report: dict, task: str = TASK) -> Figure:
    """One bar a loop, the fastest on top; the length is CPU time as a multiple of the fastest."""
    loops = report["tasks"][task]["loops"]
    rows = sorted(loops.items(), key=lambda item: item[1]["multiple"], reverse=True)
    own = loops["train_model"]["multiple"]
    with plt.rc_context({"font.family": "DejaVu Sans", "font.size": 12, "text.color": INK}):
        size = (7.6, 1.0 + 0.38 * len(rows))
        figure, axes = plt.subplots(figsize=size, layout="constrained")
        figure.get_layout_engine().set(rect=(0, 0, 1, 1 - 0.8 / size[1]))
        for height, (name, row) in enumerate(rows):
            ours = name == "train_model"
            multiple, (low, high) = row["multiple"], row["multiple_quartiles"]
            axes.barh(height, multiple, height=0.68, color=BLUE if ours else GREY)
            if name != "fastest":
                axes.plot((low, high), (height, height), color=INK, linewidth=1.2)
            axes.annotate(
                f"{multiple:.2f}×",
                (max(multiple, high), height),
                (6, 0),
                textcoords="offset points",
                va="center",
                weight="bold" if ours else "normal",
            )
        axes.set_yticks(range(len(rows)), [LABELS.get(name, name) for name, _ in rows])
        for label, (name, _) in zip(axes.get_yticklabels(), rows, strict=True):
            label.set_weight("bold" if name == "train_model" else "normal")
        figure.text(0.01, 0.985, _message(own), va="top", weight="bold", fontsize=14)
        figure.text(0.01, 0.985 - 0.34 / size[1], _conditions(report, task), va="top", fontsize=9.5)
        axes.tick_params(length=0, colors=INK)
        axes.xaxis.set_visible(False)
        axes.spines[:].set_visible(False)
        axes.margins(x=0.09)
    return figure


LABELS = {"fastest": "fastest plain PyTorch loop", "textbook": "textbook loop"}


def _message(own: float) -> str:
    percent = round(100 * (own - 1))
    if percent <= 0:
        return "train_model costs no more than the fastest plain loop"
    return f"train_model costs {percent} % more than the fastest plain loop"


def _conditions(report: dict, task: str) -> str:
    images = report["tasks"][task]["train_images"]
    return (
        f"CPU time of an epoch as a multiple of that loop's: {task.replace(', ', ' at ')}, "
        f"{images:,} images, same mathematics in all.\n"
        f"Median and quartiles of {report['rounds']} interleaved rounds; {report['device']}, "
        f"torch {report['versions']['torch'].partition('+')[0]}."
    )


def main() -> int:
    figure = draw(json.loads(SOURCE.read_text()))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(TARGET, dpi=200, metadata={"Software": None})
    print(f"Written to {TARGET}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
