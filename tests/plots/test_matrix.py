"""A table as a picture: every figure is written where it belongs."""

import matplotlib.pyplot as plt
import pytest
import torch

from nst_helpers import plots


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_each_entry_is_written_in_its_place_and_can_be_read():
    values = torch.tensor([[0.01, 10.0, 1.0], [1.0, 0.125, 10.0]])
    (axis,) = plots.show_matrix(values, ["above", "below"], ["a", "b", "c"]).axes
    written = {text.get_position(): text for text in axis.texts}
    assert [written[column, 0].get_text() for column in range(3)] == ["0.01", "10", "1"]
    assert written[1, 1].get_text() == "0.12"
    assert [written[column, 0].get_color() for column in range(2)] == ["black", "white"]  # on white and on black
    assert [label.get_text() for label in axis.get_xticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["above", "below"]


def test_a_name_for_each_row_and_column():
    with pytest.raises(ValueError, match=r"the matrix is \(1, 2\), and there are 1 and 1 names"):
        plots.show_matrix(torch.ones(1, 2), ["one"], ["two"])
