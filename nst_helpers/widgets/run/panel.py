"""What every studio shares: pictures to pick, controls, how things stand, saving, and the code that does the same."""

import types
from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
from torch import Tensor

from nst_helpers.widgets.controls.fields import FieldControls
from nst_helpers.widgets.controls.layout import preformatted
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.controls.text import sentence
from nst_helpers.widgets.run.buttons import StateLine
from nst_helpers.widgets.run.job import BackgroundJob
from nst_helpers.widgets.run.saving import SaveRow
from nst_helpers.widgets.run.still import SENTENCE, still


class Panel(widgets.VBox):
    """Pickers and controls of something that computes in a thread, so that the notebook stays usable.

    A panel of its own says how it looks (``_arranged``), what its picture is, in which views it shows pictures, and
    what program makes it. Where a page can't show controls, those pictures and a sentence stand in their place.

    Args:
        state: the line that says how things stand.
        pickers: of the pictures, by the names of the method's parameters.
        fields: controls of the method's options.
        save_as: the file name that saving begins with.
        others: controls of what is no field with a control, by name.

    Attributes:
        job: the `BackgroundJob`, with its state.
        controls: by name; each has a ``value``.
    """

    job: BackgroundJob
    views: Sequence[PictureView]
    _ipython_display_ = None  # ipywidgets 7 would display by this, and without the bundle

    def __init__(
        self,
        state: StateLine,
        pickers: Mapping[str, PicturePicker],
        fields: FieldControls,
        save_as: str,
        *,
        others: Mapping[str, widgets.DOMWidget] = types.MappingProxyType({}),
    ):
        self._complaint = ""
        self.state, self.pickers, self._fields, self._others = state, pickers, fields, others
        self.controls = {**others, **fields.by_name}
        self.saver = SaveRow(lambda: self.picture, save_as)
        self.code_view = widgets.HTML()
        self.code_view.add_class("nst-code")
        super().__init__(self._arranged(), layout=widgets.Layout(width="100%", max_width="860px"))
        for part in (*self.pickers.values(), *self.controls.values()):
            self._follow(part, self._show_code)
        self._show_code()

    def __repr__(self) -> str:  # stands in the stored outputs of notebooks
        return f"{type(self).__name__}({', '.join(picker.expression for picker in self.pickers.values())})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        """The controls, and what other pages than a running notebook's show."""
        return {
            "text/plain": f"{self!r}. {SENTENCE}",
            "text/html": still(repr(self), self.views),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }

    @property
    def settings(self) -> object:
        """What the controls say: the method's dataclass."""
        return self._fields.settings

    @property
    def picture(self) -> Tensor | None:
        """The picture that is shown, and saved; None while there is none."""
        raise NotImplementedError

    @property
    def code(self) -> str:
        """The program that makes the picture."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop, and take the widget off the page."""
        if hasattr(self, "job"):
            self.job.close()
            for picker in self.pickers.values():
                picker.close()
        super().close()

    def _arranged(self) -> list[widgets.Widget]:
        raise NotImplementedError

    def _follow(self, part: widgets.Widget, show: Callable[[], object]) -> None:
        """Show something anew whenever the part's value has changed; what is wrong with the value is a remark."""
        part.observe(lambda _: self._attempt(show), "value")

    def _attempt(self, show: Callable[[], object]) -> None:
        try:
            show()
        except Exception as error:  # in answer to a mouse nobody catches it; the widget says it and lives on
            self._complaint = sentence(error)
            self.state.note(self._complaint)
        else:
            if self.state.remark == self._complaint:
                self.state.note("")

    def _show_code(self) -> None:
        self.code_view.value = preformatted(self.code)
