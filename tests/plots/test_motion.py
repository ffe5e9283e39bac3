"""The film strip: which frames, under which numbers, in whose row."""

import matplotlib.pyplot as plt
import pytest
import torch

from nst_helpers import plots


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def frames(count: int, height: int = 8, width: int = 12) -> list[torch.Tensor]:
    """Each tells its number by its level."""
    return [torch.full((1, 3, height, width), number / 100) for number in range(count)]


def shown(figure) -> list[int]:
    """The numbers of the frames, row by row."""
    return [round(axis.images[0].get_array().mean() / 2.55) for axis in figure.axes]


def titles(figure) -> list[str]:
    return [axis.get_title() for axis in figure.axes]


def test_frames_are_chosen_evenly_from_the_first_to_the_last():
    figure = plots.filmstrip({"original": frames(50), "stylised": frames(50)[::-1]}, columns=4)
    assert shown(figure) == [0, 16, 33, 49, 49, 33, 16, 0]
    assert titles(figure) == ["frame 0", "frame 16", "frame 33", "frame 49", "", "", "", ""]
    assert [axis.get_ylabel() for axis in figure.axes] == ["original", "", "", "", "stylised", "", "", ""]


@pytest.mark.parametrize(
    ("count", "columns", "wanted"), [(3, 6, [0, 1, 2]), (6, 6, list(range(6))), (9, 1, [0]), (1, 6, [0])]
)
def test_a_short_clip_is_shown_whole(count, columns, wanted):
    assert shown(plots.filmstrip({"clip": frames(count)}, columns=columns)) == wanted


def test_frames_may_be_named_by_number():
    figure = plots.filmstrip({"clip": frames(9)}, numbers=[7, 2])
    assert shown(figure) == [7, 2]
    assert titles(figure) == ["frame 7", "frame 2"]


def test_every_frame_has_room_for_the_widest():
    clips = {"wide": frames(2, 8, 24), "tall": frames(2, 8, 4)}
    assert tuple(plots.filmstrip(clips, height=1.0).get_size_inches()) == pytest.approx((2 * 3 + 0.4, 2 * 1.1 + 0.3))


def test_a_label_with_dollars_is_no_formula():
    plots.filmstrip({"cost $5 and $x_": frames(2)}).canvas.draw()  # mathematical text that is none would raise


@pytest.mark.parametrize(
    ("clips", "given"), [({}, "none"), ({"a": []}, "a 0"), ({"a": frames(2), "b": frames(3)}, "a 2, b 3")]
)
def test_what_makes_no_strip_is_a_sentence(clips, given):
    with pytest.raises(
        ValueError, match=rf"^frames by clip: {given}; give one clip or several, as many frames in each"
    ):
        plots.filmstrip(clips)
