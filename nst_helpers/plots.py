"""Every figure that the notebooks show: one palette, one panel size, labels on everything."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from torch import Tensor

from nst_helpers.images import to_pil
from nst_helpers.progress import Progress

# Okabe & Ito (2008): told apart by colour-blind readers; the line styles tell them apart in greyscale.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))

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
    columns = columns or len(images)
    pictures = {label: to_pil(image) for label, image in images.items()}
    rows = -(-len(images) // columns)
    widest = max(picture.width / picture.height for picture in pictures.values())
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(height * widest * columns, (height + 0.3) * rows),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.axis("off")
    for axis, (label, picture) in zip(axes.flat, pictures.items(), strict=False):
        axis.imshow(picture, interpolation="lanczos")
        axis.set_title(label, fontsize=10)
    return figure


def plot_losses(
    histories: Mapping[str, Sequence[Progress]], *, against: str = "iteration", term: str | None = None
) -> Figure:
    """Loss curves on a log scale, one for each label.

    Args:
        histories: the reports of each run, by label.
        against: "iteration" (evaluations of loss and gradient) or "seconds".
        term: a named loss in place of the total.
    """
    figure, axis = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
    styles = zip(PALETTE, LINE_STYLES, strict=True)
    for (label, history), (color, line) in zip(histories.items(), styles, strict=False):
        values = [report.loss if term is None else report.losses[term] for report in history]
        axis.plot([getattr(report, against) for report in history], values, color=color, linestyle=line, label=label)
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel({"iteration": "evaluations of loss and gradient", "seconds": "seconds"}[against])
    axis.set_ylabel(term or "total loss")
    axis.grid(visible=True, alpha=0.3)
    axis.legend(frameon=False)
    return figure
