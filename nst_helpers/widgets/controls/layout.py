"""How widgets are set out: widths, columns, folds, and help that works in both generations of ipywidgets."""

import html
from collections.abc import Mapping

import ipywidgets as widgets

from nst_helpers.runtime import printable

LABEL_WIDTH = 108  # CSS px
_COLUMN_WIDTH = "388px"  # two of them and their gap fit into 800
_RED = "#b00020"


def labelled() -> dict[str, object]:
    """Keywords that align a control with those above and below it in a column, its label included."""
    return {"style": {"description_width": f"{LABEL_WIDTH}px"}, "layout": widgets.Layout(width="auto")}


def explain(widget: widgets.DOMWidget, text: str) -> None:
    """Show the text when the mouse rests on the widget: ``tooltip`` in ipywidgets 8, else ``description_tooltip``.

    Only on widgets with a description: the front end of ipywidgets 8.1 fails to draw others that have a tooltip.
    """
    if not widget.has_trait("description"):
        return
    for name in ("tooltip", "description_tooltip"):
        if widget.has_trait(name):
            setattr(widget, name, text)
            return


def column(*parts: widgets.Widget) -> widgets.VBox:
    """Parts below one another, all as wide as the column, which is no wider than the page."""
    layout = widgets.Layout(width=_COLUMN_WIDTH, max_width="100%", flex="0 0 auto", overflow="hidden")
    return widgets.VBox(parts, layout=layout)


def row(*parts: widgets.Widget, align: str = "center") -> widgets.HBox:
    """Parts beside one another with a gap, below one another where the page is too narrow."""
    return widgets.HBox(parts, layout=widgets.Layout(flex_flow="row wrap", grid_gap="4px 16px", align_items=align))


def folded(parts: Mapping[str, widgets.Widget]) -> widgets.Accordion:
    """Parts under their titles, all closed."""
    folds = widgets.Accordion(list(parts.values()), selected_index=None)
    for number, title in enumerate(parts):
        folds.set_title(number, title)  # ipywidgets 7 has no other way
    return folds


def preformatted(text: str) -> str:
    """HTML of a program's text, to be selected and copied."""
    return f'<pre style="margin: 0; line-height: 1.4; white-space: pre-wrap">{html.escape(text)}</pre>'


def status(*lines: tuple[str, bool]) -> str:
    """HTML of sentences below one another, those that alarm in red; screen readers are told when they change."""
    spans = []
    for line, red in lines:
        spans.append(f'<span style="color: {_RED if red else "inherit"}">{html.escape(printable(line))}</span>')
    return f'<div role="status" style="line-height: 1.4; padding: 4px 0">{"<br>".join(spans)}</div>'
