"""All studios on one page, one at a time: for an open day, a museum, or a class's first look."""

import types
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import ipywidgets as widgets

from nst_helpers.runtime import require_choice
from nst_helpers.widgets.channel_explorer import ChannelExplorer
from nst_helpers.widgets.controls.text import sentence
from nst_helpers.widgets.film_studio import FilmStudio
from nst_helpers.widgets.light_studio import LightStudio
from nst_helpers.widgets.mix_studio import MixStudio
from nst_helpers.widgets.pad_studio import PadStudio
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.panel import Panel
from nst_helpers.widgets.style_studio import StyleStudio
from nst_helpers.widgets.texture_studio import TextureStudio

_NORMS = {"instance norm": "ablation_instance", "batch norm": "ablation_batch", "no norm": "ablation_none"}
_TWINS = {"frame by frame": "reconet_baseline", "trained to be steady": "reconet"}


class Room(NamedTuple):
    """A studio of the gallery.

    Attributes:
        says: what a visitor can do there, in a sentence or two.
        make: gives the studio, of a size that a processor keeps up with.
    """

    says: str
    make: Callable[[], Panel]


ROOMS: Mapping[str, Room] = types.MappingProxyType(
    {
        "Mix paintings": Room(
            "Move the sliders: a trained network paints the photo at once, in the manner of one painting or of more.",
            partial(MixStudio, size=256),
        ),
        "Between four paintings": Room(
            "Move about between the corners: one network paints after any painting, yours too.",
            partial(PadStudio, size=256),
        ),
        "Step by step": Room(
            "Choose a photo and a painting and press Run: the photo is changed in small steps until its texture is the "
            "painting's. This is how it began, in 2015.",
            partial(StyleStudio, size=160, steps=80),
        ),
        "Grow a texture": Room(
            "Press Run: noise is changed until its statistics, the coloured squares, are the painting's.",
            partial(TextureStudio, size=96, steps=60),
        ),
        "What a network sees": Room(
            "Choose one of the thousands of detectors of a network that was trained to recognise things: it shows what "
            "excites it, and Run lets it paint what it looks for.",
            partial(ChannelExplorer, size=96, steps=48),
        ),
        "Turn the light": Room(
            "Change the light of the photo: three networks that differ in one small part notice it, or don't.",
            partial(LightStudio, _NORMS, size=192),
        ),
        "A steady film": Room(
            "Go through the film: what flickers from one painted frame to the next is yellow.",
            partial(FilmStudio, _TWINS, size=192, frames=8),
        ),
    }
)
"""By the words on the page's buttons."""


class Gallery(widgets.VBox):
    """A button for each studio, and the one that was chosen; the one before is closed.

    Nothing is saved on the machine that computes: a visitor takes a picture home through the browser.

    Args:
        first: the studio to begin with.
        rooms: the studios, by the words on their buttons.

    Attributes:
        menu: the buttons; its ``value`` is the name of the studio chosen.
        studio: the open one; None where it couldn't be opened, which the state line explains.

    Raises:
        ValueError: no room is called ``first``.

    Example:
        >>> gallery = Gallery("Step by step")  # doctest: +SKIP
        >>> gallery.menu.value = "Grow a texture"  # doctest: +SKIP
    """

    def __init__(self, first: str = "Mix paintings", *, rooms: Mapping[str, Room] = ROOMS):
        self._rooms, self._stage, self.studio = rooms, widgets.VBox(), None
        require_choice("first", first, list(rooms))
        self.menu = widgets.ToggleButtons(options=list(rooms), value=first, style={"button_width": "auto"})
        self.menu.add_class("nst-menu")
        self.state = StateLine()
        self.state.add_class("nst-room")
        self.state.remove_class("nst-state")  # which is the studio's own
        super().__init__([self.menu, self.state, self._stage], layout=widgets.Layout(max_width="860px"))
        self._enter(first)
        self.menu.observe(lambda change: self._enter(change["new"]), "value")

    def __repr__(self) -> str:
        return f"Gallery({self.menu.value!r})"

    def close(self) -> None:
        """Close the open studio, and take the page's widgets away."""
        self._leave()
        super().close()

    def _enter(self, name: str) -> None:
        self._leave()
        self.state.show(f"Opening “{name}” …")
        try:
            self.studio = self._rooms[name].make()
        except Exception as error:  # in answer to a mouse nobody catches it; the other studios stay open
            self.state.show(f"“{name}” can't be opened: {sentence(error)}", failed=True)
            return
        self.studio.saver.layout.display = "none"
        self._stage.children = [self.studio]
        self.state.show(self._rooms[name].says)

    def _leave(self) -> None:
        self._stage.children = []
        if self.studio is not None:
            self.studio.close()
            self.studio = None
