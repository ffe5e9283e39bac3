"""A working folder of a test's own."""

import pytest


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, made the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
