"""What the studios of one network share: its picture, and the program that makes it."""

import types
from collections.abc import Iterable, Mapping, Sequence

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.call import write_program
from nst_helpers.widgets.run.following import Request
from nst_helpers.widgets.run.live import LiveStudio
from nst_helpers.widgets.run.loaded import Loaded


class PainterStudio(LiveStudio):
    """A live studio of one network, which makes one picture.

    A studio of its own says how the picture comes about (``_paint_one``, ``_shares``) and with what program (``code``,
    by ``_program``), and how it looks (``_arranged``).

    Args:
        loaded: the network.
        preview: shows the picture.
        state, pickers, fields, others: as `LiveStudio` takes them.
    """

    def __init__(
        self,
        loaded: Loaded,
        preview: PictureView,
        state: StateLine,
        pickers: Mapping[str, PicturePicker],
        fields: FieldControls,
        *,
        others: Mapping[str, widgets.DOMWidget] = types.MappingProxyType({}),
    ):
        self._loaded, self.preview = loaded, preview
        self.preview.add_class("nst-preview")
        super().__init__(state, pickers, loaded.device, fields, "painted.png", others=others)

    def __repr__(self) -> str:  # stands in the stored outputs of notebooks
        return f"{type(self).__name__}({self._loaded.source or 'network'}, {self.pickers['photo'].expression})"

    @property
    def views(self) -> list[PictureView]:
        """Where pictures are shown."""
        return [self.preview]

    @property
    def picture(self) -> Tensor:
        """The last picture painted."""
        return self._picture

    def _paint_one(self, photo: Tensor, request: Request) -> Tensor:
        """The picture, in the job's thread."""
        raise NotImplementedError

    def _shares(self, request: Request) -> Sequence[tuple[str, float]]:
        """The styles in the picture and their shares, which sum to 1; none where the network has but one."""
        raise NotImplementedError

    def _program(self, photo: str, lines: Iterable[str]) -> str:
        """One that loads the network and, under that name, the photo, and goes on with these lines."""
        loading = self._loaded.loading
        return write_program(
            ["from nst_helpers.images import load_image"]
            + (["from nst_helpers.networks import load_network"] if loading else []),
            [
                *(picker.remark for picker in self.pickers.values()),
                "" if loading else "network is what was given to the widget",
            ],
            [*([f"network = {loading}"] if loading else []), self._loading(photo), *lines],
        )

    def _painted(self, photo: Tensor, request: Request) -> list[Tensor]:
        return [self._paint_one(photo, request).cpu()]

    def _display(self, photo: Tensor, pictures: Sequence[Tensor], request: Request) -> None:
        (self._picture,) = pictures
        shares = ", ".join(f"{share:.0%} {style}" for style, share in self._shares(request))
        label = request.labels["photo"]
        self.preview.show(self._picture, f"{label}: {shares}" if shares else f"{label}, painted")
