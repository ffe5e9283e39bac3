"""The background job, and how often it draws."""

import threading
import time
import warnings

import pytest
import torch

from nst_helpers.runtime import Stop
from nst_helpers.widgets.run import pace as pace_module
from nst_helpers.widgets.controls.text import sentence
from nst_helpers.widgets.run.job import BackgroundJob
from nst_helpers.widgets.run.pace import Pace, Throttle, duration
from tests.widgets.helpers import report, wait_until

STEP = 0.05  # seconds


def steps(callback):
    """A method of a thousand short steps."""
    for iteration in range(1, 1001):
        time.sleep(STEP)
        callback(report(iteration))
    return "the end"


@pytest.fixture
def job():
    """A job with the states that it was heard to have, and the steps that it reported."""
    job = BackgroundJob(lambda: job.states.append(job.state), lambda progress: job.steps.append(progress.iteration))
    job.states, job.steps = [], []
    yield job
    job.close()


class TestJob:
    def test_runs_elsewhere_and_returns_what_the_function_returns(self, job):
        job.start(lambda callback: (callback(report(1)), threading.current_thread())[1])
        assert job.wait(10.0)
        assert job.result is not threading.current_thread()
        assert job.result.daemon
        assert (job.states, job.steps, job.progress.iteration) == (["running", "done"], [1], 1)

    def test_stops_within_a_step(self, job):
        job.start(steps)
        wait_until(lambda: len(job.steps) > 2)
        begun, began = len(job.steps), time.monotonic()
        job.stop()
        assert job.stopping
        assert time.monotonic() - began < STEP
        assert job.wait(10.0)
        assert time.monotonic() - began < 5 * STEP  # one step, and a busy machine's patience
        assert len(job.steps) <= begun + 1
        assert (job.state, job.stopping, job.result, job.error) == ("stopped", False, None, "")
        assert "nst-job" not in {thread.name for thread in threading.enumerate()}

    def test_pauses_and_goes_on(self, job):
        job.start(steps)
        wait_until(lambda: len(job.steps) > 1)
        job.pause()
        begun = len(job.steps)
        time.sleep(6 * STEP)
        assert len(job.steps) <= begun + 1
        paused_at = len(job.steps)
        time.sleep(6 * STEP)
        assert (job.state, len(job.steps)) == ("paused", paused_at)
        job.resume()
        wait_until(lambda: len(job.steps) > paused_at + 1)
        assert job.state == "running"
        assert 5 * STEP < job.seconds_paused < 60

    def test_stops_in_a_pause(self, job):
        job.start(steps)
        job.pause()
        wait_until(lambda: job.steps)
        job.stop()
        job.resume()
        assert job.wait(10.0)
        assert list(dict.fromkeys(job.states)) == ["running", "paused", "stopped"]

    def test_a_function_that_answers_a_stop_with_its_best_has_a_result(self, job):
        def method(callback):
            try:
                steps(callback)
            except Stop:
                return "the best"

        job.start(method)
        job.stop()
        assert job.wait(10.0)
        assert (job.state, job.result, job.steps) == ("stopped", "the best", [])

    def test_what_has_ended_can_be_neither_paused_nor_stopped(self, job):
        job.start(lambda callback: None)
        job.wait()
        job.pause(), job.resume(), job.stop()
        assert job.states == ["running", "done"]

    def test_a_failure_is_a_sentence_and_another_run_may_follow(self, job):
        job.start(lambda callback: 1 / 0)
        job.wait()
        assert (job.state, job.result) == ("failed", None)
        assert job.error == "something unexpected happened (ZeroDivisionError: division by zero)."
        job.start(lambda callback: 3)
        job.wait()
        assert (job.state, job.result, job.error) == ("done", 3, "")

    def test_one_run_at_a_time(self, job):
        job.start(steps)
        with pytest.raises(RuntimeError, match="running already"):
            job.start(steps)

    def test_one_job_at_a_time(self, job):
        other = BackgroundJob(lambda: None, lambda progress: None)
        other.start(steps)
        job.start(lambda callback: 3)
        assert other.wait(10.0)
        assert job.wait(10.0)
        assert (other.state, job.state) == ("stopped", "done")

    def test_warnings_are_dropped_in_the_job_and_nowhere_else(self, job):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            job.start(lambda callback: warnings.warn("from the job", RuntimeWarning, stacklevel=1))
            job.wait()
            warnings.warn("from the notebook", RuntimeWarning, stacklevel=1)
        assert job.state == "done"
        assert [str(warning.message) for warning in seen] == ["from the notebook"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "memory ran out: take a smaller size"),
        (MemoryError("a picture needs 9 GB: take size=100 or less."), "a picture needs 9 GB: take size=100 or less."),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you"), "memory ran"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "memory ran out"),
        (ValueError("steps is 0: take\n  at least 1"), "steps is 0: take at least 1."),
        (RuntimeError("sizes differ"), "something unexpected happened (RuntimeError: sizes differ)."),
        (KeyError(), "something unexpected happened (KeyError)."),
    ],
    ids=repr,
)
def test_what_went_wrong_is_a_sentence(error, said):
    assert sentence(error).startswith(said)
    assert sentence(error).endswith(".")


def test_drawing_takes_a_share_of_the_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pace_module.time, "monotonic", lambda: now[0])
    throttle = Throttle(interval=0.25, share=0.1)
    for cost, rest in ((0.01, 0.24), (0.1, 0.9)):  # quick: four times a second; slow: a tenth of the time
        assert throttle.due
        with throttle.drawing():
            now[0] += cost
        now[0] += rest - 0.001
        assert not throttle.due
        now[0] += 0.002


def test_the_time_left_follows_the_last_steps_and_ignores_pauses():
    pace = Pace(steps=3)
    for iteration, seconds, paused in (
        (1, 1.0, 0.0),
        (2, 2.0, 0.0),
        (3, 104.0, 100.0),
        (4, 106.0, 100.0),
        (5, 108.0, 100.0),
    ):
        pace.add(report(iteration, 10, seconds=seconds), paused)
    assert pace.seconds_left(report(5, 10)) == pytest.approx(2 * 5)


@pytest.mark.parametrize(
    ("seconds", "said"), [(7.6, "8 s"), (125.0, "2 min 05 s"), (4800.0, "1 h 20 min"), (-1.0, "0 s")]
)
def test_durations_in_words(seconds, said):
    assert duration(seconds) == said
