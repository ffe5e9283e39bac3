"""What every studio shares: run, watch, pause, stop, save, and read off the call that does the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.optimize import Optimization
from nst_helpers.runtime import Callback, Progress
from nst_helpers.widgets.controls.layout import preformatted
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run.buttons import RunButtons, StateLine
from nst_helpers.widgets.run.call import value_differs, write_call
from nst_helpers.widgets.run.curve import LossCurve
from nst_helpers.widgets.run.job import BackgroundJob, sentence
from nst_helpers.widgets.run.pace import Pace, Throttle, duration
from nst_helpers.widgets.run.saving import SaveRow

VIEW_WIDTH, _PREVIEW_HEIGHT, _CURVE_HEIGHT = 400, 300, 170  # CSS px


class Studio(widgets.VBox):
    """A method with controls. It computes in a thread, so the notebook stays usable, and writes by value.

    Controls that are moved during a run count from the next run on. A studio of its own says what its method is
    (``_method``), what the controls say (``settings``), how it looks (``_arranged``) and what its call needs
    (``_arguments``).

    Args:
        pickers: of the pictures, by the names of the method's parameters.
        save_as: the file name that saving begins with.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by the names of the options; each has a ``value``.
    """

    _method: Callable
    _imports: Iterable[str] = ()
    _term: str | None = None  # of the named losses, shown in place of the total
    controls: Mapping[str, widgets.DOMWidget]

    def __init__(self, state: StateLine, pickers: Mapping[str, PicturePicker], save_as: str):
        self._made: dict | None = None  # the pictures and settings of the run that is shown
        self._throttles = {"sentence": Throttle(interval=0.1), "preview": Throttle(), "curve": Throttle()}
        self._pace = Pace()
        self.state, self.pickers = state, pickers
        self.buttons, self.preview = RunButtons(), PictureView(VIEW_WIDTH, _PREVIEW_HEIGHT)
        self.curve = LossCurve(VIEW_WIDTH, _CURVE_HEIGHT, term=self._term)
        self.saver = SaveRow(lambda: self.picture, save_as)
        self.code_view = widgets.HTML()
        self.job = BackgroundJob(self._job_changed, self._job_reported)
        for part, name in ((self.preview, "nst-preview"), (self.code_view, "nst-code")):
            part.add_class(name)
        super().__init__(self._arranged(), layout=widgets.Layout(width="100%", max_width="860px"))
        self.buttons.run.on_click(lambda _: self.run())
        self.buttons.pause.on_click(lambda _: self.job.resume() if self.job.state == "paused" else self.job.pause())
        self.buttons.stop.on_click(lambda _: self.stop())
        for picker in self.pickers.values():
            picker.observe(lambda _: self._show_code(), "value")
        self.state.show("Ready: press Run.")
        self._show_code()

    def __repr__(self) -> str:  # stands in the stored outputs of notebooks
        return f"{type(self).__name__}({', '.join(picker.expression for picker in self.pickers.values())})"

    @property
    def settings(self) -> object:
        """What the controls say: the method's dataclass."""
        raise NotImplementedError

    @property
    def result(self) -> Optimization | None:
        """What the last run returned: the best picture, the history; None before its end."""
        return self.job.result

    @property
    def picture(self) -> Tensor | None:
        """The best picture of the last run, during it the last picture; None before the first step."""
        if self.result is not None:
            return self.result.image
        return self.job.progress.image if self.job.progress is not None else None

    @property
    def code(self) -> str:
        """The call that makes the picture shown, or, where controls have moved since, the next one."""
        remarks = [picker.remark for picker in self.pickers.values()]
        settings, result, chosen = self.settings, self.result, self._chosen()
        if self._made and any(value_differs(chosen[name], value) for name, value in self._made.items()):
            remarks.append("the controls have moved since the picture shown: this call makes the next one")
        elif result is not None and result.interrupted:
            remarks.append(f"stopped at step {len(result.history)} of {settings.steps}")
            settings = self._stopped_after(settings, len(result.history))
        return write_call(self._method, self._expressions(), settings, remarks=remarks, imports=self._imports)

    def run(self, *, wait: bool = False) -> Optimization | None:
        """Start as the button does; with ``wait``, return the result at its end, None where it failed.

        Ctrl-C while it waits stops the run and returns the best picture so far.
        """
        if self.job.active:
            self.state.note("It is running already: stop it first.")
            return None
        try:
            self._start()
        except (ValueError, TypeError, MemoryError) as error:
            self.state.note(f"Not started: {sentence(error)}")
            return None
        if not wait:
            return None
        try:
            self.job.wait()
        except KeyboardInterrupt:
            self.job.close()
        return self.result

    def stop(self, *, wait: bool = False) -> None:
        """Stop after the step under way, as the button does; with ``wait``, return when it has stopped."""
        self.job.stop()
        if wait:
            self.job.wait()

    def close(self) -> None:
        """Stop, and take the widget off the page."""
        if hasattr(self, "job"):
            self.job.close()
            for picker in self.pickers.values():
                picker.close()
        super().close()

    def _arranged(self) -> list[widgets.Widget]:
        raise NotImplementedError

    def _expressions(self) -> Sequence[str]:
        """The method's positional arguments, as a program writes them."""
        return [picker.expression for picker in self.pickers.values()]

    def _call(self, callback: Callback, made: Mapping[str, object]) -> Optimization:
        """Run the method on what was chosen, in the job's thread."""
        return self._method(callback=callback, **made)

    def _stopped_after(self, settings: object, steps: int) -> object:
        """The settings that make what a stopped run made."""
        return replace(settings, steps=steps)

    def _chosen(self) -> dict[str, object]:
        """Everything that decides what the picture becomes."""
        return {name: picker.value for name, picker in self.pickers.items()} | vars(self.settings)

    def _start(self) -> None:
        self._made = made = self._chosen()
        self._pace = Pace()
        for throttle in self._throttles.values():
            throttle.reset()
        self.curve.start(made["steps"])
        self.state.note("")
        self.job.start(lambda callback: self._call(callback, made))

    def _job_reported(self, progress: Progress) -> None:
        """In the job's thread, after each step."""
        self._pace.add(progress, self.job.seconds_paused)
        self.curve.add(progress)
        if progress.note:
            self.state.note(progress.note)
        for part, show in (
            ("sentence", lambda: self.state.show(self._standing())),
            ("preview", lambda: self._show_picture(f"step {progress.iteration} of {progress.total}")),
            ("curve", self.curve.draw),
        ):
            if self._throttles[part].due:
                with self._throttles[part].drawing():
                    show()

    def _job_changed(self) -> None:
        """In either thread, when the job has started, paused, resumed, been asked to stop, or ended."""
        self.buttons.show(self.job.state, self.job.stopping)
        self.state.show(self._standing(), failed=self.job.state == "failed")
        self._show_code()
        if self.result is not None:
            self._show_picture(f"the best of {len(self.result.history)} steps")
            self.curve.draw()

    def _show_picture(self, text: str) -> None:
        picture = self.picture
        if picture is not None and picture.isfinite().all():  # a step that went wrong is taken back, and noted
            self.preview.show(picture, text)

    def _standing(self) -> str:
        """How things stand, in a sentence."""
        job, progress = self.job, self.job.progress
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

    def _show_code(self) -> None:
        self.code_view.value = preformatted(self.code)
