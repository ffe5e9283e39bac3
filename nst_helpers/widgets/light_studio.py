"""A photo's contrast and brightness on sliders, and what several networks make of it, beside each other."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.images import Picture, adjust_contrast
from nst_helpers.networks import LightSettings, TransformNet
from nst_helpers.runtime import takes
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.pictures import joined, numbered_views
from nst_helpers.widgets.controls.text import quoted
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.call import literal, write_program
from nst_helpers.widgets.run.following import Request
from nst_helpers.widgets.run.live import LiveStudio, photo_picker
from nst_helpers.widgets.run.loaded import take_networks

_MOST = 4
_WIDTHS = {2: 408, 3: 264, 4: 194, 5: 264}  # CSS px of a picture, by how many there are: whole rows
_LEGEND = (
    '<div style="line-height: 1.4"><b>moved</b>: how far the photo is from the unchanged one, and each picture '
    "from what its network makes of the unchanged one; the root mean square difference, in percent of the range.</div>"
)


class Shown(NamedTuple):
    """What a `LightStudio` shows.

    Attributes:
        image: the photo as the networks get it, see `images.adjust_contrast`.
        pictures: what they make of it, by label.
        moved: how far each picture is from what the same network makes of the unchanged photo, by label: the root mean
            square difference, of 1.
        image_moved: likewise, of the photo itself.
    """

    image: Tensor
    pictures: dict[str, Tensor]
    moved: dict[str, float]
    image_moved: float


class LightStudio(LiveStudio):
    """Move a photo's contrast or brightness, and see which networks' pictures move with it.

    It paints in a thread, so the notebook stays usable, and only the newest position of the sliders: what waits when
    they move on is never painted. Where a position can't be painted the last pictures stay. The first are painted
    before the studio is there.

    Args:
        networks: one to four by label, each a bundled name, a .safetensors file, or a network in eval mode.
        photo: a bundled name, a file, a Pillow image or a tensor.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.
        shown: the last pictures, and how far they moved: a `Shown`.

    Raises:
        ValueError: no network or more than four, one of several styles or in training mode, one on another device
            than the others.

    Example:
        >>> studio = LightStudio({"batch": "fast_batch", "instance": "fast_instance"})  # doctest: +SKIP
        >>> studio.controls["contrast"].value = 0.4  # without a mouse  # doctest: +SKIP
        >>> studio.job.wait(), studio.shown.moved["batch"]  # doctest: +SKIP
        (True, 0.2)
    """

    @takes(LightSettings)
    def __init__(
        self,
        networks: Mapping[str, str | os.PathLike | TransformNet],
        photo: Picture = "neuschwanstein",
        *,
        settings: LightSettings,
    ):
        self._loaded = take_networks(networks, settings, most=_MOST)
        count = len(self._loaded) + 1
        self.views = numbered_views(count, _WIDTHS[count])
        device = next(iter(self._loaded.values())).device
        fields = FieldControls(LightStudio.__init__, settings, ("contrast", "brightness", "size"))
        state = StateLine()
        super().__init__(state, {"photo": photo_picker(photo, state)}, device, fields, "light.png")

    def __repr__(self) -> str:  # stands in the stored outputs of notebooks
        return f"LightStudio([{', '.join(map(quoted, self._loaded))}], {self.pickers['photo'].expression})"

    @property
    def picture(self) -> Tensor:
        """The photo as the networks get it and their pictures, in a row."""
        return joined([self.shown.image, *self.shown.pictures.values()])

    @property
    def code(self) -> str:
        """The program that makes the pictures at which the controls stand."""
        settings, loads = self.settings, any(one.loading for one in self._loaded.values())
        given = [f"networks[{quoted(label)}]" for label, one in self._loaded.items() if not one.loading]
        what = f"{' and '.join(given)} {'is' if len(given) == 1 else 'are'}" if loads else "networks is"
        light = f"contrast={literal(settings.contrast)}, brightness={literal(settings.brightness)}"
        return write_program(
            ["from nst_helpers.images import adjust_contrast, load_image"]
            + (["from nst_helpers.networks import load_network"] if loads else []),
            [self.pickers["photo"].remark, f"{what} what was given to the widget" if given else ""],
            [
                *(self._loading_networks() if loads else []),
                self._loading("photo"),
                f"image = adjust_contrast(photo, {light})",
                "results = {label: network(image) for label, network in networks.items()}",
            ],
        )

    def _loading_networks(self) -> list[str]:
        labels = {quoted(label): one for label, one in self._loaded.items()}
        entries = [f"    {label}: {one.loading or f'networks[{label}]'}," for label, one in labels.items()]
        return ["networks = {", *entries, "}"]

    def _arranged(self) -> list[widgets.Widget]:
        controls = row(column(*self.pickers.values()), column(*self.controls.values()), align="center")
        folds = folded({"Show me the code": self.code_view})
        pictures = row(*self.views, align="flex-start")
        return [controls, pictures, widgets.HTML(_LEGEND), self.state, self.saver, folds]

    def _met(self, photo: Tensor) -> None:
        self._unchanged = [photo.cpu(), *self._made_of(photo)]

    def _painted(self, photo: Tensor, request: Request) -> list[Tensor]:
        return self._made_of(_in_light(photo, request.settings))

    def _made_of(self, image: Tensor) -> list[Tensor]:
        return [one.network(image).cpu() for one in self._loaded.values()]

    def _display(self, photo: Tensor, pictures: Sequence[Tensor], request: Request) -> None:
        labels, image = list(self._loaded), _in_light(photo, request.settings).cpu()
        painted = [image, *pictures]
        far = [_difference(now, before) for now, before in zip(painted, self._unchanged, strict=True)]
        for view, one, label, moved in zip(self.views, painted, [request.labels["photo"], *labels], far, strict=True):
            view.show(one, f"{label}: moved {moved:.1%}")
        self.shown = Shown(
            image, dict(zip(labels, pictures, strict=True)), dict(zip(labels, far[1:], strict=True)), far[0]
        )


def _in_light(photo: Tensor, settings: LightSettings) -> Tensor:
    return adjust_contrast(photo, settings.contrast, settings.brightness)


def _difference(one: Tensor, other: Tensor) -> float:
    """Root mean square."""
    return (one - other).square().mean().sqrt().item()
