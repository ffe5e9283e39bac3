"""Any four paintings as the corners of a pad, and the picture of every mixture between them."""

import os
from collections.abc import Sequence

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.images import Picture
from nst_helpers.networks import AdaINNet, AnyStyleSettings, EncodedStyle, PadSettings
from nst_helpers.runtime import takes
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.pad import CORNERS, PAD_WIDTH, CornerPicker, arranged_pad
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.call import literal, value_differs, write_assignment
from nst_helpers.widgets.run.following import Request
from nst_helpers.widgets.run.kept import Kept
from nst_helpers.widgets.run.live import photo_picker
from nst_helpers.widgets.run.loaded import take_network
from nst_helpers.widgets.run.painter import PainterStudio

_DIGITS = 4  # of a share: those of a product of hundredths
_OPTIONS = ("method", "alpha", "preserve_color")  # of `AdaINNet`


class PadStudio(PainterStudio):
    """A photo between four paintings: move to a corner, and the picture takes on its style.

    It paints in a thread, so the notebook stays usable, and only the newest position: what waits when the sliders move
    on is never painted. A painting is encoded once, when it is chosen, and the photo once for each painting and method.
    Where something can't be painted the last picture stays. The first is painted before the studio is there.

    Args:
        network: a bundled name, a .safetensors file, or an `AdaINNet` in eval mode.
        photo: a bundled name, a file, a Pillow image or a tensor.
        styles: likewise, four paintings: top left, top right, bottom left, bottom right.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.
        pickers: "photo" and the four corners, by name; each has a ``value``.

    Raises:
        ValueError: no such network or picture, not four styles, a network in training mode.

    Example:
        >>> studio = PadStudio("adain", x=0.0)  # doctest: +SKIP
        >>> studio.controls["y"].value = 0.75  # without a mouse  # doctest: +SKIP
        >>> studio.job.wait(), studio.picture.shape  # doctest: +SKIP
        (True, torch.Size([1, 3, 192, 256]))
    """

    @takes(PadSettings)
    def __init__(
        self,
        network: str | os.PathLike | AdaINNet = "adain",
        photo: Picture = "neuschwanstein",
        styles: Sequence[Picture] = ("starry_night", "whalers", "ink_landscape", "shiva_and_parvati"),
        *,
        settings: PadSettings,
    ):
        if not isinstance(styles, list | tuple) or len(styles) != len(CORNERS):
            raise ValueError(f"styles has no four paintings: give one for each corner, {', '.join(CORNERS)}.")
        loaded, state = take_network(network, settings, "the network", AdaINNet), StateLine()
        corners = {
            name: CornerPicker(name, style, state.note, f"styles[{number}]")
            for number, (name, style) in enumerate(zip(CORNERS, styles, strict=True))
        }
        self._encoded = {name: Kept(loaded.network.encode) for name in CORNERS}
        self._encoded_photo = Kept(loaded.network.encode_photo)
        controls = FieldControls(PadStudio.__init__, settings, ("x", "y", *_OPTIONS, "size"))
        pickers = {"photo": photo_picker(photo, state), **corners}
        super().__init__(loaded, PictureView(PAD_WIDTH, PAD_WIDTH, caption=False), state, pickers, controls)
        for name in ("x", "y"):
            self._follow(self.controls[name], self._show_shares)
        self._show_shares()

    @property
    def code(self) -> str:
        """The program that makes the picture at which the controls stand."""
        shares = _weighed(self.settings)
        paintings = ", ".join(self.pickers[corner].expression for corner in shares)
        options = [f"{name}={literal(value)}" for name, value in _options(self.settings).items()]
        call = write_assignment("result", "network", ["photo", "styles"], options)
        return self._program("photo", [f"styles = [{paintings}]", call])

    def _arranged(self) -> list[widgets.Widget]:
        photo, *corners = self.pickers.values()
        x, y, *others = self.controls.values()
        pad = arranged_pad(corners, self.preview, x, y)
        self.preview.caption.add_class("nst-caption")
        folds = folded({"Show me the code": self.code_view})
        controls = row(column(photo, *others), pad, align="flex-start")
        return [controls, self.preview.caption, self.state, self.saver, folds]

    def _show_shares(self) -> None:
        for name, share in zip(CORNERS, self.settings.shares, strict=True):
            self.pickers[name].show_share(share)

    def _paint_one(self, photo: Tensor, request: Request) -> Tensor:
        styles = {corner: self._encode(corner, request.pictures[corner]) for corner in CORNERS}
        weighed = [styles[corner] for corner in _weighed(request.settings)]
        return self._loaded.network(self._encoded_photo(photo), weighed, **_options(request.settings))

    def _encode(self, corner: str, painting: Picture) -> EncodedStyle:
        try:
            return self._encoded[corner](painting)
        except ValueError as error:
            raise ValueError(f"the {corner} painting: {error}") from error

    def _shares(self, request: Request) -> list[tuple[str, float]]:
        return [(request.labels[corner], share) for corner, share in _weighed(request.settings).items()]


def _weighed(settings: PadSettings) -> dict[str, float]:
    """The corners whose styles are in the picture, with their shares."""
    shares = {name: round(share, _DIGITS) for name, share in zip(CORNERS, settings.shares, strict=True)}
    return {name: share for name, share in shares.items() if share}


def _options(settings: PadSettings) -> dict[str, object]:
    """What the network is called with, where it is not its default."""
    weights = list(_weighed(settings).values())
    chosen = {name: getattr(settings, name) for name in _OPTIONS}
    chosen = {"style_weights": weights if len(weights) > 1 else None, **chosen}
    return {name: value for name, value in chosen.items() if value_differs(value, getattr(AnyStyleSettings(), name))}
