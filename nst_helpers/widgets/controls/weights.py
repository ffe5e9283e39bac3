"""Weights on a log scale, and weights of layers."""

import math
from collections.abc import Mapping

import ipywidgets as widgets
import traitlets

from nst_helpers.vgg import layer_names
from nst_helpers.widgets.controls.layout import labelled

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
