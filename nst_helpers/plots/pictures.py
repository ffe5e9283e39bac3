"""Every figure that the notebooks show: one palette, one panel size, labels on everything."""

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Rectangle
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.images import to_pil
from nst_helpers.plots.curves import LINE_STYLES, PALETTE

PANEL = 2.6  # inches, the height of a picture's panel where several stand together


def show_images(
    images: Mapping[str, Float[Tensor, "1 3 _ _"]], *, columns: int | None = None, height: float = PANEL
) -> Figure:
    """Pictures in [0, 1] side by side, each under its label.

    Args:
        images: by label, in order.
        columns: panels in a row; all in one row if left out.
        height: of a panel, inches.
    """
    if not images:
        raise ValueError("no picture was given: pass at least one, by label.")
    pictures = {label: to_pil(image) for label, image in images.items()}
    figure, axes = _panels([picture.width / picture.height for picture in pictures.values()], columns, height)
    for axis, (label, picture) in zip(axes, pictures.items(), strict=False):
        axis.imshow(picture, interpolation="lanczos")
        edge = Rectangle((-0.5, -0.5), *picture.size, fill=False, edgecolor="0.6", linewidth=0.8, clip_on=False)
        axis.add_patch(edge)  # else a white picture has no end on a white page
        axis.set_title(label, fontsize=10, parse_math=False)
    return figure


def show_maps(
    maps: Mapping[str, Float[Tensor, "_ _"]],
    *,
    columns: int | None = None,
    height: float = PANEL,
    same_scale: bool = False,
) -> Figure:
    """Feature maps or matrices side by side, each from its own least (dark) to its own greatest value (bright).

    Args:
        maps: by label, in order.
        columns: panels in a row; all in one row if left out.
        height: of a panel, inches.
        same_scale: whether one colour means one value in all of them, with a colour bar.
    """
    if not maps:
        raise ValueError("no map was given: pass at least one, by label.")
    figure, axes = _panels([one.shape[1] / one.shape[0] for one in maps.values()], columns, height)
    for axis, (label, one) in zip(axes, maps.items(), strict=False):
        drawn = axis.imshow(one.detach().cpu().numpy(), cmap="viridis", interpolation="nearest")
        axis.set_title(label, fontsize=10, parse_math=False)
        if same_scale:
            drawn.set_clim(
                min(one.min().item() for one in maps.values()), max(one.max().item() for one in maps.values())
            )
    if same_scale:
        figure.colorbar(drawn, ax=figure.axes, shrink=0.85)
    return figure


def outline(image: Float[Tensor, "1 3 _ _"], boxes: Mapping[str, tuple[int, int, int, int]]) -> Figure:
    """A picture with labelled boxes (top, left, bottom, right), px; what lies beyond the picture is cut off."""
    picture = to_pil(image)
    figure, axis = plt.subplots(figsize=(3.6 * picture.width / picture.height + 1.5, 3.6), layout="constrained")
    axis.imshow(picture, interpolation="lanczos")
    axis.axis("off")
    styles = zip(PALETTE, LINE_STYLES, strict=True)
    for (label, (top, left, bottom, right)), (color, line) in zip(boxes.items(), styles, strict=False):
        corner = left - 0.5, top - 0.5
        for edge, width in (("white", 4), (color, 2)):  # on a white line it can be told from any picture
            box = Rectangle(corner, right - left, bottom - top, fill=False, edgecolor=edge, linewidth=width)
            box.set_linestyle("-" if edge == "white" else line)
            axis.add_patch(box)
        box.set_label(label)
    axis.set_xlim(-0.5, picture.width - 0.5)
    axis.set_ylim(picture.height - 0.5, -0.5)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return figure


def scatter_images(
    images: Mapping[str, Float[Tensor, "1 3 _ _"]], points: Float[Tensor, "images 2"], *, thumbnail: float = 0.55
) -> Figure:
    """Pictures as points of a plane, with their names; where they would overlap, a line leads to the point.

    Args:
        images: by name, in the order of ``points``.
        thumbnail: the longer side of a picture, inches.
    """
    figure, axis = plt.subplots(figsize=(9.0, 5.6), layout="constrained")
    points = points.detach().cpu()
    inches = 4.2 / (points.amax(dim=0) - points.amin(dim=0)).amax().clamp(min=1e-9).item()  # for a unit of the plane
    places = _apart(points * inches, (1.9 * thumbnail, thumbnail + 0.2)) / inches
    axis.scatter(*places.T.numpy(), s=1, color="none")
    axis.scatter(*points.T.numpy(), s=6, color="black")
    for (name, image), point, place in zip(images.items(), points.tolist(), places.tolist(), strict=True):
        picture = OffsetImage(to_pil(image), zoom=thumbnail * 72 / max(image.shape[-2:]))
        line = {"arrowstyle": "-", "color": "grey"}
        axis.add_artist(AnnotationBbox(picture, point, place, boxcoords="data", frameon=False, arrowprops=line))
        below = thumbnail * 36 * image.shape[-2] / max(image.shape[-2:]) + 2
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # over lines and other pictures' points
        look = {"textcoords": "offset points", "ha": "center", "va": "top", "fontsize": 7, "bbox": ground}
        axis.annotate(name, place, (0, -below), **look)
    axis.margins(0.12)
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_xticks([])
    axis.set_yticks([])
    return figure


def _panels(aspects: Sequence[float], columns: int | None, height: float) -> tuple[Figure, Iterable[Axes]]:
    """Bare panels for pictures of these ratios of width to height, each wide enough for the widest."""
    columns = columns or len(aspects)
    rows = -(-len(aspects) // columns)
    size = height * max(aspects) * columns, (height + 0.3) * rows
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    return figure, axes.flat


def _apart(points: Float[Tensor, "points 2"], box: tuple[float, float]) -> Float[Tensor, "points 2"]:
    """The points, pushed away from each other until boxes (width, height) around them overlap no more."""
    apart = points.clone()
    for _ in range(1000):
        gaps = apart[:, None] - apart
        overlaps = (torch.tensor(box) - gaps.abs()).amin(dim=2, keepdim=True).clamp(min=0)
        overlaps[range(len(points)), range(len(points))] = 0  # a box with itself
        if not overlaps.any():
            break
        apart += 0.2 * (overlaps * F.normalize(gaps, dim=2)).sum(dim=1)
    return apart
