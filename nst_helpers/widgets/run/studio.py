"""What the studios of methods that take steps share: run, watch, pause, stop, and the call that does the same."""

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.optimize import Optimization
from nst_helpers.runtime import Callback, Progress
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.controls.text import sentence
from nst_helpers.widgets.run.buttons import RunButtons, StateLine
from nst_helpers.widgets.run.call import value_differs, write_call
from nst_helpers.widgets.run.job import BackgroundJob
from nst_helpers.widgets.run.panel import Panel
from nst_helpers.widgets.run.view import RunView, reached_picture


class Studio(Panel):
    """A method with controls, a button to run it, and buttons to pause and stop it.

    Controls that are moved during a run count from the next run on. A studio of its own says what its method is
    (``_method``), how it looks (``_arranged``), and what its call needs where that is more than pictures and options
    (``_expressions``, ``_call``).

    Args:
        pickers: of the pictures, by the names of the method's parameters.
        fields: controls of the method's options.
        save_as: the file name that saving begins with.
        others: controls of what is no option, by name.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.
    """

    _method: Callable
    _imports: Iterable[str] = ()
    _term: str | None = None  # of the named losses, shown in place of the total
    _parts: Callable[[Progress], Mapping[str, float]] | None = None  # of a report, each a curve of its own

    def __init__(
        self,
        state: StateLine,
        pickers: Mapping[str, PicturePicker],
        fields: FieldControls,
        save_as: str,
        *,
        others: Mapping[str, widgets.DOMWidget] = types.MappingProxyType({}),
    ):
        self._made: dict | None = None  # the pictures and settings of the run that is shown
        self._stood: tuple[dict | None, Optimization | None] = None, None  # that and its result, before the last start
        self._view = RunView(state, term=self._term, parts=self._parts, on_picture=self._shown)
        self.preview, self.curve = self._view.preview, self._view.curve
        self.buttons = RunButtons()
        self.job = BackgroundJob(self._job_changed, lambda progress: self._view.show_step(self.job, progress))
        super().__init__(state, pickers, fields, save_as, others=others)
        self.saver.button.disabled = True  # until there is a picture
        self.buttons.run.on_click(lambda _: self.run())
        self.buttons.pause.on_click(lambda _: self.job.resume() if self.job.state == "paused" else self.job.pause())
        self.buttons.stop.on_click(lambda _: self.stop())
        self.state.show("Ready: press Run.")

    @property
    def views(self) -> list[PictureView]:
        """Where pictures are shown."""
        return [self.preview]

    @property
    def result(self) -> Optimization | None:
        """What the last run returned: the best picture, the history; None before its end.

        Where a start has failed before its first step, it is the run's that was there before.
        """
        return self._stood[1] if self._never_began else self.job.result

    @property
    def picture(self) -> Tensor | None:
        """The best picture of the last run, during it the last picture; None before the first step."""
        if self._never_began:
            return None if self.result is None else self.result.image
        return reached_picture(self.job)

    @property
    def code(self) -> str:
        """The call that makes the picture shown, or, where something else has been chosen since, the next one."""
        remarks = [picker.remark for picker in self.pickers.values()]
        settings, result, chosen = self.settings, self.result, self._chosen()
        if self._made and any(value_differs(chosen[name], value) for name, value in self._made.items()):
            remarks.append("the choices have changed since the picture shown: this call makes the next one")
        elif result is not None and result.interrupted:
            remarks.append(f"stopped at step {len(result.history)} of {settings.steps}")
            if getattr(settings, "scales", 1) == 1:  # else they share the steps
                settings = replace(settings, steps=len(result.history))
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
        return self.job.result

    def stop(self, *, wait: bool = False) -> None:
        """Stop after the step under way, as the button does; with ``wait``, return when it has stopped."""
        self.job.stop()
        if wait:
            self.job.wait()

    def _expressions(self) -> Sequence[str]:
        """The method's positional arguments, as a program writes them."""
        return [picker.expression for picker in self.pickers.values()]

    def _call(self, callback: Callback, made: Mapping[str, object]) -> Optimization:
        """Run the method on what was chosen, in the job's thread."""
        return self._method(callback=callback, **made)

    @property
    def _never_began(self) -> bool:
        """Whether the last start failed before its first step."""
        return self.job.state == "failed" and self.job.progress is None

    def _shown(self, picture: Tensor) -> None:
        self.saver.button.disabled = False
        self._picture_shown(picture)

    def _picture_shown(self, picture: Tensor) -> None:
        """In either thread, whenever a picture of the run is shown."""

    def _chosen(self) -> dict[str, object]:
        """Everything that decides what the picture becomes."""
        values = {name: part.value for name, part in {**self.pickers, **self._others}.items()}
        return values | vars(self.settings)

    def _start(self) -> None:
        made = self._chosen()
        self._stood, self._made = (self._made, self.result), made
        self._view.start(made["steps"])
        self.job.start(lambda callback: self._call(callback, made))

    def _job_changed(self) -> None:
        """In either thread, when the job has started, paused, resumed, been asked to stop, or ended."""
        self.buttons.show(self.job.state, self.job.stopping)
        if self._never_began:
            self._made = self._stood[0]
            self.curve.restore()
        self._show_code()
        self._view.show_change(self.job)
