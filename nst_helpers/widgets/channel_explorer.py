"""A channel of VGG-19 from three sides: its map of a picture, the patches that excite it, and what it paints."""

from collections.abc import Mapping
from dataclasses import replace

import ipywidgets as widgets
import torch
from torch import Tensor
from torch.nn import functional as F

from nst_helpers import assets
from nst_helpers.feature_vis import FeatureVisSettings, Peaks, find_peaks, visualize
from nst_helpers.feature_vis import channel as channel_goal
from nst_helpers.images import Picture, load_image, resize
from nst_helpers.optimize import Optimization
from nst_helpers.runtime import Callback, describe, takes
from nst_helpers.vgg import VGGFeatures, layer_names
from nst_helpers.widgets.controls.layout import column, explain, folded, labelled, row
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView, color_map
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.studio import VIEW_WIDTH, Studio

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
        self._given, self._peaks = settings, {}
        state = StateLine()
        pickers = {"content": PicturePicker("content", assets.photos(), content, state.note)}
        self.controls = _controls(settings, layer, channel)
        self.map, self.patches = PictureView(VIEW_WIDTH, 220), PictureView(VIEW_WIDTH, 200)
        super().__init__(state, pickers, "channel.png")
        for name, control in self.controls.items():
            control.observe(lambda _: self._show_code(), "value")
            if name in ("layer", "channel"):
                control.observe(lambda _: self._look(), "value")
        pickers["content"].observe(lambda _: self._look(), "value")
        self._look()

    @property
    def settings(self) -> FeatureVisSettings:
        """What the controls say."""
        chosen = {name: control.value for name, control in self.controls.items() if name not in ("layer", "channel")}
        return replace(self._given, **chosen)

    def _arranged(self) -> list[widgets.Widget]:
        left = column(*self.pickers.values(), *self.controls.values(), self.map)
        right = column(self.preview, self.patches)
        folds = folded({"How the goal rises": self.curve, "Show me the code": self.code_view})
        return [row(left, right, align="flex-start"), row(self.buttons, self.state), self.saver, folds]

    def _expressions(self) -> list[str]:
        return [f'channel("{self.controls["layer"].value}", {self.controls["channel"].value})']

    def _chosen(self) -> dict[str, object]:
        return vars(self.settings) | {name: self.controls[name].value for name in ("layer", "channel")}

    def _call(self, callback: Callback, made: Mapping[str, object]) -> Optimization:
        options = {name: value for name, value in made.items() if name not in ("layer", "channel")}
        return visualize(channel_goal(made["layer"], made["channel"]), callback=callback, **options)

    def _look(self) -> None:
        """Show the channel's map of the picture, and the patches that excite it most."""
        layer, field = self.controls["layer"].value, self.controls["channel"]
        if layer not in self._peaks:
            self._peaks[layer] = _find_peaks(layer, self._given)
        peaks = self._peaks[layer]
        field.max = peaks.values.shape[1] - 1
        channel = field.value
        photo = load_image(self.pickers["content"].value, _LOOKED_AT)
        with torch.no_grad():
            one = _extractor(layer, self._given)(photo)[layer][0, channel].cpu()
        one = one - one.min()
        self.map.show(color_map(one / one.max().clamp(min=1e-12)), f"channel {channel} of {layer}, on the picture")
        self.patches.show(_mosaic(peaks, channel), f"the {_PATCHES} bundled pictures that excite it most")
        if not self.job.active:
            self.state.show("Ready: press Run and it paints.")


def _extractor(layer: str, settings: FeatureVisSettings) -> VGGFeatures:
    return VGGFeatures([layer], **settings.network)


def _find_peaks(layer: str, settings: FeatureVisSettings) -> Peaks:
    return find_peaks(_extractor(layer, settings), [*assets.photos(), *assets.paintings()], size=_LOOKED_AT)


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


def _controls(settings: FeatureVisSettings, layer: str, channel: int) -> dict[str, widgets.DOMWidget]:
    """By name."""
    aligned, texts = labelled(), describe(visualize)
    controls = {
        "layer": widgets.Dropdown(options=layer_names(), value=layer, description="layer", **aligned),
        "channel": widgets.BoundedIntText(value=channel, min=0, max=511, description="channel", **aligned),
        "size": widgets.BoundedIntText(
            value=settings.size, min=16, max=max(512, settings.size), step=16, description="size (px)", **aligned
        ),
        "steps": widgets.BoundedIntText(
            value=settings.steps, min=1, max=max(100_000, settings.steps), step=10, description="steps", **aligned
        ),
        "fourier": widgets.Checkbox(value=settings.fourier, description="Fourier coefficients", **aligned),
        "decorrelate": widgets.Checkbox(value=settings.decorrelate, description="photo colours", **aligned),
        "jitter": widgets.IntSlider(
            value=settings.jitter, min=0, max=max(32, settings.jitter), description="jitter (px)", **aligned
        ),
        "rotate": widgets.FloatSlider(
            value=settings.rotate, min=0, max=max(45.0, settings.rotate), description="rotate (°)", **aligned
        ),
    }
    for name, control in controls.items():
        if name in texts:
            explain(control, texts[name])
    return controls
