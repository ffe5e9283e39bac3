"""`Newest`: what was asked for last is done, whenever it comes."""

import random
import threading
import time

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


@pytest.mark.parametrize("threads", [1, 3])
def test_whatever_comes_last_is_done_last_however_the_requests_fall(newest, threads):
    def dawdle(seed):
        time.sleep(random.Random(seed).choice([0, 0, 1e-4, 1e-3]))

    def work(request):
        dawdle(request)
        newest.done.append(request)

    def ask(requests):
        for request in requests:
            newest.ask(request)
            dawdle(-request)

    newest._work = work
    for turn in range(10):
        first, last = 1000 * turn + 1, 1000 * (turn + 1)
        askers = [threading.Thread(target=ask, args=(range(first + n, last, 20),), daemon=True) for n in range(threads)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(PATIENCE)
            assert not asker.is_alive()
        newest.ask(last)
        assert newest.job.wait(PATIENCE)
        assert newest.done[-1] == last
        assert (newest.job.state, newest.job.error) == ("done", "")
    assert len(newest.done) == len(set(newest.done))
    if threads == 1:
        assert newest.done == sorted(newest.done)


def test_work_that_fails_takes_no_later_request_with_it(newest):
    def fail(request):
        raise SystemExit(request)

    work, newest._work = newest._work, fail
    newest.ask(1)
    assert newest.job.wait(PATIENCE)
    assert newest.job.state == "failed"
    newest._work = work
    newest.ask(2)
    assert newest.job.wait(PATIENCE)
    assert newest.done == [2]


def test_ctrl_c_as_a_request_is_made_takes_no_later_one_with_it(newest, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(newest.job, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            newest.ask(1)
    newest.ask(2)
    assert newest.job.wait(PATIENCE)
    assert newest.done == [2]


def interrupted(function):
    raise KeyboardInterrupt


def test_what_is_under_way_is_superseded_by_what_waits_and_by_a_stop():
    seen, under_way, go_on = [], threading.Event(), threading.Event()

    def work(request):
        seen.append(newest.superseded)
        under_way.set()
        assert go_on.wait(PATIENCE)
        seen.append(newest.superseded)

    newest = Newest(work, lambda: None)
    newest.ask(1)
    assert under_way.wait(PATIENCE)
    newest.ask(2)
    go_on.set()
    assert newest.job.wait(PATIENCE)
    assert seen == [False, True, False, False]
    under_way.clear()
    go_on.clear()
    newest.ask(3)
    assert under_way.wait(PATIENCE)
    newest.job.stop()
    go_on.set()
    assert newest.job.wait(PATIENCE)
    assert seen[4:] == [False, True]
