"""A disk without room, as far as a file can tell."""

import contextlib

import pytest


@contextlib.contextmanager
def room_for(size):
    """No file may grow beyond that many bytes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
