"""`stylize` with controls: choose, run, watch, pause, stop, save, and read off the call that does the same."""

import ipywidgets as widgets
from torch import Tensor

from nst_helpers import assets
from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings, stylize
from nst_helpers.images import Picture, load_image
from nst_helpers.runtime import takes
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.studio import Studio
from nst_helpers.widgets.run.view import VIEW_WIDTH

_LAYERS = ("content_layers", "style_layers")
_FIELDS = ("content_weight", "style_weight", "tv_weight", "init", "optimizer", "size", "steps", *_LAYERS)


class StyleStudio(Studio):
    """A studio for Gatys' method; what it does, `stylize` does.

    It computes in a thread, so the notebook stays usable, and writes its pictures and sentences by value. Controls that
    are moved during a run count from the next run on.

    Args:
        content: a bundled name, a file, a Pillow image or a tensor.
        style: likewise, one painting.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by the names of the options; each has a ``value``.

    Example:
        >>> studio = StyleStudio("neuschwanstein", "starry_night", steps=100)  # doctest: +SKIP
        >>> studio.run(wait=True).image.shape  # without a mouse  # doctest: +SKIP
        torch.Size([1, 3, 192, 256])
    """

    _method = staticmethod(stylize)

    @takes(GatysSettings)
    def __init__(
        self, content: Picture = "neuschwanstein", style: Picture = "starry_night", *, settings: GatysSettings
    ):
        state = StateLine()
        pickers = {
            "content": PicturePicker("content", assets.photos(), content, state.note),
            "style": PicturePicker("style", assets.paintings(), style, state.note),
        }
        in_use = {"size": lambda: _own_size(pickers["content"].value)}
        super().__init__(state, pickers, FieldControls(stylize, settings, _FIELDS, in_use=in_use), "stylized.png")
        self._follow(pickers["content"], self._show_photo)
        self._show_photo()

    def _arranged(self) -> list[widgets.Widget]:
        layers = {f"{name.replace('_', ' ').capitalize()} and their weights": self.controls[name] for name in _LAYERS}
        others = [control for name, control in self.controls.items() if name not in _LAYERS]
        left, right = column(*self.pickers.values(), *others), column(self.preview, self.curve)
        folds = folded({**layers, "Show me the code": self.code_view})
        return [row(left, right, align="flex-start"), row(self.buttons, self.state), self.saver, folds]

    def _show_photo(self) -> None:
        if self._made is None:
            photo = load_image(self.pickers["content"].value, 2 * VIEW_WIDTH)
            self.preview.show(photo, "the photo, before the first step")


def _own_size(content: Picture) -> int:
    """The longer side, px, at which `stylize` works where no size is given."""
    return max(content.shape[-2:]) if isinstance(content, Tensor) else DEFAULT_SIZE
