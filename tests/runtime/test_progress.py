"""The report, the progress bar that draws it, and several listeners in one."""

import dataclasses
import functools
import io

import pytest
import torch

from nst_helpers.losses import Value
from nst_helpers.optimize import optimize_image
from nst_helpers.runtime import Progress, ProgressBar, Stop
from nst_helpers.runtime import progress as progress_module


@pytest.fixture
def screen(monkeypatch):
    """Where the bars are drawn."""
    drawn = io.StringIO()
    monkeypatch.setattr(progress_module, "tqdm", functools.partial(progress_module.tqdm, file=drawn))
    return drawn


def last_drawn(screen):
    return screen.getvalue().split("\r")[-1]


def report(iteration, total=4, **facts):
    return Progress(iteration=iteration, total=total, loss=2.0**-iteration, **facts)


def test_a_report_is_frozen_and_has_quiet_defaults():
    progress = report(1)
    assert (progress.losses, progress.seconds, progress.image, progress.note) == ({}, 0.0, None, "")
    with pytest.raises(dataclasses.FrozenInstanceError):
        progress.loss = 1.0


def test_the_bar_advances_and_ends(screen):
    bar = ProgressBar("stylising")
    for iteration in (1, 3, 4):
        assert (bar._bar is None) == (iteration == 1)
        bar(report(iteration))
        if bar._bar is not None:
            assert bar._bar.n == iteration
    assert bar._bar is None
    assert last_drawn(screen).startswith("stylising: 100%")
    assert "4/4" in last_drawn(screen)
    assert "loss=0.0625" in last_drawn(screen)
    assert screen.getvalue().endswith("\n")


def test_where_nothing_is_minimised_the_bar_shows_no_loss_and_counts_what_it_is_told(screen):
    bar = ProgressBar("painting", unit="frame")
    bar(Progress(iteration=2, total=4, loss=float("nan")))
    bar(Progress(iteration=4, total=4, loss=float("nan")))
    assert "loss" not in screen.getvalue()
    assert "step" not in screen.getvalue()
    assert "frame" in last_drawn(screen)


@pytest.mark.parametrize("losses", [True, False])
def test_the_bar_shows_the_named_losses_where_it_is_asked_to(screen, losses):
    bar = ProgressBar(losses=losses)
    bar(report(4, losses={"content": 0.5, "total variation": 0.25}))
    assert ("loss=0.0625, content=0.5, total variation=0.25" in last_drawn(screen)) == losses
    assert "loss=0.0625" in last_drawn(screen)


def test_the_bar_serves_a_second_run(screen):
    bar = ProgressBar()
    for total in (2, 3):
        for iteration in range(1, total + 1):
            bar(report(iteration, total))
        assert f"{total}/{total}" in last_drawn(screen)


def test_the_bar_serves_a_run_after_an_interrupted_one(screen):
    """Nobody tells the bar that a run was interrupted: the next report counts from 1 again, to another total."""
    bar = ProgressBar()
    for iteration in (1, 2, 3):
        bar(report(iteration, total=100))
    bar(report(1, total=7))
    assert (bar._bar.n, bar._bar.total) == (1, 7)
    assert screen.getvalue().count("\n") == 1  # the first one was ended
    bar.close()


def test_a_note_is_written_above_the_bar(screen, capsys):
    bar = ProgressBar()
    bar(report(1))
    bar(report(2, note="the loss went to nan: going on."))
    bar.close()
    assert capsys.readouterr().out == "the loss went to nan: going on.\n"


def test_closing_twice_or_before_any_report_is_nothing(screen):
    bar = ProgressBar()
    bar.close()
    bar(report(1))
    bar.close()
    bar.close()
    assert "1/4" in last_drawn(screen)


def test_the_bar_follows_an_optimisation_that_is_stopped(screen):
    def draw_and_stop(progress):
        bar(progress)
        if progress.iteration == 3:
            raise Stop

    def objective(image):
        return Value(image.square().mean(), {})

    bar = ProgressBar()
    result = optimize_image(objective, torch.rand(1, 3, 6, 6), steps=9, callback=draw_and_stop)
    assert result.interrupted
    assert bar._bar.n == 3
    bar.close()
    assert "3/9" in last_drawn(screen)
