"""A texture grown from noise, beside the Gram matrices that it is grown towards."""

from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import torch
from torch import Tensor

from nst_helpers import assets
from nst_helpers.gatys import DEFAULT_SIZE, GatysSettings, stylize
from nst_helpers.images import Picture, faint_noise, load_image
from nst_helpers.losses import STATISTICS, gram_matrix, layer_weights
from nst_helpers.runtime import describe, takes
from nst_helpers.vgg import VGGFeatures
from nst_helpers.widgets.controls.layout import column, explain, folded, labelled, row
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView, color_map
from nst_helpers.widgets.controls.weights import LayerWeights
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.studio import VIEW_WIDTH, Studio

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
        self._given = replace(settings, content_weight=0.0, init="noise", size=settings.size or DEFAULT_SIZE)
        self._extractor = VGGFeatures([layer], **settings.network)
        self.heatmaps = {name: PictureView(_HEATMAP, _HEATMAP) for name in ("painting", "texture")}
        state = StateLine()
        pickers = {"style": PicturePicker("style", assets.paintings(), style, state.note)}
        self.controls = _controls(self._given)
        super().__init__(state, pickers, "texture.png")
        for control in self.controls.values():
            control.observe(lambda _: self._show_code(), "value")
        pickers["style"].observe(lambda _: self._show_painting(), "value")
        self._show_painting()

    @property
    def settings(self) -> GatysSettings:
        """What the controls say."""
        chosen = {name: control.value for name, control in self.controls.items()}
        if chosen["style_layers"] == layer_weights(self._given.style_layers):
            chosen["style_layers"] = self._given.style_layers
        return replace(self._given, **chosen)

    def _arranged(self) -> list[widgets.Widget]:
        controls = dict(self.controls)
        folds = folded({"Layers and their weights": controls.pop("style_layers"), "Show me the code": self.code_view})
        left = column(*self.pickers.values(), *controls.values(), widgets.HBox(list(self.heatmaps.values())))
        right = column(self.preview, self.curve)
        return [row(left, right, align="flex-start"), row(self.buttons, self.state), self.saver, folds]

    def _expressions(self) -> list[str]:
        return 2 * [self.pickers["style"].expression]  # the painting gives the shape as well

    def _call(self, callback: Any, made: dict) -> Any:
        return stylize(made["style"], callback=callback, **made)

    def _stopped_after(self, settings: GatysSettings, steps: int) -> GatysSettings:
        return super()._stopped_after(settings, steps) if settings.scales == 1 else settings

    def _show_picture(self, text: str) -> None:
        super()._show_picture(text)
        if self.picture is not None and self.picture.isfinite().all():
            self._show_gram("texture", self.picture)

    def _show_painting(self) -> None:
        """The painting's Gram matrix, and noise's before the first step."""
        painting = load_image(self.pickers["style"].value, self.controls["size"].value)
        self._show_gram("painting", painting)
        if self._made is None:
            noise = faint_noise(*painting.shape[-2:], self._given.seed)
            self.preview.show(noise, "noise, before the first step")
            self._show_gram("texture", noise)

    @torch.no_grad()
    def _show_gram(self, name: str, picture: Tensor) -> None:
        layer = self._extractor.layers[0]
        gram = gram_matrix(self._extractor(picture)[layer])[0].cpu()
        if name == "painting":
            self._brightest = gram.flatten().quantile(0.995).clamp(min=1e-12)
        self.heatmaps[name].show(color_map(gram / self._brightest), f"Gram matrix of the {name}, {layer}")


def _controls(settings: GatysSettings) -> dict[str, widgets.DOMWidget]:
    """By the names of the options."""
    aligned, texts = labelled(), describe(stylize)
    controls = {
        "statistic": widgets.Dropdown(
            options=list(STATISTICS), value=settings.statistic, description="statistic", **aligned
        ),
        "size": widgets.BoundedIntText(
            value=settings.size, min=16, max=max(4096, settings.size), step=16, description="size (px)", **aligned
        ),
        "steps": widgets.BoundedIntText(
            value=settings.steps, min=1, max=max(100_000, settings.steps), step=10, description="steps", **aligned
        ),
        "style_layers": LayerWeights(layer_weights(settings.style_layers)),
    }
    for name, control in controls.items():
        explain(control, texts[name])
    return controls
