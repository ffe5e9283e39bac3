"""Buttons to run, and the line that says how things stand."""

import threading

import ipywidgets as widgets

from nst_helpers.widgets.controls.layout import status


class RunButtons(widgets.HBox):
    """Run, pause (then: resume) and stop; `show` enables those that mean something."""

    def __init__(self) -> None:
        keys = widgets.Layout(width="96px")
        self.run = widgets.Button(description="Run", icon="play", button_style="primary", layout=keys)
        self.pause = widgets.Button(description="Pause", icon="pause", layout=keys)
        self.stop = widgets.Button(description="Stop", icon="stop", layout=keys)
        for button in (self.run, self.pause, self.stop):
            button.add_class(f"nst-{button.description.lower()}")
        super().__init__([self.run, self.pause, self.stop], layout=widgets.Layout(flex="0 0 auto"))
        self.show("idle")

    def show(self, state: str, stopping: bool = False) -> None:
        """Fit the buttons to a job's state."""
        active = state in ("running", "paused")
        self.run.disabled = active
        self.pause.disabled = self.stop.disabled = not active or stopping
        self.pause.description, self.pause.icon = ("Resume", "play") if state == "paused" else ("Pause", "pause")


class StateLine(widgets.HTML):
    """One sentence on how things stand, and under it what went wrong or is worth knowing; from any thread."""

    def __init__(self) -> None:
        self.text, self.remark, self._failed = "", "", False
        self._lock = threading.RLock()  # else what one thread has composed could be shown after what another says later
        super().__init__(layout=widgets.Layout(flex="1 1 auto", min_height="28px"))
        self.add_class("nst-state")

    def show(self, text: str, *, failed: bool = False) -> None:
        """Say how things stand; the remark stays."""
        with self._lock:
            self.text, self._failed = text, failed
            self._write()

    def note(self, remark: str) -> None:
        """Say what went wrong or is worth knowing, until the next remark; "" takes it away."""
        with self._lock:
            self.remark = remark
            self._write()

    def _write(self) -> None:
        lines = [(self.text, self._failed), (self.remark, True)]
        self.value = status(*[(text, alarming) for text, alarming in lines if text])
