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
    histories: Mapping[str, Sequence[Progress]],
    *,
    against: str = "iteration",
    term: str | None = None,
    levels: Mapping[str, float] | None = None,
) -> Figure:
    """Loss curves on a log scale, one for each label.

    Args:
        histories: the reports of each run, by label.
        against: "iteration" (evaluations of loss and gradient) or "seconds".
        term: a named loss in place of the total.
        levels: for some labels a loss to compare with, a thin line across in the curve's colour and style.
    """
    figure, axis = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
    styles = zip(PALETTE, LINE_STYLES, strict=True)
    for (label, history), (color, line) in zip(histories.items(), styles, strict=False):
        values = [report.loss if term is None else report.losses[term] for report in history]
        axis.plot([getattr(report, against) for report in history], values, color=color, linestyle=line, label=label)
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
