"""The background job, and how often it draws."""

import itertools
import threading
import time
import warnings
from types import SimpleNamespace

import pytest

from nst_helpers.runtime import Stop
from nst_helpers.widgets.run import job as job_module
from nst_helpers.widgets.run import pace as pace_module
from nst_helpers.widgets.run.job import BackgroundJob
from nst_helpers.widgets.run.pace import Pace, Throttle, duration
from tests.widgets.helpers import PATIENCE, report, wait_until


def steps(callback):
    """A method that goes on until it is stopped."""
    for iteration in itertools.count(1):
        time.sleep(0.001)
        callback(report(iteration))


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
        assert job.wait(PATIENCE)
        assert job.result is not threading.current_thread()
        assert job.result.daemon
        assert (job.states, job.steps, job.progress.iteration) == (["running", "done"], [1], 1)

    def test_stops_at_the_end_of_the_step_under_way(self, job):
        begun, go_on = threading.Event(), threading.Event()

        def method(callback):
            callback(report(1))
            begun.set()
            go_on.wait(PATIENCE)
            callback(report(2))

        job.start(method)
        assert begun.wait(PATIENCE)
        job.stop()
        assert (job.state, job.stopping) == ("running", True)  # it came back while the step was under way
        go_on.set()
        assert job.wait(PATIENCE)
        assert job.steps == [1]
        assert (job.state, job.stopping, job.result, job.error) == ("stopped", False, None, "")
        assert "nst-job" not in {thread.name for thread in threading.enumerate()}

    def test_pauses_and_goes_on(self, job, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(job_module, "time", SimpleNamespace(monotonic=lambda: now[0]))

        def method(callback):
            for iteration in range(1, 6):
                if iteration == 2:
                    job.pause()
                callback(report(iteration))

        job.start(method)
        wait_until(lambda: job.states.count("paused") == 2)  # at the press, and again once the step has ended
        time.sleep(0.1)  # for a job that doesn't wait to give itself away
        assert (job.state, job.steps) == ("paused", [1, 2])
        now[0] = 100.0
        job.resume()
        assert job.wait()
        assert (job.state, job.steps, job.seconds_paused) == ("done", [1, 2, 3, 4, 5], 100.0)

    def test_stops_in_a_pause(self, job):
        job.start(steps)
        job.pause()
        wait_until(lambda: job.steps)
        job.stop()
        job.resume()
        assert job.wait(PATIENCE)
        assert list(dict.fromkeys(job.states)) == ["running", "paused", "stopped"]

    def test_a_function_that_answers_a_stop_with_its_best_has_a_result(self, job):
        asked = threading.Event()

        def method(callback):
            asked.wait(PATIENCE)
            try:
                steps(callback)
            except Stop:
                return "the best"

        job.start(method)
        job.stop()
        asked.set()
        assert job.wait(PATIENCE)
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
        assert other.wait(PATIENCE)
        assert job.wait(PATIENCE)
        assert (other.state, job.state) == ("stopped", "done")

    def test_jobs_that_start_at_once_take_over_from_each_other(self, monkeypatch):
        first_waits, both = threading.Event(), threading.Barrier(2)

        class Meeting(BackgroundJob):
            def stop(self):  # each start asks the other's job to stop: neither may hold what the other needs
                first_waits.set()
                both.wait(PATIENCE)
                super().stop()

        jobs = [Meeting(lambda: None, lambda progress: None) for _ in range(2)]
        monkeypatch.setattr(BackgroundJob, "_current", jobs[1])
        starts = [threading.Thread(target=job.start, args=(lambda callback: 3,), daemon=True) for job in jobs]
        starts[0].start()
        assert first_waits.wait(PATIENCE)
        starts[1].start()
        for start in starts:
            start.join(PATIENCE)
        assert not any(start.is_alive() for start in starts)
        assert all(job.wait(PATIENCE) for job in jobs)

    def test_warnings_are_dropped_in_the_job_and_nowhere_else(self, job):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            job.start(lambda callback: warnings.warn("from the job", RuntimeWarning, stacklevel=1))
            job.wait()
            warnings.warn("from the notebook", RuntimeWarning, stacklevel=1)
        assert job.state == "done"
        assert [str(warning.message) for warning in seen] == ["from the notebook"]


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
