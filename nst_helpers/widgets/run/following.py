"""Studios without a Run button: whatever is moved, the pictures follow."""

import types
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ipywidgets as widgets
from jaxtyping import Float
from torch import Tensor

from nst_helpers.images import Picture
from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.text import sentence
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.newest import Newest
from nst_helpers.widgets.run.panel import Panel


class Request(NamedTuple):
    """What is to be painted.

    Attributes:
        pictures: by the pickers' names.
        labels: theirs, likewise.
        settings: what the controls say.
    """

    pictures: Mapping[str, Picture]
    labels: Mapping[str, str]
    settings: object


class FollowingPanel(Panel):
    """A panel whose pictures follow its controls.

    It paints in a thread, so the notebook stays usable, and only the newest position of the controls: what waits when
    they move on is never painted. Where a position can't be painted the last pictures stay. The first are painted
    before the studio is there.

    A panel of its own says how it answers a request (``_paint``), beside what every panel says.

    Args:
        state: the line that says how things stand.
        pickers, fields, save_as, others: as `Panel` takes them.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.
    """

    def __init__(
        self,
        state: StateLine,
        pickers: Mapping[str, PicturePicker],
        fields: FieldControls,
        save_as: str,
        *,
        others: Mapping[str, widgets.DOMWidget] = types.MappingProxyType({}),
    ):
        self._newest = Newest(self._show, self._job_changed)
        self.job = self._newest.job
        super().__init__(state, pickers, fields, save_as, others=others)
        self._paint(self._request())
        for part in (*self.pickers.values(), *self.controls.values()):
            self._follow(part, self._repaint)

    def _paint(self, request: Request) -> None:
        """Paint and show what was asked for, in the job's thread."""
        raise NotImplementedError

    def _request(self) -> Request:
        pictures = {name: picker.value for name, picker in self.pickers.items()}
        return Request(pictures, {name: picker.label for name, picker in self.pickers.items()}, self.settings)

    def _repaint(self) -> None:
        request = self._request()
        self.state.note("")
        self._newest.ask(request)

    def _show(self, request: Request) -> None:
        """Paint what was asked for, or say why not, in the job's thread."""
        try:
            self._paint(request)
        except Exception as error:  # whatever it is, the widget says it and lives on
            self.state.show(f"Not painted: {sentence(error)}", failed=True)

    def _job_changed(self) -> None:
        """In either thread, when the job has started, been asked to stop, or ended."""
        if self.job.state == "running" and not self.job.stopping:
            self.state.show("Painting …")
        elif self.job.state == "stopped":
            self.state.show("Stopped, as another widget computes: move a control to paint again.")


def require_finite(pictures: Sequence[Float[Tensor, "1 3 _ _"]]) -> None:
    """Raise a ValueError where a picture can't be shown."""
    if not all(picture.isfinite().all() for picture in pictures):
        raise ValueError("the picture has values that are not finite: try precision='float32', or another network.")
