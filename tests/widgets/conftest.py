"""Small studios."""

import pytest

from nst_helpers.widgets import StyleStudio
from tests.widgets.helpers import makes

FAST = {
    "size": 32,
    "steps": 4,
    "weights": "random",
    "normalized": False,
    "precision": "float32",
    "device": "cpu",
    "content_layers": ["relu2_1"],
    "style_layers": {"relu1_1": 0.5, "relu2_1": 0.5},
}
LONG = 100_000  # steps, never taken


@pytest.fixture
def make():
    """A maker of small studios, which are closed at the end."""
    yield from makes(StyleStudio, FAST)
