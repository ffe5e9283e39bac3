"""Curves: one palette, told apart without colour too."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from torch import Tensor

from nst_helpers.runtime import Progress

# Okabe & Ito (2008): told apart by colour-blind readers; the line styles tell them apart in greyscale.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


def plot_losses(
    histories: Mapping[str, Sequence[Progress] | Sequence[float]],
    *,
    against: str = "iteration",
    term: str | None = None,
    levels: Mapping[str, float] | None = None,
) -> Figure:
    """Loss curves on a log scale, one for each label.

    Args:
        histories: the reports of each run, or a number for each of its evaluations, by label.
        against: "iteration" (evaluations of loss and gradient) or "seconds".
        term: a named loss in place of the total.
        levels: for some labels a loss to compare with, a thin line across in the curve's colour and style.
    """
    figure, axis = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
    styles = zip(PALETTE, LINE_STYLES, strict=True)
    for (label, history), (color, line) in zip(histories.items(), styles, strict=False):
        if history and isinstance(history[0], float):
            positions, values = range(1, len(history) + 1), history
        else:
            positions = [getattr(report, against) for report in history]
            values = [report.loss if term is None else report.losses[term] for report in history]
        axis.plot(positions, values, color=color, linestyle=line, label=label)
        if label in (levels or {}):
            axis.axhline(levels[label], color=color, linestyle=line, linewidth=0.8)
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel({"iteration": "evaluations of loss and gradient", "seconds": "seconds"}[against])
    axis.set_ylabel(term or "total loss")
    axis.grid(visible=True, alpha=0.3)
    axis.legend(frameon=False)
    return figure


def plot_runs(
    panels: Mapping[str, Mapping[str, Float[Tensor, "runs points"]]],
    steps: Float[Tensor, " points"],
    *,
    quantity: str = "loss",
) -> Figure:
    """A quantity over steps, in panels: for each label the mean of its runs, in a band from the least to the greatest.

    Args:
        panels: by title, the runs by label; a label looks the same in all of them, and so does the scale.
        steps: of training, at which the points stand.
        quantity: what is written beside the scale.

    Raises:
        ValueError: no panel.
    """
    if not panels:
        raise ValueError("no panel was given: pass at least one, by title.")
    size = 2.4 + 2.8 * len(panels), 3.2
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharey=True, squeeze=False, layout="constrained")
    labels = list(dict.fromkeys(label for runs in panels.values() for label in runs))
    looks = dict(zip(labels, zip(PALETTE, LINE_STYLES, strict=True), strict=False))
    for axis, (title, runs) in zip(axes.flat, panels.items(), strict=True):
        for label, values in runs.items():
            color, line = looks[label]
            axis.plot(steps.numpy(), values.mean(dim=0).numpy(), color=color, linestyle=line, label=label)
            least, greatest = values.numpy().min(axis=0), values.numpy().max(axis=0)
            axis.fill_between(steps.numpy(), least, greatest, color=color, alpha=0.2, linewidth=0)
        axis.set_title(title, fontsize=10, parse_math=False)
        axis.set_xlabel("steps of training")
        axis.grid(visible=True, alpha=0.3)
        axis.legend(frameon=False)
    axes[0, 0].set_ylabel(quantity)
    return figure


def plot_spectra(
    frequencies: Float[Tensor, " frequencies"],
    powers: Mapping[str, Float[Tensor, " frequencies"]],
    *,
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """Power over frequency on a log scale, one curve for each label.

    Args:
        frequencies: in cycles per px.
        powers: above 0, by label.
        marks: frequencies to be marked by a dotted line, by what stands beside it.
    """
    figure, axis = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
    styles = zip(PALETTE, LINE_STYLES, strict=True)
    for (label, power), (color, line) in zip(powers.items(), styles, strict=False):
        axis.plot(frequencies.cpu().numpy(), power.cpu().numpy(), color=color, linestyle=line, label=label)
    for label, frequency in (marks or {}).items():
        axis.axvline(frequency, color="grey", linestyle=":", linewidth=0.8)
        axis.annotate(
            label, (frequency, 1), (-2, -3), xycoords=("data", "axes fraction"), textcoords="offset points",
            ha="right", va="top", fontsize=8,
        )  # fmt: skip
    axis.set_yscale("log")
    axis.set_xlabel("cycles per px")
    axis.set_ylabel("share of the power")
    axis.grid(visible=True, alpha=0.3)
    axis.legend(frameon=False, loc="lower left")
    return figure
