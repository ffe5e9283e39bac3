"""The loss so far, drawn into an image that is set by value."""

import io
import math

import ipywidgets as widgets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from nst_helpers.plots import PALETTE
from nst_helpers.runtime import Progress

_DOTS = 2  # device pixels for each CSS pixel


class LossCurve(widgets.VBox):
    """Total loss, or a named value, against steps, on a log scale.

    Drawn with matplotlib's objects, never through pyplot, and without its mathematical text, neither of which may be
    used from a thread.

    Args:
        width, height: CSS px.
        term: of the named losses, in place of the total.
    """

    def __init__(self, width: int, height: int, *, term: str | None = None):
        self._size, self._term = (width, height), term
        self.image = widgets.Image(format="png", layout=widgets.Layout(width=f"{width}px", height=f"{height}px"))
        self.start(1)
        super().__init__([self.image], layout=widgets.Layout(width=f"{width}px", flex="0 0 auto", overflow="hidden"))

    def start(self, total: int) -> None:
        """Begin anew, with an empty diagram for so many steps."""
        self._total, self._points = total, []
        self.draw()

    def add(self, progress: Progress) -> None:
        """Note a report; `draw` shows it."""
        self._total = progress.total
        value = progress.loss if self._term is None else progress.losses[self._term]
        if math.isfinite(value) and value > 0:
            self._points.append((progress.iteration, value))

    def draw(self) -> None:
        """Show what was noted."""
        self.image.value = draw_curve(self._points, self._total, *self._size, self._term or "loss")


def draw_curve(points: list[tuple[int, float]], total: int, width: int, height: int, label: str = "loss") -> bytes:
    """PNG bytes of positive values by step, for an image of so many CSS px."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72 * _DOTS)
    canvas = FigureCanvasAgg(figure)
    axis = figure.add_axes((58 / width, 34 / height, (width - 76) / width, (height - 42) / height))
    losses = [loss for _, loss in points] or [1.0]
    low, high = min(losses), max(losses)
    middle = math.sqrt(low) * math.sqrt(high)
    axis.set_yscale("log")
    axis.set_ylim(min(low / 1.2, middle / 2), max(high * 1.2, middle * 2))
    axis.set_xlim(0, max(total, 2))
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,), numticks=6))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}" if points else ""))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:.0f}"))
    axis.plot(*zip(*points, strict=True), color=PALETTE[0], linewidth=1.6) if points else None
    axis.set_xlabel("steps", fontsize=10)
    axis.set_ylabel(label, fontsize=10)
    axis.tick_params(labelsize=9)
    axis.grid(visible=True, alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    canvas.print_png(buffer)
    return buffer.getvalue()
