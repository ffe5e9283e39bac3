"""Weights on a log scale, weights of layers, buttons to run, and the line that says how things stand."""

import math
from collections.abc import Mapping

import ipywidgets as widgets
import traitlets

from nst_helpers.vgg import layer_names
from nst_helpers.widgets.layout import labelled, status

_BASE, _STEP = 10.0, 0.1


class LogWeight(widgets.HBox):
    """A weight on a log slider, with a field to type it into; the slider's left end is 0, "off".

    Args:
        description: the label.
        value: 0 or more; the slider reaches that far, whatever its range.
        low, high: exponents of 10 at the slider's ends.
    """

    value = traitlets.Float()

    def __init__(self, description: str, value: float, *, low: int = -5, high: int = 3):
        if value:
            low, high = min(low, math.floor(math.log10(value))), max(high, math.ceil(math.log10(value)))
        self._moving = False
        self.slider = widgets.FloatLogSlider(
            base=_BASE,
            min=low - _STEP,
            max=high,
            step=_STEP,
            description=description,
            readout=False,
            **labelled(),
        )
        self.slider.layout.flex = "1 1 auto"
        self.field = widgets.Text(continuous_update=False, layout=widgets.Layout(width="76px", flex="0 0 auto"))
        super().__init__([self.slider, self.field], layout=widgets.Layout(align_items="center"))
        self.observe(self._show, "value")
        self.value = value
        self._show()
        self.slider.observe(self._slid, "value")
        self.field.observe(self._typed, "value")

    def _show(self, change: Mapping | None = None) -> None:
        self.field.value = f"{self.value:g}" if self.value else "off"
        if not self._moving:  # else the slider stands where the mouse holds it
            self._moving = True
            self.slider.value = max(self.value, _BASE**self.slider.min)
            self._moving = False

    def _slid(self, change: Mapping) -> None:
        if not self._moving:
            self._moving = True
            off = change["new"] < _BASE ** (self.slider.min + _STEP / 2)
            self.value = 0.0 if off else float(f"{change['new']:.3g}")
            self._moving = False

    def _typed(self, change: Mapping) -> None:
        text = change["new"].strip().lower().replace(",", ".")
        if text == f"{self.value:g}":
            return
        try:
            weight = 0.0 if text in ("", "off") else float(text)
        except ValueError:
            weight = math.nan
        if 0 <= weight < math.inf:
            self.value = weight
        self._show()


class LayerWeights(widgets.HBox):
    """A number for each layer of VGG-19, one column for each block; 0 leaves a layer out.

    Offered are the ReLUs, which the papers read, and whatever else ``value`` names.
    """

    value = traitlets.Dict()

    def __init__(self, value: Mapping[str, float]):
        offered = [name for name in layer_names() if name.startswith("relu") or name in value]
        self.fields = {
            name: widgets.BoundedFloatText(
                min=0,
                max=1e12,
                step=0.1,
                description=name,
                style={"description_width": "54px"},
                layout=widgets.Layout(width="134px"),
            )
            for name in offered
        }
        blocks = sorted({_block(name) for name in offered})
        columns = [[self.fields[name] for name in offered if _block(name) == block] for block in blocks]
        super().__init__([widgets.VBox(column) for column in columns], layout=widgets.Layout(flex_flow="row wrap"))
        self._showing = False
        self.observe(self._show, "value")
        self.value = dict(value)
        for field in self.fields.values():
            field.observe(self._typed, "value")

    def _show(self, change: Mapping) -> None:
        self._showing = True
        for name, field in self.fields.items():
            field.value = self.value.get(name, 0.0)
        self._showing = False

    def _typed(self, change: Mapping) -> None:
        if not self._showing:
            self.value = {name: field.value for name, field in self.fields.items() if field.value}


def _block(layer: str) -> str:
    return layer.removeprefix("conv").removeprefix("relu").removeprefix("pool")[0]


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
    """One sentence on how things stand, and under it what went wrong or is worth knowing."""

    def __init__(self) -> None:
        self.text, self.remark, self._failed = "", "", False
        super().__init__(layout=widgets.Layout(flex="1 1 auto", min_height="28px"))
        self.add_class("nst-state")

    def show(self, text: str, *, failed: bool = False) -> None:
        """Say how things stand; the remark stays."""
        self.text, self._failed = text, failed
        self._write()

    def note(self, remark: str) -> None:
        """Say what went wrong or is worth knowing, until the next remark; "" takes it away."""
        self.remark = remark
        self._write()

    def _write(self) -> None:
        lines = [(self.text, self._failed), (self.remark, True)]
        self.value = status(*[(text, alarming) for text, alarming in lines if text])
