"""A trained network under the hand: a photo, a mix of styles on sliders, and the picture that follows them."""

import os
from dataclasses import replace

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.images import Picture
from nst_helpers.networks import PaintSettings, TransformNet
from nst_helpers.runtime import takes
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.mix import MixSliders
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.call import literal
from nst_helpers.widgets.run.following import Request
from nst_helpers.widgets.run.live import photo_picker
from nst_helpers.widgets.run.loaded import take_network
from nst_helpers.widgets.run.painter import PainterStudio
from nst_helpers.widgets.run.view import VIEW_WIDTH


class MixStudio(PainterStudio):
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
        loaded, state = take_network(network, settings, "the network"), StateLine()
        styles = loaded.network.styles
        if settings.mix is None and len(styles) > 1:
            settings = replace(settings, mix=styles[0])
        fields = FieldControls(MixStudio.__init__, settings, ("size",))
        others = {"mix": MixSliders(styles, settings.mix)} if len(styles) > 1 else {}
        pickers = {"photo": photo_picker(photo, state)}
        super().__init__(loaded, PictureView(VIEW_WIDTH, VIEW_WIDTH), state, pickers, fields, others=others)

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
    def code(self) -> str:
        """The program that makes the picture at which the controls stand."""
        mix = self.settings.mix
        return self._program("image", ["result = network(image" + (")" if mix is None else f", mix={literal(mix)})")])

    def _arranged(self) -> list[widgets.Widget]:
        left = column(*self.pickers.values(), *self._fields.by_name.values(), *self._others.values())
        folds = folded({"Show me the code": self.code_view})
        return [row(left, self.preview, align="flex-start"), self.state, self.saver, folds]

    def _paint_one(self, photo: Tensor, request: Request) -> Tensor:
        return self._loaded.network(photo, request.settings.mix)

    def _shares(self, request: Request) -> list[tuple[str, float]]:
        mix = request.settings.mix
        weights = {mix: 1.0} if isinstance(mix, str) else mix or {}
        return [(name, weight / sum(weights.values())) for name, weight in weights.items()]
