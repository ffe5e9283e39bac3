"""Gatys' method drawn: three pictures through one frozen network, two losses, and the way back to the pixels."""

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from torch import Tensor

from nst_helpers.images import to_pil
from nst_helpers.plots.curves import PALETTE

_BOX = 92, 60  # points, that a picture has
_PICTURES, _NETWORK, _KEPT, _LOSSES, _TOTAL = 1.2, 3.6, 5.7, 8.0, 10.2  # columns of the drawing, by their middle
_ROWS = {"photo": 4.0, "picture": 2.3, "painting": 0.6}


def draw_objective(
    photo: Float[Tensor, "1 3 _ _"], painting: Float[Tensor, "1 3 _ _"], picture: Float[Tensor, "1 3 _ _"]
) -> Figure:
    """A diagram of the loss that a picture between a photo and a painting has, and of its gradient.

    Args:
        photo, painting: whose content and whose style are wanted.
        picture: the one that is changed.
    """
    figure, axis = plt.subplots(figsize=(9.6, 4.4), layout="constrained")
    axis.set_xlim(-0.5, 11.3)
    axis.set_ylim(-0.9, 4.8)
    axis.axis("off")
    features = {"photo": "features P", "picture": "features F,\nGram matrices G", "painting": "Gram matrices A"}
    for (name, y), image in zip(_ROWS.items(), (photo, picture, painting), strict=True):
        drawn = OffsetImage(to_pil(image), zoom=min(_BOX[0] / image.shape[-1], _BOX[1] / image.shape[-2]))
        axis.add_artist(AnnotationBbox(drawn, (_PICTURES, y), pad=0.1))
        changes = "the picture: changes" if name == "picture" else f"the {name}: stays"
        axis.text(_PICTURES, y - 0.83, changes, ha="center", fontsize=9, weight="bold" if name == "picture" else None)
        _box(axis, _NETWORK, y, "VGG-19,\nfrozen")
        axis.text(_KEPT, y, features[name], ha="center", va="center", fontsize=9)
        _arrow(axis, (_PICTURES + 1.0, y), (_NETWORK - 0.65, y))
        _arrow(axis, (_NETWORK + 0.65, y), (_KEPT - 0.8, y))
    for y, text, other in ((3.2, "content loss", "photo"), (1.4, "style loss", "painting")):
        _box(axis, _LOSSES, y, text)
        for row in (other, "picture"):
            _arrow(axis, (_KEPT + 0.85, _ROWS[row]), (_LOSSES - 0.75, y))
        _arrow(axis, (_LOSSES + 0.75, y), (_TOTAL - 0.65, _ROWS["picture"]))
    _box(axis, _TOTAL, _ROWS["picture"], "α · content\n+ β · style")
    look = {"color": PALETTE[1], "linestyle": "--", "linewidth": 1.8}
    axis.plot([_TOTAL, _TOTAL, -0.3, -0.3], [1.8, -0.75, -0.75, _ROWS["picture"]], **look)
    axis.annotate("", (0.2, _ROWS["picture"]), (-0.33, _ROWS["picture"]), arrowprops=look | {"arrowstyle": "->"})
    axis.text(_LOSSES, -0.65, "gradient, back to the pixels", color=PALETTE[1], ha="center", fontsize=9)
    return figure


def _box(axis: Axes, x: float, y: float, text: str) -> None:
    look = {"boxstyle": "round,pad=0.5", "facecolor": "0.93", "edgecolor": "0.4"}
    axis.text(x, y, text, ha="center", va="center", fontsize=9, bbox=look)


def _arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "0.25", "linewidth": 1.2})
