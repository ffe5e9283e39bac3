"""A film under the hand: any frame, by any of several networks, beside what the result before makes of it."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

import ipywidgets as widgets
import torch
from jaxtyping import Float
from matplotlib.colors import to_rgb
from torch import Tensor

from nst_helpers.images import Picture
from nst_helpers.networks import TransformNet
from nst_helpers.plots import PALETTE
from nst_helpers.runtime import Number, describe, require_choice, takes
from nst_helpers.video import FilmSettings, Scene
from nst_helpers.widgets.controls.fields import FieldControls, make_control
from nst_helpers.widgets.controls.layout import column, folded, row
from nst_helpers.widgets.controls.pictures import color_map, joined, numbered_views
from nst_helpers.widgets.controls.text import quoted
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.film_program import film_program
from nst_helpers.widgets.run.following import FollowingPanel, Request
from nst_helpers.widgets.run.footage import take_footage
from nst_helpers.widgets.run.loaded import take_networks
from nst_helpers.widgets.run.pace import milliseconds
from nst_helpers.widgets.run.reel import Pair, Reel

_WIDTH = 360  # CSS px of a picture: two in a row, or one that a narrow screen has room for
_BRIGHTEST = 0.01  # squared difference: a tenth of the range
_HIDDEN = to_rgb(PALETTE[1])
_LEGEND = (
    '<div style="line-height: 1.4"><b>flicker</b>: the squared difference between a result and the one before, warped '
    f"to it, on average over what both show. Its map: dark is 0, yellow {_BRIGHTEST:g} or more; white, and orange in "
    "the picture beside it, is what the frame before doesn't show.</div>"
)


class FilmStudio(FollowingPanel):
    """Go through a painted film: each result beside the one before warped to it, what that hides, and the difference.

    It paints in a thread, so the notebook stays usable, and only for the newest position of the controls. A network
    paints a frame once, when it is first needed; with a temporal weight each result needs all before it. Where a frame
    can't be painted the last pictures stay. The first are painted before the studio is there.

    Args:
        networks: one or more by label, each a bundled name, a .safetensors file, or a network in eval mode; of one
            style.
        clip: a bundled name or a file; frames of one size; or a `video.Scene`, whose motion is known exactly. Of
            others it is estimated, each pair of frames once.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.
        shown: the last pictures: a `Pair`.

    Raises:
        ValueError: networks as `LightStudio` refuses them, an unknown method, a clip without two frames or without
            the one to show; and what `read_clip` and `estimate_flow` raise.
        ImportError: PyAV or OpenCV is needed and not installed.

    Example:
        >>> studio = FilmStudio({"frame by frame": "fast_starry_night"}, temporal_weight=0.5)  # doctest: +SKIP
        >>> studio.controls["frame"].value = 8  # without a mouse  # doctest: +SKIP
        >>> studio.job.wait(), studio.shown.flicker  # doctest: +SKIP
        (True, 0.0004)
    """

    @takes(FilmSettings)
    def __init__(
        self,
        networks: Mapping[str, str | os.PathLike | TransformNet],
        clip: str | os.PathLike | Scene | Sequence[Picture] | Float[Tensor, "frames 3 height width"] = "bigbuckbunny",
        *,
        settings: FilmSettings,
    ):
        self._loaded = take_networks(networks, settings)
        labels = list(self._loaded)
        method = labels[0] if settings.method is None else settings.method
        require_choice("method", method, labels)
        self._footage = take_footage(clip, settings, self._loaded[method].device)
        last = len(self._footage.frames) - 1
        if settings.frame > last:
            raise ValueError(f"frame is {settings.frame}: the clip's last is {last}, counted from 0.")
        painters = {label: one.network for label, one in self._loaded.items()}
        self._reel = Reel(self._footage.frames, painters, self._footage.motion_of)
        self.views = numbered_views(4, _WIDTH)
        fields = FieldControls(FilmStudio.__init__, settings, ("temporal_weight",))
        frame = make_control("frame", Annotated[int, Number(least=0, most=last)], settings.frame, _says("frame"))
        choice = make_control("method", Literal[*labels], method, _says("method"))
        super().__init__(StateLine(), {}, fields, "film.png", others={"frame": frame, "method": choice})

    def __repr__(self) -> str:  # stands in the stored outputs of notebooks
        return f"FilmStudio([{', '.join(map(quoted, self._loaded))}], {self._footage.source})"

    @property
    def settings(self) -> FilmSettings:
        """What the controls say."""
        return replace(self._fields.settings, **{name: control.value for name, control in self._others.items()})

    @property
    def picture(self) -> Tensor:
        """The four pictures, in two rows."""
        result, warped, hidden, error = _pictures(self.shown)
        return joined([joined([result, warped]), joined([hidden, error])], dim=-2)

    @property
    def code(self) -> str:
        """The program that makes the result at which the controls stand, and measures its flicker."""
        settings = self.settings
        return film_program(settings, self._footage, self._loaded[settings.method])

    def _arranged(self) -> list[widgets.Widget]:
        frame, method, weight = self.controls.values()
        frame.layout.max_width = f"{2 * _WIDTH}px"
        pictures = row(*self.views, align="flex-start")
        folds = folded({"Show me the code": self.code_view})
        choices = row(column(method), column(weight))
        return [choices, frame, pictures, widgets.HTML(_LEGEND), self.state, self.saver, folds]

    @torch.no_grad()
    def _paint(self, request: Request) -> None:
        settings = request.settings
        wanted = settings.frame, settings.method, settings.temporal_weight
        began, needed = time.perf_counter(), self._reel.unpainted(*wanted)
        for number in needed:
            if self._newest.superseded:
                return
            self.state.show(f"Painting frame {number} …")
            self._reel.paint(number, *wanted[1:])
        seconds = time.perf_counter() - began
        self._display(self._reel.pair(*wanted), settings)
        height, width = self.shown.frame.shape[-2:]
        many = f"{len(needed)} frame{'s' * (len(needed) != 1)} of {width}×{height} px"
        taken = (
            f"Painted {many} in {milliseconds(seconds)}." if needed else f"Frame {settings.frame} was there already."
        )
        self.state.show(taken)

    def _display(self, shown: Pair, settings: FilmSettings) -> None:
        self.shown = shown
        captions = _captions(shown, settings, known=self._footage.known)
        for view, picture, caption in zip(self.views, _pictures(shown), captions, strict=True):
            view.show(picture, caption)


def _says(name: str) -> str:
    return describe(FilmStudio.__init__)[name]


def _pictures(shown: Pair) -> list[Tensor]:
    """The result, the one before warped to it, what that hides over the frame, and the map of the error."""
    if shown.warped is None:
        return [shown.result, *3 * [torch.ones_like(shown.result)]]
    orange = shown.frame.new_tensor(_HIDDEN)[:, None, None]
    hidden = torch.where(shown.visible, torch.lerp(shown.frame, torch.ones_like(orange), 0.5), orange)
    error = color_map(shown.error[0, 0] / _BRIGHTEST)
    return [shown.result, shown.warped, hidden, torch.where(shown.visible, error, torch.ones_like(error))]


def _captions(shown: Pair, settings: FilmSettings, *, known: bool) -> list[str]:
    blended = f", {settings.temporal_weight:.0%} blended" if settings.temporal_weight and shown.number else ""
    result = f"frame {shown.number}: {settings.method}{blended}"
    if shown.warped is None:
        return [result, *3 * ["no frame before it"]]
    before, share = shown.number - 1, (~shown.visible).float().mean().item()
    return [
        result,
        f"result {before}, warped to frame {shown.number}",
        f"not in frame {before}: {share:.1%}, flow {'known' if known else 'estimated'}",
        f"flicker {shown.flicker:.5f}",
    ]
