"""A control for each of Gatys' options that a learner turns, with the defaults of `GatysSettings`."""

import typing
from collections.abc import Callable
from dataclasses import replace

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings, stylize
from nst_helpers.images import Picture
from nst_helpers.losses import layer_weights
from nst_helpers.optimize import Optimizer
from nst_helpers.runtime import describe
from nst_helpers.widgets.controls.layout import explain, labelled
from nst_helpers.widgets.controls.weights import LayerWeights, LogWeight

_GIVEN = "the picture given"


class GatysControls:
    """Controls by the names of the options; those of `GatysSettings` that have none stay as they were given.

    Args:
        settings: what the controls show first.
        content: whose size is taken where ``settings.size`` is None.
    """

    def __init__(self, settings: GatysSettings, content: Picture):
        self._given = settings
        starts = ["content", "noise", *([] if _is_word(settings.init) else [_GIVEN])]
        start = settings.init if _is_word(settings.init) else _GIVEN
        size = settings.size or natural_size(content)
        aligned = labelled()
        self.by_name: dict[str, widgets.DOMWidget] = {
            "content_weight": LogWeight("content weight", float(settings.content_weight)),
            "style_weight": LogWeight("style weight", float(settings.style_weight)),
            "tv_weight": LogWeight("total variation", float(settings.tv_weight)),
            "init": widgets.Dropdown(options=starts, value=start, description="start", **aligned),
            "optimizer": widgets.Dropdown(
                options=typing.get_args(Optimizer), value=settings.optimizer, description="optimizer", **aligned
            ),
            "size": widgets.BoundedIntText(
                value=size, min=min(16, size), max=max(4096, size), step=16, description="size (px)", **aligned
            ),
            "steps": widgets.BoundedIntText(
                value=settings.steps, min=1, max=max(100_000, settings.steps), step=10, description="steps", **aligned
            ),
            "content_layers": LayerWeights(layer_weights(settings.content_layers)),
            "style_layers": LayerWeights(layer_weights(settings.style_layers)),
        }
        texts = describe(stylize)
        for name, control in self.by_name.items():
            explain(getattr(control, "slider", control), texts[name])

    def settings(self, content: Picture) -> GatysSettings:
        """What the controls say, for that content; ValueError where they contradict each other."""
        chosen = {name: control.value for name, control in self.by_name.items()}
        if chosen["init"] == _GIVEN:
            del chosen["init"]
        if self._given.size is None and chosen["size"] == natural_size(content):
            chosen["size"] = None
        for name in ("content_layers", "style_layers"):
            if chosen[name] == layer_weights(given := getattr(self._given, name)):
                chosen[name] = given
        return replace(self._given, **chosen)

    def observe(self, listener: Callable[[], object]) -> None:
        """Call the listener whenever a control has moved."""
        for control in self.by_name.values():
            control.observe(lambda _: listener(), "value")


def natural_size(content: Picture) -> int:
    """The longer side, px, at which `stylize` works where no size is given."""
    return max(content.shape[-2:]) if isinstance(content, Tensor) else DEFAULT_SIZE


def _is_word(init: Picture) -> bool:
    return isinstance(init, str) and init in ("content", "noise")
