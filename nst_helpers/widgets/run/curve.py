"""The loss so far, drawn into an image that is set by value."""

import io
import math
from collections.abc import Callable, Mapping

import ipywidgets as widgets
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from nst_helpers.plots import LINE_STYLES, PALETTE
from nst_helpers.runtime import Progress

_DOTS = 2  # device pixels for each CSS pixel

Curves = dict[str, list[tuple[int, float]]]  # (step, value) by label


class LossCurve(widgets.VBox):
    """Total loss, or a named value, or several, against steps, on a log scale; the run before stays, in grey.

    Drawn with matplotlib's objects, never through pyplot, and without its mathematical text, neither of which may be
    used from a thread.

    Args:
        width, height: CSS px.
        term: of the named losses, in place of the total.
        parts: of a report, by label, in place of either.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        term: str | None = None,
        parts: Callable[[Progress], Mapping[str, float]] | None = None,
    ):
        self._size, self._term = (width, height), term
        self._parts = parts or (lambda report: {term or "loss": report.loss if term is None else report.losses[term]})
        self.image = widgets.Image(format="png", layout=widgets.Layout(width=f"{width}px", height=f"{height}px"))
        self._points: Curves = {}
        self.start(1)
        super().__init__([self.image], layout=widgets.Layout(width=f"{width}px", flex="0 0 auto", overflow="hidden"))

    def start(self, total: int) -> None:
        """Begin anew, with an empty diagram for so many steps, behind which the last curves stay."""
        self._total, self._before, self._points = total, self._points, {}
        self.draw()

    def restore(self) -> None:
        """Show the last curves again, as if nothing had been started since."""
        self._points, self._before = self._before, {}
        self.draw()

    def add(self, progress: Progress) -> None:
        """Note a report; `draw` shows it."""
        self._total = progress.total
        for label, value in self._parts(progress).items():
            curve = self._points.setdefault(label, [])  # in their order, whichever is above 0 first
            if math.isfinite(value) and value > 0:
                curve.append((progress.iteration, value))

    def draw(self) -> None:
        """Show what was noted."""
        self.image.value = draw_curves(self._points, self._before, self._total, *self._size, self._term or "loss")


def draw_curves(points: Curves, before: Curves, total: int, width: int, height: int, label: str) -> bytes:
    """PNG bytes of positive values by step, for an image of so many CSS px.

    Args:
        points: by label; several get a legend.
        before: likewise, drawn in grey behind them.
        total: steps.
        label: of the scale.
    """
    figure = Figure(figsize=(width / 72, height / 72), dpi=72 * _DOTS)
    canvas = FigureCanvasAgg(figure)
    axis = figure.add_axes((58 / width, 34 / height, (width - 76) / width, (height - 42) / height))
    _scale(axis, [value for curves in (points, before) for curve in curves.values() for _, value in curve])
    axis.set_xlim(0, max(total, 2))
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:.0f}"))
    for curve, style in zip(before.values(), LINE_STYLES, strict=False):
        axis.plot(*_columns(curve), color="0.75", linestyle=style, linewidth=1.2)
    for (name, curve), color, style in zip(points.items(), PALETTE, LINE_STYLES, strict=False):
        axis.plot(*_columns(curve), color=color, linestyle=style, linewidth=1.6, label=name)
    if len(points) > 1:
        axis.legend(frameon=False, fontsize=9)
    axis.set_xlabel("steps", fontsize=10)
    axis.set_ylabel(label, fontsize=10)
    axis.tick_params(labelsize=9)
    axis.grid(visible=True, alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    canvas.print_png(buffer)
    return buffer.getvalue()


def _columns(curve: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    """Steps and values apart."""
    return [step for step, _ in curve], [value for _, value in curve]


def _scale(axis: Axes, values: list[float]) -> None:
    """A logarithmic scale with room around the values; without any it has no figures."""
    low, high = min(values, default=1.0), max(values, default=1.0)
    middle = math.sqrt(low) * math.sqrt(high)
    axis.set_yscale("log")
    axis.set_ylim(min(low / 1.2, middle / 2), max(high * 1.2, middle * 2))
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,), numticks=6))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}" if values else ""))
    axis.yaxis.set_minor_formatter(NullFormatter())
