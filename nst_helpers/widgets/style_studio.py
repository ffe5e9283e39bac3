"""`stylize` with controls: choose, run, watch, pause, stop, save, and read off the call that does the same."""

from dataclasses import replace

import ipywidgets as widgets

from nst_helpers import assets
from nst_helpers.gatys import GatysSettings, stylize
from nst_helpers.images import Picture, load_image
from nst_helpers.runtime import takes
from nst_helpers.widgets.controls.gatys import GatysControls
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.studio import VIEW_WIDTH, Studio


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
        self._bound = GatysControls(settings, content)
        self.controls = self._bound.by_name
        super().__init__(state, pickers, "stylized.png")
        self._bound.observe(self._show_code)
        pickers["content"].observe(lambda _: self._show_photo(), "value")
        self._show_photo()

    @property
    def settings(self) -> GatysSettings:
        """What the controls say."""
        return self._bound.settings(self.pickers["content"].value)

    def _arranged(self) -> list[widgets.Widget]:
        controls = dict(self.controls)
        folds = folded(
            {
                "Content layers and their weights": controls.pop("content_layers"),
                "Style layers and their weights": controls.pop("style_layers"),
                "Show me the code": self.code_view,
            }
        )
        left, right = column(*self.pickers.values(), *controls.values()), column(self.preview, self.curve)
        return [row(left, right, align="flex-start"), row(self.buttons, self.state), self.saver, folds]

    def _stopped_after(self, settings: GatysSettings, steps: int) -> GatysSettings:
        return replace(settings, steps=steps) if settings.scales == 1 else settings  # else they share the steps

    def _show_photo(self) -> None:
        if self._made is None:
            photo = load_image(self.pickers["content"].value, 2 * VIEW_WIDTH)
            self.preview.show(photo, "the photo, before the first step")
