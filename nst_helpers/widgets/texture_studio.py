"""A texture grown from noise, beside the Gram matrices that it is grown towards."""

from collections.abc import Mapping
from dataclasses import replace

import ipywidgets as widgets
import torch
from torch import Tensor

from nst_helpers import assets
from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings, stylize
from nst_helpers.images import Picture, faint_noise, load_image
from nst_helpers.losses import gram_matrix
from nst_helpers.optimize import Optimization
from nst_helpers.runtime import Callback, takes
from nst_helpers.vgg import VGGFeatures
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView, color_map
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.studio import Studio
from nst_helpers.widgets.run.view import VIEW_WIDTH

_HEATMAP = VIEW_WIDTH // 2 - 4  # CSS px


class TextureStudio(Studio):
    """A painting's style grown from noise by `stylize`: from which layers, by which statistic, how large.

    Above the texture stand two Gram matrices of one layer, the painting's and that of the texture as it is.

    Args:
        style: a bundled name, a file, a Pillow image or a tensor.
        layer: whose Gram matrices are shown.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by the names of the options; each has a ``value``.

    Example:
        >>> studio = TextureStudio("starry_night", size=128, steps=100)  # doctest: +SKIP
        >>> studio.run(wait=True).image.shape  # without a mouse  # doctest: +SKIP
    """

    _method = staticmethod(stylize)

    @takes(GatysSettings)
    def __init__(self, style: Picture = "starry_night", *, layer: str = "relu2_1", settings: GatysSettings):
        given = replace(settings, content_weight=0.0, init="noise", size=settings.size or DEFAULT_SIZE)
        self._extractor = VGGFeatures([layer], **settings.network)
        self.heatmaps = {name: PictureView(_HEATMAP, _HEATMAP) for name in ("painting", "texture")}
        state = StateLine()
        pickers = {"style": PicturePicker("style", assets.paintings(), style, state.note)}
        fields = FieldControls(stylize, given, ("statistic", "size", "steps", "style_layers"))
        super().__init__(state, pickers, fields, "texture.png")
        for part in (pickers["style"], self.controls["size"]):
            self._follow(part, self._show_painting)
        self._show_painting()

    @property
    def views(self) -> list[PictureView]:
        """Where pictures are shown."""
        return [self.preview, *self.heatmaps.values()]

    def _arranged(self) -> list[widgets.Widget]:
        controls = dict(self.controls)
        folds = folded({"Layers and their weights": controls.pop("style_layers"), "Show me the code": self.code_view})
        left = column(*self.pickers.values(), *controls.values(), widgets.HBox(list(self.heatmaps.values())))
        right = column(self.preview, self.curve)
        return [row(left, right, align="flex-start"), row(self.buttons, self.state), self.saver, folds]

    def _expressions(self) -> list[str]:
        return 2 * [self.pickers["style"].expression]  # the painting gives the shape as well

    def _call(self, callback: Callback, made: Mapping[str, object]) -> Optimization:
        return stylize(made["style"], callback=callback, **made)

    def _picture_shown(self, picture: Tensor) -> None:
        self._show_gram("texture", picture)

    def _show_painting(self) -> None:
        """The painting's Gram matrix, and noise's before the first step."""
        painting = load_image(self.pickers["style"].value, self.controls["size"].value)
        self._show_gram("painting", painting)
        if self._made is None:
            noise = faint_noise(*painting.shape[-2:], self.settings.seed)
            self.preview.show(noise, "noise, before the first step")
            self._show_gram("texture", noise)

    @torch.no_grad()
    def _show_gram(self, name: str, picture: Tensor) -> None:
        layer = self._extractor.layers[0]
        gram = gram_matrix(self._extractor(picture)[layer])[0].cpu()
        if name == "painting":
            self._brightest = gram.flatten().quantile(0.995).clamp(min=1e-12)
        self.heatmaps[name].show(color_map(gram / self._brightest), f"Gram matrix of the {name}, {layer}")
