"""`stylize` with controls: choose, run, watch, pause, stop, save, and read off the call that does the same."""

from dataclasses import replace

import ipywidgets as widgets
from torch import Tensor

from nst_helpers import assets
from nst_helpers.gatys import stylize
from nst_helpers.gatys_settings import GatysSettings
from nst_helpers.images import Picture, load_image
from nst_helpers.optimize import Optimization
from nst_helpers.progress import Progress
from nst_helpers.settings import takes
from nst_helpers.widgets.code import value_differs, write_call
from nst_helpers.widgets.controls import RunButtons, StateLine
from nst_helpers.widgets.curve import LossCurve
from nst_helpers.widgets.gatys_controls import GatysControls
from nst_helpers.widgets.job import BackgroundJob, sentence
from nst_helpers.widgets.layout import column, folded, preformatted, row
from nst_helpers.widgets.pace import Pace, Throttle, duration
from nst_helpers.widgets.picker import PicturePicker
from nst_helpers.widgets.pictures import PictureView
from nst_helpers.widgets.saving import SaveRow

_VIEW_WIDTH, _PREVIEW_HEIGHT, _CURVE_HEIGHT = 400, 300, 170  # CSS px


class StyleStudio(widgets.VBox):
    """A studio for Gatys' method; what it does, `stylize` does.

    It computes in a thread, so the notebook stays usable, and writes its pictures and sentences by value. Controls that
    are moved during a run count from the next run on.

    Args:
        content: a bundled name, a file, a Pillow image or a tensor.
        style: likewise, one painting.
        settings: `GatysSettings`, whose fields are given as keywords.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by the names of the options; each has a ``value``.

    Example:
        >>> studio = StyleStudio("neuschwanstein", "starry_night", steps=100)  # doctest: +SKIP
        >>> studio.run(wait=True).image.shape  # without a mouse  # doctest: +SKIP
        torch.Size([1, 3, 192, 256])
    """

    @takes(GatysSettings)
    def __init__(
        self, content: Picture = "neuschwanstein", style: Picture = "starry_night", *, settings: GatysSettings
    ):
        self._made: dict | None = None  # the pictures and settings of the run that is shown
        self._throttles = {"sentence": Throttle(interval=0.1), "preview": Throttle(), "curve": Throttle()}
        self._pace = Pace()
        self.state = StateLine()
        self.pickers = {
            "content": PicturePicker("content", assets.photos(), content, self.state.note),
            "style": PicturePicker("style", assets.paintings(), style, self.state.note),
        }
        self._bound = GatysControls(settings, content)
        self.controls = self._bound.by_name
        self.buttons, self.preview = RunButtons(), PictureView(_VIEW_WIDTH, _PREVIEW_HEIGHT)
        self.curve = LossCurve(_VIEW_WIDTH, _CURVE_HEIGHT)
        self.saver = SaveRow(lambda: self.picture, "stylized.png")
        self.code_view = widgets.HTML()
        self.job = BackgroundJob(self._job_changed, self._job_reported)
        super().__init__(self._arranged(), layout=widgets.Layout(width="100%", max_width="860px"))
        self._wire()
        self._show_photo()
        self.state.show("Ready: press Run.")
        self._show_code()

    def __repr__(self) -> str:  # stands in the stored outputs of notebooks
        return f"StyleStudio({', '.join(picker.expression for picker in self.pickers.values())})"

    @property
    def settings(self) -> GatysSettings:
        """What the controls say."""
        return self._bound.settings(self.pickers["content"].value)

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
            if settings.scales == 1:  # else the steps decide how many each scale gets
                settings = replace(settings, steps=len(result.history))
        return write_call(stylize, [picker.expression for picker in self.pickers.values()], settings, remarks=remarks)

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
        controls = dict(self.controls)
        folds = folded(
            {
                "Content layers and their weights": controls.pop("content_layers"),
                "Style layers and their weights": controls.pop("style_layers"),
                "Show me the code": self.code_view,
            }
        )
        for part, name in ((self.preview, "nst-preview"), (self.code_view, "nst-code")):
            part.add_class(name)
        left, right = column(*self.pickers.values(), *controls.values()), column(self.preview, self.curve)
        return [row(left, right, align="flex-start"), row(self.buttons, self.state), self.saver, folds]

    def _wire(self) -> None:
        self.buttons.run.on_click(lambda _: self.run())
        self.buttons.pause.on_click(lambda _: self.job.resume() if self.job.state == "paused" else self.job.pause())
        self.buttons.stop.on_click(lambda _: self.stop())
        self._bound.observe(self._show_code)
        for picker in self.pickers.values():
            picker.observe(lambda _: self._show_code(), "value")
        self.pickers["content"].observe(lambda _: self._show_photo(), "value")

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
        self.job.start(lambda callback: stylize(callback=callback, **made))

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
        step, loss = f"step {progress.iteration} of {progress.total}", f"loss {progress.loss:.3g}"
        taken = duration(progress.seconds - job.seconds_paused)
        return {
            "running": f"S{step[1:]} · {loss} · {duration(self._pace.seconds_left(progress))} left",
            "paused": f"Paused at {step} · {loss}",
            "stopped": f"Stopped at {step} after {taken} · {loss}",
            "done": f"Done: {progress.iteration} steps in {taken} · {loss}",
        }[job.state]

    def _show_photo(self) -> None:
        if self._made is None:
            photo = load_image(self.pickers["content"].value, 2 * _VIEW_WIDTH)
            self.preview.show(photo, "the photo, before the first step")

    def _show_code(self) -> None:
        self.code_view.value = preformatted(self.code)
