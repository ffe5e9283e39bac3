"""A run on the screen: how it stands in a sentence, its last picture, and its curve."""

from collections.abc import Callable, Mapping

from torch import Tensor

from nst_helpers.runtime import Progress
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.curve import LossCurve
from nst_helpers.widgets.run.job import BackgroundJob
from nst_helpers.widgets.run.pace import Pace, Throttle, duration

VIEW_WIDTH, _PREVIEW_HEIGHT, _CURVE_HEIGHT = 384, 288, 170  # CSS px


class RunView:
    """Sentence, picture and curve of a job, each drawn as often as its drawing allows.

    Args:
        state: the line for the sentence.
        term: of the named losses, shown in place of the total.
        parts: of a report, by label, each a curve of its own in place of the total's.
        on_picture: called with each picture that is shown.

    Attributes:
        preview, curve: the widgets.
    """

    def __init__(
        self,
        state: StateLine,
        *,
        term: str | None = None,
        parts: Callable[[Progress], Mapping[str, float]] | None = None,
        on_picture: Callable[[Tensor], object],
    ):
        self._state, self._term, self._on_picture = state, term, on_picture
        self._throttles = {"sentence": Throttle(interval=0.1), "preview": Throttle(), "curve": Throttle()}
        self._pace = Pace()
        self.preview, self.curve = (
            PictureView(VIEW_WIDTH, _PREVIEW_HEIGHT),
            LossCurve(VIEW_WIDTH, _CURVE_HEIGHT, term=term, parts=parts),
        )
        self.preview.add_class("nst-preview")

    def start(self, total: int) -> None:
        """Begin anew, for a run of so many steps."""
        self._pace = Pace()
        for throttle in self._throttles.values():
            throttle.reset()
        self.curve.start(total)
        self._state.note("")

    def show_step(self, job: BackgroundJob, progress: Progress) -> None:
        """After each step, in the job's thread."""
        self._pace.add(progress, job.seconds_paused)
        self.curve.add(progress)
        if progress.note:
            self._state.note(progress.note)
        for part, show in (
            ("sentence", lambda: self._state.show(self._standing(job))),
            ("preview", lambda: self._show_picture(job, f"step {progress.iteration} of {progress.total}")),
            ("curve", self.curve.draw),
        ):
            if self._throttles[part].due:
                with self._throttles[part].drawing():
                    show()

    def show_change(self, job: BackgroundJob) -> None:
        """In either thread, when the job has started, paused, resumed, been asked to stop, or ended."""
        self._state.show(self._standing(job), failed=job.state == "failed")
        if job.result is not None:
            self._show_picture(job, f"the best of {len(job.result.history)} steps")
            self.curve.draw()

    def _show_picture(self, job: BackgroundJob, text: str) -> None:
        picture = reached_picture(job)
        if picture is not None and picture.isfinite().all():  # a step that went wrong is taken back, and noted
            self.preview.show(picture, text)
            self._on_picture(picture)

    def _standing(self, job: BackgroundJob) -> str:
        """How things stand, in a sentence."""
        progress = job.progress
        if job.stopping:
            return "Stopping at the end of this step …"
        if job.state == "failed":
            return f"Failed: {job.error}"
        if progress is None:
            return "Stopped before the first step." if job.state == "stopped" else "Reading pictures and network …"
        step, loss = f"step {progress.iteration} of {progress.total}", self._reached(progress)
        taken = duration(progress.seconds - job.seconds_paused)
        return {
            "running": f"S{step[1:]} · {loss} · {duration(self._pace.seconds_left(progress))} left",
            "paused": f"Paused at {step} · {loss}",
            "stopped": f"Stopped at {step} after {taken} · {loss}",
            "done": f"Done: {progress.iteration} steps in {taken} · {loss}",
        }[job.state]

    def _reached(self, progress: Progress) -> str:
        value = progress.loss if self._term is None else progress.losses[self._term]
        return f"{self._term or 'loss'} {value:.3g}"


def reached_picture(job: BackgroundJob) -> Tensor | None:
    """The best picture of a run that has ended, during it the last one; None before the first step."""
    if job.result is not None:
        return job.result.image
    return job.progress.image if job.progress is not None else None
