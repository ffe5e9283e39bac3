"""The drawn network: bars in order, as high as the maps, with their channels."""

import matplotlib.pyplot as plt
import pytest

from nst_helpers import plots


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_each_layer_is_a_bar_as_high_as_its_maps():
    figure = plots.draw_network({"photo": (3, 64), "encoder": (8, 32), "decoder": (4, 64)})
    (axis,) = figure.axes
    assert [(bar.get_y(), bar.get_height()) for bar in axis.patches] == [(-32, 64), (-16, 32), (-32, 64)]
    assert [text.get_text() for text in axis.texts] == ["3", "8", "4"]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["photo", "encoder", "decoder"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["32 px", "64 px"]


def test_no_layer_is_a_sentence():
    with pytest.raises(ValueError, match="no layer was given"):
        plots.draw_network({})
