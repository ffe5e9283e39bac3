"""What the studios of trained networks share: a photo, and pictures of it that follow the controls."""

import time
import types
from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import torch
from jaxtyping import Float
from torch import Tensor

from nst_helpers import assets
from nst_helpers.images import Picture, load_image
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.text import quoted
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.following import FollowingPanel, Request, require_finite
from nst_helpers.widgets.run.kept import Kept
from nst_helpers.widgets.run.pace import milliseconds


def photo_picker(photo: Picture, state: StateLine) -> PicturePicker:
    """A choice of the photo, by which one to begin with."""
    return PicturePicker("photo", assets.photos(), photo, state.note)


class LiveStudio(FollowingPanel):
    """A panel whose pictures of a photo follow its controls.

    A studio of its own says what it paints (``_painted``, and ``_met`` for what each photo needs once) and how it shows
    that (``_display``), beside what every panel says.

    Args:
        state: the line that says how things stand.
        pickers: of the pictures, that of the ``photo`` among them.
        device: of the networks.
        fields: controls of the method's options, "size" among them: the photo's longer side in px.
        save_as, others: as `Panel` takes them.

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
        super().__init__(state, pickers, fields, save_as, others=others)

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

    @torch.no_grad()
    def _paint(self, request: Request) -> None:
        photo = self._photo(request.pictures["photo"], request.settings.size)
        began = time.perf_counter()
        pictures = self._painted(photo, request)
        seconds = time.perf_counter() - began
        require_finite(pictures)
        self._display(photo, pictures, request)
        height, width = photo.shape[-2:]
        many = f"{len(pictures)} pictures of " if len(pictures) > 1 else ""
        self.state.show(f"Painted {many}{width}×{height} px in {milliseconds(seconds)}.")

    def _read(self, photo: Picture, size: int) -> Float[Tensor, "1 3 height width"]:
        """The photo at that size."""
        image = load_image(photo, size).to(self._device)
        self._met(image)
        return image
