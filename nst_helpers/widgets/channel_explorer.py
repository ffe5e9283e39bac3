"""A channel of VGG-19 from three sides: its map of a picture, the patches that excite it, and what it paints."""

from collections.abc import Mapping
from typing import Annotated, Literal

import ipywidgets as widgets
import torch
from torch import Tensor
from torch.nn import functional as F

from nst_helpers import assets
from nst_helpers.feature_vis import FeatureVisSettings, Peaks, find_peaks, visualize
from nst_helpers.feature_vis import channel as channel_goal
from nst_helpers.images import Picture, load_image, resize
from nst_helpers.optimize import Optimization
from nst_helpers.runtime import Callback, Number, require_choice, takes
from nst_helpers.vgg import VGGFeatures, layer_names
from nst_helpers.widgets.controls.fields import FieldControls, make_control
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView, color_map
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.studio import Studio
from nst_helpers.widgets.run.view import VIEW_WIDTH

_FIELDS = ("size", "steps", "fourier", "decorrelate", "jitter", "rotate")
_LOOKED_AT = 224  # px, the longer side at which pictures go through the network
_PATCH, _PATCHES = 96, 8  # px of a patch as shown, and how many


class ChannelExplorer(Studio):
    """Choose a layer, a channel and a picture; map and patches follow at once, Run paints what the channel looks for.

    Args:
        content: whose map is shown: a bundled name, a file, a Pillow image or a tensor.
        layer: of VGG-19.
        channel: of that layer.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.

    Example:
        >>> explorer = ChannelExplorer("macaw", layer="relu4_1", channel=75)  # doctest: +SKIP
        >>> explorer.run(wait=True).image.shape  # without a mouse  # doctest: +SKIP
        torch.Size([1, 3, 128, 128])
    """

    _method = staticmethod(visualize)
    _imports = ("from nst_helpers.feature_vis import channel",)
    _term = "goal"

    @takes(FeatureVisSettings)
    def __init__(
        self,
        content: Picture = "macaw",
        *,
        layer: str = "relu4_1",
        channel: int = 0,
        settings: FeatureVisSettings,
    ):
        require_choice("layer", layer, layer_names())
        self._network: dict[str, object] = settings.network
        self._peaks: dict[str, Peaks] = {}
        self._seen_through: str | None = None
        self._seen: tuple[str, Picture, Tensor] | None = None  # layer, picture, and the features that both give
        self._look_through(layer)
        if channel not in (numbers := range(self._peaks[layer].values.shape[1])):
            raise ValueError(f"channel is {channel!r}: {layer} has channels 0 to {numbers[-1]}.")
        state = StateLine()
        pickers = {"content": PicturePicker("content", assets.photos(), content, state.note)}
        whole = Annotated[int, Number(least=0)]
        others = {
            "layer": make_control("layer", Literal[*layer_names()], layer, "of VGG-19"),
            "channel": make_control("channel", whole, channel, "of the layer, counted from 0"),
        }
        self.map, self.patches = PictureView(VIEW_WIDTH, 220), PictureView(VIEW_WIDTH, 200)
        super().__init__(state, pickers, FieldControls(visualize, settings, _FIELDS), "channel.png", others=others)
        for part in (*others.values(), pickers["content"]):
            self._follow(part, self._look)
        self._look()

    @property
    def views(self) -> list[PictureView]:
        """Where pictures are shown."""
        return [self.map, self.patches, self.preview]

    def _arranged(self) -> list[widgets.Widget]:
        left = column(*self.pickers.values(), *self.controls.values(), self.map)
        right = column(self.preview, self.patches)
        folds = folded({"How the goal rises": self.curve, "Show me the code": self.code_view})
        return [row(left, right, align="flex-start"), row(self.buttons, self.state), self.saver, folds]

    def _expressions(self) -> list[str]:
        return [f'channel("{self.controls["layer"].value}", {self.controls["channel"].value})']

    def _chosen(self) -> dict[str, object]:
        chosen = super()._chosen()
        del chosen["content"]  # it is looked at; what the channel paints has nothing to do with it
        return chosen

    def _call(self, callback: Callback, made: Mapping[str, object]) -> Optimization:
        options = {name: value for name, value in made.items() if name not in ("layer", "channel")}
        return visualize(channel_goal(made["layer"], made["channel"]), callback=callback, **options)

    def _look(self) -> None:
        """Show the channel's map of the picture, and the patches that excite it most."""
        layer, field = self.controls["layer"].value, self.controls["channel"]
        self._look_through(layer)
        peaks = self._peaks[layer]
        field.max = peaks.values.shape[1] - 1
        channel = field.value
        one = self._features(layer, self.pickers["content"].value)[channel]
        one = one - one.min()
        self.map.show(color_map(one / one.max().clamp(min=1e-12)), f"channel {channel} of {layer}, on the picture")
        self.patches.show(_mosaic(peaks, channel), f"the {_PATCHES} bundled pictures that excite it most")
        if not self.job.active:
            self.state.show("Ready: press Run and it paints.")

    def _look_through(self, layer: str) -> None:
        """Keep one network, up to the layer, and the layer's peaks over the bundled pictures."""
        if self._seen_through != layer:
            self._extractor, self._seen_through = VGGFeatures([layer], **self._network), layer
        if layer not in self._peaks:
            pictures = [*assets.photos(), *assets.paintings()]
            self._peaks[layer] = find_peaks(self._extractor, pictures, size=_LOOKED_AT)

    @torch.no_grad()
    def _features(self, layer: str, picture: Picture) -> Tensor:
        """The layer's features of the picture, which are kept: another channel needs no other pass."""
        if self._seen is None or self._seen[0] != layer or self._seen[1] is not picture:
            self._seen = layer, picture, self._extractor(load_image(picture, _LOOKED_AT))[layer][0].cpu()
        return self._seen[2]


def _mosaic(peaks: Peaks, channel: int) -> Tensor:
    """The best patches in two rows, each padded to a square."""
    squares = []
    for picture in peaks.best(channel, _PATCHES):
        patch = peaks.patch(picture, channel)
        height, width = patch.shape[-2:]
        scale = _PATCH / max(height, width)
        small = resize(patch, (max(1, round(height * scale)), max(1, round(width * scale))))
        squares.append(F.pad(small, (2, _PATCH + 2 - small.shape[-1], 2, _PATCH + 2 - small.shape[-2]), value=1.0))
    half = -(-len(squares) // 2)
    return torch.cat([torch.cat(squares[:half], dim=-1), torch.cat(squares[half:], dim=-1)], dim=-2)
