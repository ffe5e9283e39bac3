"""The figures: what is in them, and that they say what they show."""

import itertools

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient

from nst_helpers import plots
from tests.regression import kernel_environment


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_pictures_stand_under_their_labels_in_rows():
    images = {name: torch.full((1, 3, 8, 12), 0.5) for name in "abc"}
    figure = plots.show_images(images, columns=2, height=2.0)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["a", "b", "c", ""]
    assert tuple(figure.get_size_inches()) == pytest.approx((2 * 1.5 * 2, 2 * 2.3))
    assert [len(axis.images) for axis in figure.axes] == [1, 1, 1, 0]
    assert (figure.axes[0].images[0].get_array() == 128).all()


def test_every_panel_has_room_for_the_widest_picture():
    images = {"tall": torch.zeros(1, 3, 12, 8), "wide": torch.zeros(1, 3, 8, 16)}
    assert plots.show_images(images, height=2.0).get_size_inches()[0] == pytest.approx(2 * 2 * 2)


def test_a_white_picture_can_be_told_from_the_page():
    figure = plots.show_images({"white": torch.ones(1, 3, 20, 30)})
    figure.canvas.draw()
    (axis,) = figure.axes
    left, bottom, right, top = (round(edge) for edge in axis.get_window_extent().extents)
    drawn = np.asarray(figure.canvas.buffer_rgba())[::-1, :, 0]
    assert drawn[bottom:top, left : left + 2].min(axis=1).max() < 240
    assert drawn[bottom + 5 : top - 5, left + 5 : right - 5].min() == 255


def test_a_label_with_dollars_is_no_formula():
    figure = plots.show_images({"cost $5 and $x_": torch.zeros(1, 3, 8, 8)})
    figure.canvas.draw()  # mathematical text that is none would raise
    assert figure.axes[0].get_title() == "cost $5 and $x_"


def test_no_picture_is_a_sentence():
    with pytest.raises(ValueError, match="no picture was given"):
        plots.show_images({})


def test_maps_keep_their_own_scale():
    maps = {"faint": torch.tensor([[0.0, 0.1]]), "strong": torch.tensor([[5.0, 9.0]])}
    figure = plots.show_maps(maps, columns=1)
    assert [axis.get_title() for axis in figure.axes] == ["faint", "strong"]
    assert [axis.images[0].get_clim() for axis in figure.axes] == [pytest.approx((0, 0.1)), (5, 9)]
    shared = plots.show_maps(maps, same_scale=True)
    assert [axis.images[0].get_clim() for axis in shared.axes[:2]] == [(0, 9), (0, 9)]
    assert len(shared.axes) == 3  # the colour bar
    with pytest.raises(ValueError, match="no map was given"):
        plots.show_maps({})


def test_boxes_are_outlined_where_they_are():
    figure = plots.outline(torch.zeros(1, 3, 20, 30), {"one": (2, 3, 12, 23), "beyond": (-9, -9, 50, 50)})
    (axis,) = figure.axes
    box = axis.patches[1]  # the first is the white line beneath
    assert (box.get_x(), box.get_y(), box.get_width(), box.get_height()) == (2.5, 1.5, 20, 10)
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["one", "beyond"]
    assert axis.get_xlim() == (-0.5, 29.5)


def test_pictures_stand_at_their_points_with_their_names():
    images = {"a": torch.zeros(1, 3, 8, 12), "b": torch.ones(1, 3, 12, 8)}
    figure = plots.scatter_images(images, torch.tensor([[0.0, 1.0], [2.0, 3.0]]))
    (axis,) = figure.axes
    assert [tuple(box.xy) for box in axis.artists] == [(0, 1), (2, 3)]
    assert [text.get_text() for text in axis.texts] == ["a", "b"]
    left, right = axis.get_xlim()
    assert left < 0 < 2 < right


def test_pictures_that_would_overlap_stand_apart():
    images = {name: torch.zeros(1, 3, 8, 12) for name in "abcd"}
    points = torch.tensor([[0.0, 0.0], [0.01, 0.0], [0.0, 0.02], [1.0, 1.0]])
    figure = plots.scatter_images(images, points)
    figure.canvas.draw()
    (axis,) = figure.axes
    boxes = [box.offsetbox.get_window_extent() for box in axis.artists]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert [tuple(box.xy) for box in axis.artists] == [tuple(point) for point in points.tolist()]
    assert axis.artists[3].xyann == pytest.approx((1, 1))  # nothing was in its way


def test_a_notebook_draws_a_figure_once_and_shows_it():
    counting = """
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from nst_helpers import plots
drawn, draw = [], FigureCanvasAgg.draw
FigureCanvasAgg.draw = lambda canvas: (draw(canvas), drawn.append(canvas))
"""
    cells = (counting, "plots.show_images({'a': torch.rand(1, 3, 8, 8)});", "print(len(drawn))")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(book).execute(env=kernel_environment())
    _, shown, told = book.cells
    assert [list(output.data) for output in shown.outputs] == [["text/plain", "image/png"]]
    assert told.outputs[0].text == "1\n"
