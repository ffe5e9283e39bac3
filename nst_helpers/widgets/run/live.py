"""What the studios of trained networks share: a photo, and pictures of it that follow the controls."""

import time
import types
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ipywidgets as widgets
import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers import assets
from nst_helpers.images import Picture, load_image
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.text import quoted, sentence
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.kept import Kept
from nst_helpers.widgets.run.newest import Newest
from nst_helpers.widgets.run.pace import milliseconds
from nst_helpers.widgets.run.panel import Panel


def photo_picker(photo: Picture, state: StateLine) -> PicturePicker:
    """A choice of the photo, by which one to begin with."""
    return PicturePicker("photo", assets.photos(), photo, state.note)


class Request(NamedTuple):
    """What is to be painted.

    Attributes:
        pictures: by the pickers' names.
        labels: theirs, likewise.
        settings: of which ``size`` is the photo's longer side in px.
    """

    pictures: Mapping[str, Picture]
    labels: Mapping[str, str]
    settings: object


class LiveStudio(Panel):
    """A panel without a Run button: whatever is moved, its pictures follow.

    It paints in a thread, so the notebook stays usable, and only the newest position of the controls: what waits when
    they move on is never painted. Where a position can't be painted the last pictures stay. The first are painted
    before the studio is there.

    A studio of its own says what it paints (``_painted``, and ``_met`` for what each photo needs once) and how it shows
    that (``_display``), beside what every panel says.

    Args:
        state: the line that says how things stand.
        pickers: of the pictures, that of the ``photo`` among them.
        device: of the networks.
        fields: controls of the method's options, "size" among them.
        save_as: the file name that saving begins with.
        others: controls of what is no field with a control, by name.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.
    """

    def __init__(
        self,
        state: StateLine,
        pickers: Mapping[str, PicturePicker],
        device: torch.device,
        fields: FieldControls,
        save_as: str,
        *,
        others: Mapping[str, widgets.DOMWidget] = types.MappingProxyType({}),
    ):
        self._device = device
        self._photo = Kept(self._read)  # another position of the other controls needs no other reading
        self._newest = Newest(self._show, self._job_changed)
        self.job = self._newest.job
        super().__init__(state, pickers, fields, save_as, others=others)
        self._paint(self._request())
        for part in (*self.pickers.values(), *self.controls.values()):
            self._follow(part, self._repaint)

    def _painted(self, photo: Tensor, request: Request) -> Sequence[Tensor]:
        """The pictures of a photo, in the job's thread."""
        raise NotImplementedError

    def _display(self, photo: Tensor, pictures: Sequence[Tensor], request: Request) -> None:
        """Keep and show them, in the job's thread."""
        raise NotImplementedError

    def _met(self, photo: Tensor) -> None:
        """Do once what a photo that was not painted before needs, in the job's thread."""

    def _loading(self, name: str) -> str:
        """The line of the program that loads the photo."""
        device = "" if self._device.type == "cpu" else f".to({quoted(str(self._device))})"
        return f"{name} = load_image({self.pickers['photo'].expression}, {self.settings.size}){device}"

    def _request(self) -> Request:
        pictures = {name: picker.value for name, picker in self.pickers.items()}
        return Request(pictures, {name: picker.label for name, picker in self.pickers.items()}, self.settings)

    def _repaint(self) -> None:
        request = self._request()
        self.state.note("")
        self._newest.ask(request)

    def _show(self, request: Request) -> None:
        """Paint what was asked for, or say why not, in the job's thread."""
        try:
            self._paint(request)
        except Exception as error:  # whatever it is, the widget says it and lives on
            self.state.show(f"Not painted: {sentence(error)}", failed=True)

    @torch.no_grad()
    def _paint(self, request: Request) -> None:
        photo = self._photo(request.pictures["photo"], request.settings.size)
        began = time.perf_counter()
        pictures = self._painted(photo, request)
        seconds = time.perf_counter() - began
        if not all(picture.isfinite().all() for picture in pictures):
            raise ValueError("the picture has values that are not finite: try precision='float32', or another network.")
        self._display(photo, pictures, request)
        height, width = photo.shape[-2:]
        many = f"{len(pictures)} pictures of " if len(pictures) > 1 else ""
        self.state.show(f"Painted {many}{width}×{height} px in {milliseconds(seconds)}.")

    def _read(self, photo: Picture, size: int) -> Float[Tensor, "1 3 height width"]:
        """The photo at that size."""
        image = load_image(photo, size).to(self._device)
        self._met(image)
        return image

    def _job_changed(self) -> None:
        """In either thread, when the job has started, been asked to stop, or ended."""
        if self.job.state == "running" and not self.job.stopping:
            self.state.show("Painting …")
        elif self.job.state == "stopped":
            self.state.show("Stopped, as another widget computes: move a control to paint again.")
