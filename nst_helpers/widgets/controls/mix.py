"""A slider for each style of a network, beside its painting."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import traitlets

from nst_helpers import assets
from nst_helpers.images import load_image
from nst_helpers.networks import shares_of
from nst_helpers.widgets.controls.layout import explain
from nst_helpers.widgets.controls.pictures import PictureView

_THUMBNAIL = 30  # CSS px
_LABEL_WIDTH = 178  # CSS px: names of paintings are long
_DIGITS = 4  # of a weight: what the front end adds to a step of 0.01 is gone


class MixSliders(widgets.VBox):
    """The weights of styles from 0 to 1; at 0 a style is left out.

    Args:
        styles: their names.
        mix: where the sliders begin: a style's name, or weights, which are divided by their sum.

    Attributes:
        value: the weights above 0, by name.
        sliders: by name.

    Raises:
        ValueError: an unknown style, weights that are negative or all 0.

    Example:
        >>> MixSliders(["starry_night", "whalers"], {"whalers": 1, "starry_night": 3}).value
        {'starry_night': 0.75, 'whalers': 0.25}
    """

    value = traitlets.Dict()

    def __init__(self, styles: Sequence[str], mix: str | Mapping[str, float | int]):
        shares = dict(zip(styles, shares_of(mix, styles, 1)[0].tolist(), strict=True))
        self.sliders = {name: _slider(name) for name in styles}
        super().__init__([_beside_painting(name, slider) for name, slider in self.sliders.items()])
        self._moving = False
        self.observe(self._show, "value")
        self.value = {name: round(share, _DIGITS) for name, share in shares.items() if share}
        for slider in self.sliders.values():
            slider.observe(self._slid, "value")

    def _show(self, change: Mapping) -> None:
        if not self._moving:  # else the rounded weight would push a slider back that a hand has moved on
            self._moving = True
            for name, slider in self.sliders.items():
                slider.value = self.value.get(name, 0.0)
            self._moving = False

    def _slid(self, change: Mapping) -> None:
        if not self._moving:
            self._moving = True
            weights = {name: round(slider.value, _DIGITS) for name, slider in self.sliders.items()}
            self.value = {name: weight for name, weight in weights.items() if weight}
            self._moving = False


def _slider(name: str) -> widgets.FloatSlider:
    slider = widgets.FloatSlider(
        min=0.0,
        max=1.0,
        step=0.01,
        description=name.replace("_", " "),
        style={"description_width": f"{_LABEL_WIDTH}px"},
        layout=widgets.Layout(flex="1 1 auto", width="auto"),
    )
    explain(slider, f"how much of {name}: the weights are divided by their sum.")
    return slider


def _beside_painting(name: str, slider: widgets.FloatSlider) -> widgets.HBox:
    """The slider beside its painting, where that is bundled, else beside a gap."""
    if name in assets.paintings():
        beside = PictureView(_THUMBNAIL, _THUMBNAIL, caption=False)
        beside.show(load_image(name, 2 * _THUMBNAIL), name)
    else:
        beside = widgets.Box(layout=widgets.Layout(width=f"{_THUMBNAIL}px", flex="0 0 auto"))
    return widgets.HBox([beside, slider], layout=widgets.Layout(align_items="center", min_height=f"{_THUMBNAIL}px"))
