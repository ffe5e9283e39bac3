"""A trained network under the hand: a photo, a mix of styles on sliders, and the picture that follows them."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import ipywidgets as widgets
import torch
from torch import Tensor

from nst_helpers import assets
from nst_helpers.images import Picture, load_image
from nst_helpers.networks import PaintSettings, TransformNet, load_network
from nst_helpers.runtime import printable, takes
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.mix import MixSliders
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.controls.text import file_name, quoted, sentence
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.call import literal
from nst_helpers.widgets.run.newest import Newest
from nst_helpers.widgets.run.panel import Panel
from nst_helpers.widgets.run.view import VIEW_WIDTH

_NETWORK_OPTIONS = ("device", "precision")


class _Request(NamedTuple):
    photo: Picture
    label: str  # of the photo
    size: int  # px, the longer side
    mix: str | Mapping[str, float] | None


class MixStudio(Panel):
    """A network and a photo: move a slider, and the picture follows.

    It paints in a thread, so the notebook stays usable, and only the newest position of the sliders: what waits when
    they move on is never painted. Where every slider is at 0 the last picture stays. The first picture is painted
    before the studio is there.

    Args:
        network: a bundled name, a .safetensors file, or a network in eval mode; that of one style has no sliders.
        photo: a bundled name, a file, a Pillow image or a tensor.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.

    Raises:
        ValueError: no such network or style, weights that are all 0, a network in training mode.

    Example:
        >>> studio = MixStudio("conditional", mix={"starry_night": 0.7, "whalers": 0.3})  # doctest: +SKIP
        >>> studio.controls["mix"].value = {"ink_landscape": 1}  # without a mouse  # doctest: +SKIP
        >>> studio.job.wait(), studio.picture.shape  # doctest: +SKIP
        (True, torch.Size([1, 3, 192, 256]))
    """

    @takes(PaintSettings)
    def __init__(
        self,
        network: str | os.PathLike | TransformNet = "conditional",
        photo: Picture = "neuschwanstein",
        *,
        settings: PaintSettings,
    ):
        self._network, self._source = _loaded(network, settings)
        styles = self._network.styles
        if settings.mix is None and len(styles) > 1:
            settings = replace(settings, mix=styles[0])
        state = StateLine()
        pickers = {"photo": PicturePicker("photo", assets.photos(), photo, state.note)}
        fields = FieldControls(MixStudio.__init__, settings, ("size",))
        others = {"mix": MixSliders(styles, settings.mix)} if len(styles) > 1 else {}
        self.preview = PictureView(VIEW_WIDTH, VIEW_WIDTH)
        self.preview.add_class("nst-preview")
        self._newest = Newest(self._show, self._job_changed)
        self.job = self._newest.job
        self._decoded: tuple[Picture, int, Tensor] | None = None  # photo and size, and what both give
        super().__init__(state, pickers, fields, "painted.png", others=others)
        self._paint(self._request())
        for part in (*self.pickers.values(), *self.controls.values()):
            self._follow(part, self._repaint)

    def __repr__(self) -> str:  # stands in the stored outputs of notebooks
        return f"MixStudio({self._source or 'network'}, {self.pickers['photo'].expression})"

    @property
    def settings(self) -> PaintSettings:
        """What the controls say; ValueError where every slider is at 0."""
        settings = self._fields.settings
        if "mix" not in self.controls:
            return settings
        mix = self.controls["mix"].value
        if not mix:
            raise ValueError("Every slider is at 0: move one of them up.")
        return replace(settings, mix=mix if len(mix) > 1 else next(iter(mix)))

    @property
    def picture(self) -> Tensor:
        """The last picture painted."""
        return self._picture

    @property
    def code(self) -> str:
        """The program that makes the picture at which the controls stand."""
        settings, photo = self.settings, self.pickers["photo"]
        options = {name: getattr(settings, name) for name in _NETWORK_OPTIONS}
        given = [f"{name}={literal(value)}" for name, value in options.items() if value != "auto"]
        device = "" if self._device.type == "cpu" else f".to({quoted(str(self._device))})"
        mix = "" if settings.mix is None else f", mix={literal(settings.mix)}"
        remarks = [photo.remark, "" if self._source else "network is what was given to the widget"]
        return "\n".join(
            [
                "from nst_helpers.images import load_image",
                *(["from nst_helpers.networks import load_network"] if self._source else []),
                "",
                *(f"# {printable(remark)}." for remark in remarks if remark),
                *([f"network = load_network({', '.join([self._source, *given])})"] if self._source else []),
                f"image = load_image({photo.expression}, {settings.size}){device}",
                f"result = network(image{mix})",
                "",
            ]
        )

    @property
    def _device(self) -> torch.device:
        return next(self._network.parameters()).device

    def _arranged(self) -> list[widgets.Widget]:
        left = column(*self.pickers.values(), *self._fields.by_name.values(), *self._others.values())
        folds = folded({"Show me the code": self.code_view})
        return [row(left, self.preview, align="flex-start"), self.state, self.saver, folds]

    def _request(self) -> _Request:
        settings, photo = self.settings, self.pickers["photo"]
        return _Request(photo.value, photo.label, settings.size, settings.mix)

    def _repaint(self) -> None:
        request = self._request()
        self.state.note("")
        self._newest.ask(request)

    def _show(self, request: _Request) -> None:
        """Paint what was asked for, or say why not, in the job's thread."""
        try:
            self._paint(request)
        except Exception as error:  # whatever it is, the widget says it and lives on
            self.state.show(f"Not painted: {sentence(error)}", failed=True)

    @torch.no_grad()
    def _paint(self, request: _Request) -> None:
        image = self._load(request.photo, request.size).to(self._device)
        began = time.perf_counter()
        picture = self._network(image, request.mix).cpu()
        seconds = time.perf_counter() - began
        self._picture = picture
        self.preview.show(picture, _caption(request))
        height, width = picture.shape[-2:]
        self.state.show(f"Painted {width}×{height} px in {_milliseconds(seconds)}.")

    def _load(self, photo: Picture, size: int) -> Tensor:
        """The photo at that size, which is kept: another mix needs no other reading."""
        if self._decoded is None or self._decoded[0] is not photo or self._decoded[1] != size:
            self._decoded = photo, size, load_image(photo, size)
        return self._decoded[2]

    def _job_changed(self) -> None:
        """In either thread, when the job has started, been asked to stop, or ended."""
        if self.job.state == "running" and not self.job.stopping:
            self.state.show("Painting …")
        elif self.job.state == "stopped":
            self.state.show("Stopped, as another widget computes: move a control to paint again.")


def _loaded(network: str | os.PathLike | TransformNet, settings: PaintSettings) -> tuple[TransformNet, str]:
    """The network, and how a program names what it was loaded from, "" where it was given itself."""
    options, source = {name: getattr(settings, name) for name in _NETWORK_OPTIONS}, ""
    if isinstance(network, str | os.PathLike):
        source = quoted(network if isinstance(network, str) else file_name(network))
        network = load_network(network, **options)
    elif set(options.values()) != {"auto"}:
        raise ValueError("device or precision was given with a network: they are for one that is loaded by name.")
    if not isinstance(network, TransformNet):
        raise ValueError(f"network is a {type(network).__name__}: give a TransformNet, a bundled name, or a file.")
    if network.training:
        raise ValueError("the network is in training mode: call network.eval() before it paints.")
    return network, source


def _caption(request: _Request) -> str:
    if request.mix is None:
        return f"{request.label}, painted"
    weights = {request.mix: 1.0} if isinstance(request.mix, str) else request.mix
    total = sum(weights.values())
    return f"{request.label}: {', '.join(f'{weight / total:.0%} {name}' for name, weight in weights.items())}"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
