"""Loss curves: labelled, on a log scale, told apart without colour."""

import matplotlib.pyplot as plt
import pytest
import torch

from nst_helpers import plots
from nst_helpers.runtime import Progress


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def history(*losses):
    return [Progress(n, len(losses), loss, {"tv": loss / 2}, seconds=n / 10) for n, loss in enumerate(losses, 1)]


@pytest.mark.parametrize(("against", "first"), [("iteration", 1), ("seconds", 0.1)])
def test_loss_curves_are_labelled_and_told_apart_without_colour(against, first):
    figure = plots.plot_losses({"one": history(3.0, 2.0, 1.0), "two": history(5.0, 4.0)}, against=against)
    (axis,) = figure.axes
    one, two = axis.lines
    assert (one.get_xdata()[0], list(one.get_ydata()), len(two.get_xdata())) == (first, [3, 2, 1], 2)
    assert one.get_linestyle() != two.get_linestyle()
    assert [one.get_color(), two.get_color()] == list(plots.PALETTE[:2])
    assert axis.get_yscale() == "log"
    figure.canvas.draw()
    labels = [label.get_text() for label in axis.get_yticklabels() if 1 <= label.get_position()[1] <= 5]
    assert labels == ["1", "2", "5"]
    assert axis.get_xlabel()
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["one", "two"]


def test_a_named_term_takes_the_totals_place():
    figure = plots.plot_losses({"one": history(3.0, 2.0)}, term="tv")
    assert list(figure.axes[0].lines[0].get_ydata()) == [1.5, 1]
    assert figure.axes[0].get_ylabel() == "tv"


def test_numbers_stand_for_the_evaluations_in_order():
    figure = plots.plot_losses({"reports": history(3.0, 2.0), "numbers": [5.0, 4.0, 3.5]})
    reports, numbers = figure.axes[0].lines
    assert list(reports.get_xdata()) == [1, 2]
    assert (list(numbers.get_xdata()), list(numbers.get_ydata())) == ([1, 2, 3], [5, 4, 3.5])


def test_a_level_lies_across_in_its_curves_colour():
    figure = plots.plot_losses({"one": history(3.0, 2.0), "two": history(5.0)}, levels={"two": 4.0})
    *_, two, level = figure.axes[0].lines
    assert list(level.get_ydata()) == [4, 4]
    assert (level.get_color(), level.get_linestyle()) == (two.get_color(), two.get_linestyle())
    assert len(figure.axes[0].lines) == 3


def test_spectra_stand_over_frequency_with_their_marks():
    frequencies = torch.linspace(0, 0.5, 3)
    powers = {"even": torch.tensor([0.5, 0.3, 0.2]), "odd": torch.tensor([0.9, 0.05, 0.05])}
    figure = plots.plot_spectra(frequencies, powers, marks={"4 px": 0.25})
    (axis,) = figure.axes
    even, odd, mark = axis.lines
    assert list(odd.get_xdata()) == [0, 0.25, 0.5]
    assert list(even.get_ydata()) == pytest.approx([0.5, 0.3, 0.2])
    assert list(mark.get_xdata()) == [0.25, 0.25]
    assert [text.get_text() for text in axis.texts] == ["4 px"]
    assert even.get_linestyle() != odd.get_linestyle()
    assert axis.get_yscale() == "log"


def test_runs_are_a_mean_in_a_band_and_look_alike_in_every_panel():
    one, two = torch.tensor([[4.0, 2.0], [2.0, 1.0]]), torch.tensor([[8.0, 4.0]])
    figure = plots.plot_runs(
        {"first": {"one": one, "two": two}, "second": {"two": two}}, torch.tensor([20.0, 40.0]), quantity="gap"
    )
    first, second = figure.axes
    assert [axis.get_title() for axis in figure.axes] == ["first", "second"]
    assert list(first.lines[0].get_xdata()) == [20, 40]
    assert list(first.lines[0].get_ydata()) == [3, 1.5]
    band = first.collections[0].get_paths()[0].get_extents()
    assert (band.ymin, band.ymax) == (1, 4)
    assert first.lines[1].get_linestyle() == second.lines[0].get_linestyle() != first.lines[0].get_linestyle()
    assert first.lines[1].get_color() == second.lines[0].get_color()
    assert first.get_ylim() == second.get_ylim()
    assert (first.get_ylabel(), bool(first.get_xlabel())) == ("gap", True)
    assert [text.get_text() for text in second.get_legend().get_texts()] == ["two"]


def test_runs_need_a_panel():
    with pytest.raises(ValueError, match="no panel was given"):
        plots.plot_runs({}, torch.tensor([1.0]))
