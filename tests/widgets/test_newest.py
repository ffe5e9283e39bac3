"""`Newest`: what was asked for last is done, whenever it comes."""

import threading

import pytest

from nst_helpers.widgets.run.newest import Newest
from tests.widgets.helpers import PATIENCE


@pytest.fixture
def newest():
    """One that keeps what it did in ``done``."""
    done = []
    newest = Newest(done.append, lambda: None)
    newest.done = done
    yield newest
    newest.job.close()


def test_a_request_that_comes_as_the_job_ends_is_done(newest, monkeypatch):
    ends, asked = threading.Event(), threading.Event()
    take, wait = newest._next, newest.job.wait

    def take_and_linger():
        if (request := take()) is None:
            ends.set()
            assert asked.wait(PATIENCE)
        return request

    def wait_for_the_end(*seconds):
        asked.set()
        return wait(*seconds)

    monkeypatch.setattr(newest, "_next", take_and_linger)
    newest.ask(1)
    assert ends.wait(PATIENCE)  # nothing waits any more, but the job is not over yet
    monkeypatch.setattr(newest.job, "wait", wait_for_the_end)
    newest.ask(2)
    assert wait(PATIENCE)
    assert newest.done == [1, 2]


def test_a_request_that_came_after_a_stop_waits_for_no_other(newest):
    under_way, go_on = threading.Event(), threading.Event()

    def work(request):
        under_way.set()
        assert go_on.wait(PATIENCE)
        newest.done.append(request)

    newest._work = work
    newest.ask(1)
    assert under_way.wait(PATIENCE)
    newest.job.stop()
    newest.ask(2)  # it was asked to stop, and forgets this
    go_on.set()
    assert newest.job.wait(PATIENCE)
    assert (newest.done, newest.job.state) == ([1], "stopped")
    newest.ask(3)
    assert newest.job.wait(PATIENCE)
    assert (newest.done, newest.job.state) == ([1, 3], "done")
