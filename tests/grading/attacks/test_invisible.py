"""Bars and figures that the grader might take for real ones, and nobody at a screen can see."""

import pytest

BAR = """
import io, os, sys
from tqdm import tqdm
BEFORE
def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, samples = 0.0, 0
    HERE
    for inputs, targets in bar:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
        bar.set_postfix(loss=loss.item())
    return total / samples
"""
PLAIN = 'bar = tqdm(dataloader, desc=f"Epoch {epoch}")'
TO = 'bar = tqdm(dataloader, desc=f"Epoch {epoch}", OPTION)'
NOTEBOOKS = "from tqdm.notebook import tqdm"
BARS = {  # name: (before, here, points)
    "honest": ("", PLAIN, 10),
    "honest_in_a_notebook": (NOTEBOOKS, PLAIN, 10),
    "no_width": ("", TO.replace("OPTION", 'bar_format="\\u200b"'), 3),
    "one_column": ("", TO.replace("OPTION", "ncols=1"), 6),
    "into_a_string": ("", TO.replace("OPTION", "file=io.StringIO()"), 3),
    "writes_nothing": ("", f"sys.stderr.write = lambda text: len(text); {PLAIN}", 3),
    "another_stderr": ("", f"sys.stderr = io.StringIO(); {PLAIN}", 3),
    "no_real_stderr": (
        "sys.__stderr__ = io.StringIO()",
        TO.replace("OPTION", "file=sys.__stderr__"),
        3,
    ),
    "says_it_is_displayed": (
        NOTEBOOKS,
        TO.replace("OPTION", "display=False") + "; bar.displayed = True",
        3,
    ),
    "hidden_widget": (NOTEBOOKS, f"{PLAIN}; bar.container.layout.display = 'none'", 3),
    "format_of_its_own": (
        "class tqdm(tqdm): format_meter = staticmethod(lambda *a, **k: '.')",
        PLAIN,
        6,
    ),
}


@pytest.mark.parametrize("name", BARS)
def test_a_bar_that_nobody_sees_earns_what_it_trains(name, earned):
    before, here, points = BARS[name]
    answer = BAR.replace("BEFORE", before).replace("HERE", here)
    assert earned(answer) == ("02_progress_bar", points)


FIGURE = """
import matplotlib.pyplot as plt
from IPython.display import HTML, Image, clear_output, display
BEFORE
class TrainingDashboard:
    def __init__(self, num_epochs):
        self.figure, self.ax = plt.subplots()
        self.told = [], [], []
    def update(self, epoch, train_loss, val_loss):
        for one, value in zip(self.told, (epoch, train_loss, val_loss)): one.append(value)
        self.ax.clear()
        a, = self.ax.plot(self.told[0], self.told[1], label="train loss")
        b, = self.ax.plot(self.told[0], self.told[2], label="validation loss")
        self.ax.set(xlabel="epoch", ylabel="loss")
        self.ax.legend()
        HERE
        clear_output(wait=True)
        SHOW
"""
COVER = "self.figure.add_artist(plt.Rectangle((0, 0), 1, 1, color='white', zorder=99))"
SHOW = "display(self.figure)"
FIGURES = {  # name: (before, here, show, points)
    "honest": ("", "pass", SHOW, 10),
    "no_width": ("", "a.set_linewidth(0); b.set_linewidth(0)", SHOW, 3),
    "covered": ("", COVER, SHOW, 0),
    "axes_invisible": ("", "self.ax.set_visible(False)", SHOW, 0),
    "axes_do_not_draw": ("", "self.ax.draw = lambda renderer: None", SHOW, 0),
    "no_size": ("", "self.figure.set_size_inches(0.01, 0.01)", SHOW, 0),
    "one_dot_an_inch": ("", "self.figure.dpi = 1", SHOW, 0),
    "no_picture": ("", "pass", "display({'image/png': 'x' * 2000 + str(epoch)}, raw=True)", 9),
    "its_own_image": (
        "class Image: data = b'x' * 5000",
        "pass",
        "display(Image())",
        9,
    ),
    "says_it_is_a_figure": (
        "class Fake: __class__ = property(lambda self: plt.Figure)",
        "pass",
        "display(Fake())",
        9,
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_that_nobody_sees_earns_little(name, earned):
    before, here, show, points = FIGURES[name]
    answer = FIGURE.replace("BEFORE", before).replace("HERE", here).replace("SHOW", show)
    assert earned(answer) == ("04_live_dashboard", points)
