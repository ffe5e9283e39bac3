"""A pad with a picture in each corner: two sliders along the sides of what stands between them."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from nst_helpers import assets
from nst_helpers.images import Picture
from nst_helpers.widgets.controls.layout import explain
from nst_helpers.widgets.controls.picker import PicturePicker

CORNERS = ("top left", "top right", "bottom left", "bottom right")
"""In reading order."""

PAD_WIDTH = 340  # CSS px, of what stands in the middle
_SLIDER_WIDTH = 28
_WHOLE_WIDTH = PAD_WIDTH + _SLIDER_WIDTH  # that a notebook leaves on a narrow screen


class CornerPicker(PicturePicker):
    """A small picker of a painting, mirrored in the corners on the right, with the corner's share.

    Args:
        corner: one of `CORNERS`.
        first, say, called: as `PicturePicker` takes them.
    """

    _side = 56

    def __init__(self, corner: str, first: Picture, say: Callable[[str], object], called: str):
        self.share = widgets.HTML()
        super().__init__(corner, assets.paintings(), first, say, called=called)
        self.layout.width, self.layout.overflow = f"{_WHOLE_WIDTH // 2}px", "hidden"
        self.add_class(f"nst-corner-{CORNERS.index(corner)}")

    def show_share(self, share: float) -> None:
        """Say how much of the picture is the corner's."""
        self.share.value = f'<div style="text-align: center; font-weight: bold; line-height: 1.4">{share:.0%}</div>'

    def _arranged(self) -> list[widgets.Widget]:
        self.menu.description = ""
        explain(self.menu, f"the painting in the {self.what} corner")
        self.menu.layout, self.upload.layout = widgets.Layout(width="auto"), widgets.Layout(width="auto")
        seen = widgets.VBox([self._framed(), self.share], layout=widgets.Layout(flex="0 0 auto"))
        chosen = widgets.VBox([self.menu, self.upload], layout=widgets.Layout(flex="1 1 auto", min_width="0"))
        return [chosen, seen] if self.what.endswith("right") else [seen, chosen]


def arranged_pad(
    corners: Sequence[CornerPicker], middle: widgets.Widget, x: widgets.FloatSlider, y: widgets.FloatSlider
) -> widgets.VBox:
    """The corners around what stands in the middle, of `PAD_WIDTH`, and the sliders along its right side and below."""
    y.orientation = "vertical"
    for slider, name in ((x, "x"), (y, "y")):
        slider.readout, slider.description = False, ""
        slider.add_class(f"nst-pad-{name}")
    x.layout = widgets.Layout(width=f"{PAD_WIDTH}px")
    y.layout = widgets.Layout(width=f"{_SLIDER_WIDTH}px", height="auto", margin="0", flex="0 0 auto")
    upper, lower = (widgets.HBox(pair) for pair in (corners[:2], corners[2:]))
    between = widgets.HBox([middle, y], layout=widgets.Layout(align_items="stretch"))
    layout = widgets.Layout(width=f"{_WHOLE_WIDTH}px", flex="0 0 auto", overflow="hidden")
    return widgets.VBox([upper, between, x, lower], layout=layout)
