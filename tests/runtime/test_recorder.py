"""The recorder: what it counts, keeps and tells, and how it ends a loop."""

import math

import pytest
import torch

from nst_helpers.runtime import Recorder, Stop
from nst_helpers.runtime import recorder as recorder_module


def picture(value):
    return torch.full((1, 3, 2, 2), float(value))


def record(recorder, *losses):
    for loss in losses:
        recorder.report(loss, losses={"style": 2 * loss}, image=picture(loss))


def test_it_counts_times_and_tells():
    seen = []
    recorder = Recorder(3, seen.append)
    with recorder:
        record(recorder, 2.0, 1.0)
        recorder.report(4.0, note="it rose.")
    assert [(r.iteration, r.total, r.loss, r.note) for r in recorder.history] == [
        (1, 3, 2.0, ""), (2, 3, 1.0, ""), (3, 3, 4.0, "it rose."),
    ]  # fmt: skip
    assert [r.image is None for r in seen] == [False, False, True]
    assert [r.image for r in recorder.history] == [None] * 3
    assert [r.losses for r in recorder.history] == [r.losses for r in seen] == [{"style": 4.0}, {"style": 2.0}, {}]
    assert 0 <= recorder.history[0].seconds <= recorder.history[1].seconds
    assert not recorder.interrupted


def test_it_keeps_nothing_before_the_first_report():
    recorder = Recorder(3)
    assert (recorder.image, recorder.loss, recorder.history, recorder.interrupted) == (None, math.inf, [], False)


@pytest.mark.parametrize(
    ("keep", "losses", "kept"),
    [
        ("best", (3.0, 1.0, 2.0), 1.0),
        ("best", (3.0, math.nan, -math.inf), 3.0),
        ("best", (-1.0, -2.0, math.inf), -2.0),
        ("last", (3.0, 1.0, 2.0), 2.0),
    ],
)
def test_it_keeps_the_best_or_the_last(keep, losses, kept):
    recorder = Recorder(3, keep=keep)
    record(recorder, *losses)
    assert recorder.loss == kept
    assert torch.equal(recorder.image, picture(kept))


def test_it_keeps_no_graph():
    recorder = Recorder(1)
    recorder.report(1.0, image=2 * picture(1).requires_grad_())
    assert not recorder.image.requires_grad


def test_a_new_loop_replaces_what_was_kept_and_goes_on_counting():
    recorder = Recorder(5)
    record(recorder, 1.0, 0.5)
    recorder.begin()
    assert recorder.loss == 0.5  # until it has a picture of its own
    record(recorder, 9.0, 8.0, 10.0)
    assert recorder.loss == 8.0
    assert [r.iteration for r in recorder.history] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt])
def test_a_callback_ends_it_after_the_report_is_in(error):
    def end(progress):
        raise error

    recorder = Recorder(3, end)
    with recorder:
        record(recorder, 2.0, 1.0)
    assert recorder.interrupted
    assert [r.loss for r in recorder.history] == [2.0]
    assert torch.equal(recorder.image, picture(2))


def test_an_interruption_between_two_loops_is_kept():
    recorder = Recorder(3)
    with recorder:
        with recorder:
            record(recorder, 2.0)
        assert not recorder.interrupted
        recorder.begin()
        raise KeyboardInterrupt
    assert recorder.interrupted
    assert torch.equal(recorder.image, picture(2))
    with recorder:
        pass
    assert recorder.interrupted


def test_a_report_that_ctrl_c_cuts_off_leaves_no_trace(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    recorder = Recorder(3)
    record(recorder, 2.0)
    with monkeypatch.context() as patched, recorder:
        patched.setattr(recorder_module, "_Standing", interrupt)
        record(recorder, 1.0)
    assert (recorder.loss, len(recorder.history)) == (2.0, 1)
    record(recorder, 3.0)
    assert [(r.iteration, r.loss) for r in recorder.history] == [(1, 2.0), (2, 3.0)]


def test_other_errors_get_through():
    recorder = Recorder(1)
    with pytest.raises(ZeroDivisionError), recorder:
        raise ZeroDivisionError
    assert not recorder.interrupted


def test_a_callback_may_write_into_what_it_is_told():
    def spoil(progress):
        progress.image.zero_()
        progress.losses.clear()

    recorder, image = Recorder(1, spoil), picture(1)
    recorder.report(1.0, losses={"style": 1.0}, image=image)
    assert torch.equal(recorder.image, picture(1))
    assert torch.equal(image, picture(1))
    assert recorder.history[0].losses == {"style": 1.0}
