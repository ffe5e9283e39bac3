"""The results as one picture: a panel for each run."""

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers import plots
from nst_helpers.batch.results import Result
from nst_helpers.images import load_image
from nst_helpers.runtime import write_whole

_WIDTH, _HEIGHT = 480, 320  # of the field that a picture is fitted into, px
_COLUMNS = 6
_LETTERS = 44  # in a line below a panel's edge
_WHITE, _GREY = 1.0, 0.85


def write_sheet(results: Sequence[Result], path: Path) -> Path:
    """A PNG of all runs' pictures, with parameters, seconds and verdicts; grey where there is no picture."""
    panels = {_label(result): _panel(result.picture) for result in results}
    figure = plots.show_images(panels, columns=min(_COLUMNS, len(panels)), height=2.2)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=100, bbox_inches="tight", pad_inches=0.1)
    plt.close(figure)
    return write_whole(path, data.getvalue())


def _label(result: Result) -> str:
    """The run's folder, which no two share, and how it went."""
    return "\n".join([*textwrap.wrap(result.run.name, _LETTERS), result.told])


def _panel(picture: Path | None) -> Float[Tensor, "1 3 _ _"]:
    """The picture, as large as its field allows, in the middle."""
    if picture is None:
        return torch.full((1, 3, _HEIGHT, _WIDTH), _GREY)
    image = load_image(picture)
    height, width = image.shape[-2:]
    image = load_image(picture, max(1, round(max(height, width) * min(_WIDTH / width, _HEIGHT / height))))
    height, width = image.shape[-2:]
    left, top = (_WIDTH - width) // 2, (_HEIGHT - height) // 2
    return F.pad(image, (left, _WIDTH - width - left, top, _HEIGHT - height - top), value=_WHITE)
