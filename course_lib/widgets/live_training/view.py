"""The dashboard a reader touches: two buttons, one picture, one sentence. The rest is elsewhere."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable

from course_lib.history import History
from course_lib.widgets import svg
from course_lib.widgets.live_training import picture, words
from course_lib.widgets.live_training.progress import Frame, State
from course_lib.widgets.live_training.threads import run_here, start
from course_lib.widgets.live_training.worker import Worker, threads_beside_a_browser
from course_lib.widgets.shown import Shown

TRACEBACK = (
    "<details><summary>Traceback</summary>"
    '<pre style="white-space:pre-wrap;overflow:auto;max-height:300px">{}</pre></details>'
)


class LiveTraining(Shown):
    """A run and its dashboard; :func:`train_live` makes it.

    ``widget`` is the box of widgets, ``frame`` the run at this moment, ``history`` the record of
    the finished epochs.
    """

    def __init__(self, worker: Worker, say: Callable[[Frame], str] = words.say) -> None:
        import ipywidgets

        self._worker, self._say = worker, say
        self._threads: list[threading.Thread] = []
        self._hold = ipywidgets.Button(description="Pause", button_style="primary")
        self._stop = ipywidgets.Button(description="Stop")
        self._hold.on_click(lambda _: worker.go_on() if worker.paused else worker.pause())
        self._stop.on_click(lambda _: worker.stop())
        for button in (self._hold, self._stop):
            button.layout.width = "96px"
        self._page = ipywidgets.HTML()
        self._traceback = ipywidgets.HTML()
        self._traceback.layout.display = "none"
        super().__init__(
            [ipywidgets.HBox([self._hold, self._stop]), self._page, self._traceback],
            picture=lambda: picture.whole(self.frame, say(self.frame)),
            text=lambda: words.as_text(self.frame),
            alt="Training and validation loss of a live run, epoch by epoch, with its latest "
            "numbers; run the cell to train, pause and stop.",
            caption=words.CAPTION,
            title="Live training",
        )
        self._draw()

    # ---- the run ----

    @property
    def frame(self) -> Frame:
        """The run at this moment."""
        return self._worker.progress.frame()

    @property
    def history(self) -> History:
        """The record of the epochs that have finished so far."""
        return self._worker.history

    def pause(self) -> None:
        """What the button Pause does: hold the run before its next batch."""
        self._worker.pause()

    def go_on(self) -> None:
        """What the button Continue does."""
        self._worker.go_on()

    def stop(self) -> None:
        """What the button Stop does: end the run when the batch under way is finished."""
        self._worker.stop()

    def wait(self) -> History:
        """Wait for the end of the run and return its history; a paused run goes on.

        Buttons cannot act while a cell waits, so an interrupt (the square in the toolbar) stops
        the run instead.

        Raises:
            Exception: the one that ended the run, if one did.
        """
        self._worker.go_on()
        try:
            while not self._worker.over.wait(0.1):  # on Windows no interrupt ends a longer wait
                pass
        except KeyboardInterrupt:
            self._worker.stop()
        for thread in self._threads:
            thread.join()
        if self._worker.error is not None:
            raise self._worker.error
        return self.history

    def start(self, before: Worker | None = None) -> None:
        """Train in one thread and draw in another; wait for the run ``before`` to leave first."""
        threads = threads_beside_a_browser()
        self._threads = start(self._worker, self._draw, before, threads)

    def run_headless(self, before: Worker | None = None, seconds: float = 100.0) -> None:
        """Train in this thread, at most ``seconds`` long, and draw once, at the end."""
        run_here(self._worker, before, seconds)
        self._draw()
        if self._worker.error is not None:
            raise self._worker.error

    # ---- the picture ----

    def _draw(self) -> None:
        """Put this moment on the page, in one message, so that its parts always agree."""
        frame = self.frame
        sentence = self._say(frame)
        self._hold.description = "Continue" if self._worker.paused else "Pause"
        self._hold.disabled = self._stop.disabled = frame.state.over
        if frame.state is State.FAILED:
            self._traceback.value = TRACEBACK.format(html.escape(self._worker.traceback))
            self._traceback.layout.display = ""
        # last: what the state says is then true of the buttons
        self._page.value = (
            f'<div class="course-state">{html.escape(words.state_line(frame))}</div>'
            f"{svg.wrapping(picture.parts(frame), gap=0)}"
            f'<div class="course-words" style="min-height:63px">{html.escape(sentence)}</div>'
        )
