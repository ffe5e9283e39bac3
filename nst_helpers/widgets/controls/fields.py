"""A control for each field of a settings dataclass, from its annotation, its value and what its docstring says."""

import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

import ipywidgets as widgets

from nst_helpers.losses import Layers, layer_weights
from nst_helpers.runtime import Number, Weight, describe, option_types
from nst_helpers.widgets.controls.layout import explain, labelled
from nst_helpers.widgets.controls.weights import LayerWeights, LogWeight

AS_GIVEN = "as given"  # among the words of a dropdown: a value that is no word, such as a picture
_FARTHEST = {"px": 4096}  # that can be chosen where the annotation sets no upper end, by unit
_FARTHEST_OTHERS = 100_000
_LONGEST_SLIDER = 1000  # whole numbers
_DIGITS = 10  # of a slider's number: what the front end adds to its steps is gone


class FieldControls:
    """Controls by the names of a dataclass's fields; fields that have none stay as they were given.

    Args:
        method: a function made by `runtime.takes`, whose options they are.
        given: what the controls show first.
        names: of the fields that get one.
        in_use: by name, what the method takes where a field is None.

    Attributes:
        by_name: the controls; each has a ``value``.

    Example:
        >>> from nst_helpers.gatys import GatysSettings, stylize
        >>> controls = FieldControls(stylize, GatysSettings(), ["steps", "optimizer"])
        >>> controls.by_name["steps"].value = 5
        >>> controls.settings == GatysSettings(steps=5)
        True
    """

    def __init__(
        self,
        method: Callable,
        given: object,
        names: Sequence[str],
        *,
        in_use: Mapping[str, Callable[[], object]] = types.MappingProxyType({}),
    ):
        self._given, self._in_use, self._kinds = given, in_use, option_types(type(given))
        texts = describe(method)
        self.by_name: dict[str, widgets.DOMWidget] = {
            name: make_control(name, self._kinds[name], self._shown(name, given), texts.get(name, "")) for name in names
        }

    @property
    def settings(self) -> object:
        """What the controls say, in the dataclass given; ValueError where they contradict each other."""
        values = {name: _chosen(control) for name, control in self.by_name.items()}
        moved = {name: value for name, value in values.items() if value != self._shown(name, self._given)}
        return replace(self._given, **moved)

    def show(self, settings: object | None = None, **options: object) -> None:
        """Move the controls to what settings say, or to what was given with these options in place of its own."""
        wanted = replace(self._given, **options) if settings is None else settings
        for name, control in self.by_name.items():
            control.value = self._shown(name, wanted)

    def _shown(self, name: str, settings: object) -> object:
        """How a control shows what settings say."""
        value = getattr(settings, name)
        if value is None and name in self._in_use:
            return self._in_use[name]()
        if self._kinds[name] == Layers:
            return layer_weights(value)
        words = _words(self._kinds[name])
        return AS_GIVEN if words and not (isinstance(value, str) and value in words) else value


def make_control(name: str, kind: object, value: object, text: str = "") -> widgets.DOMWidget:
    """The control for a value of a type: one for ``True`` and ``False``, words, numbers, weights, and layers' weights.

    Args:
        name: the label, with the unit that the type has.
        kind: the type, as a settings dataclass annotates it.
        value: to begin with.
        text: shown when the mouse rests on the control.
    """
    kind, label = _without_none(kind), name.replace("_", " ")
    bounds = next((part for part in typing.get_args(kind) if isinstance(part, Number)), Number())
    number = typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind
    if kind == Layers:
        control = LayerWeights(value)
    elif words := _words(kind):
        options = words if value in words else [*words, value]
        control = widgets.Dropdown(options=options, value=value, description=label, **labelled())
    elif kind is bool:
        control = widgets.Checkbox(value=value, description=label, **labelled())
    elif kind == Weight:
        control = LogWeight(label, float(value))
    elif number in (int, float):
        control = _make_number(f"{label} ({bounds.unit})" if bounds.unit else label, number, bounds, value)
    else:
        raise TypeError(f"{name} has no control: none is made for {kind}.")
    explain(getattr(control, "slider", control), text)
    return control


def _make_number(label: str, number: type, bounds: Number, value: float | int) -> widgets.DOMWidget:
    """A slider where both ends are near, else a field; of an end that doesn't belong to the range, a step inwards."""
    low, high = max(bounds.least, bounds.above), min(bounds.most, bounds.below)
    is_slider = high - low <= _LONGEST_SLIDER if number is int else math.isfinite(high - low)
    step = 1 if number is int else (high - low) / 100 if is_slider else None
    inwards = step or 0
    low += inwards if low == bounds.above else 0
    high -= inwards if high == bounds.below else 0
    farthest = max(_FARTHEST.get(bounds.unit, _FARTHEST_OTHERS), abs(value))
    low, high = max(low, -farthest), high if math.isfinite(high) else farthest
    kinds = {
        (int, True): widgets.IntSlider,
        (int, False): widgets.BoundedIntText,
        (float, True): widgets.FloatSlider,
        (float, False): widgets.BoundedFloatText,
    }
    return kinds[number, is_slider](min=low, max=high, value=value, step=step, description=label, **labelled())


def _chosen(control: widgets.DOMWidget) -> object:
    """What a control says."""
    return round(control.value, _DIGITS) if isinstance(control, widgets.FloatSlider) else control.value


def _words(kind: object) -> list[str]:
    """The words that a Literal allows, alone or beside other types."""
    parts = typing.get_args(kind) if _is_union(kind) else (kind,)
    return [word for part in parts if typing.get_origin(part) is Literal for word in typing.get_args(part)]


def _without_none(kind: object) -> object:
    """T of ``T | None``."""
    parts = [part for part in typing.get_args(kind) if part is not type(None)]
    return parts[0] if _is_union(kind) and len(parts) == 1 else kind


def _is_union(kind: object) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)
