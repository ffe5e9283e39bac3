"""Closed, broken and narrow output streams are harmless: the picture is saved and the exit status is right."""

import os
import subprocess

import pytest

from nst_helpers.images import load_image
from tests.cli.process import TINY, command, environment, run

STYLIZE = ["stylize", "chelsea", "starry_night", *TINY, "--steps", "3", "-o"]


@pytest.mark.skipif(os.name != "posix", reason="redirections as in a Unix shell")
@pytest.mark.parametrize("redirection", ["2>&-", "<&- >&- 2>&-", "2>/dev/full >/dev/full"])
def test_closed_and_full_streams(tmp_path, redirection):
    line = ["sh", "-c", f'exec "$@" {redirection}', "sh", *command(*STYLIZE, "out.png")]
    done = subprocess.run(line, cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr.decode()
    assert load_image(tmp_path / "out.png").shape == load_image("chelsea", 32).shape
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


def test_a_reader_that_goes_away(tmp_path):
    with subprocess.Popen(
        command(*STYLIZE, "out.png"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        process.stderr.close()  # the progress bar's reader too
    assert process.returncode == 0
    assert load_image(tmp_path / "out.png").shape == load_image("chelsea", 32).shape


@pytest.mark.skipif(os.name != "posix", reason="names of bytes as on Unix")
def test_names_that_a_console_cannot_print(tmp_path):
    name = os.fsdecode(b"caf\xe9 \xf0\x9f\x8e\xa8 two\nlines.png")
    done = run(tmp_path, *STYLIZE, name, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(r"caf\udce9 \U0001f3a8 two\nlines.png: 3 steps")
    assert load_image(tmp_path / name).shape == load_image("chelsea", 32).shape
    done = run(tmp_path, "stylize", name + "x", "starry_night", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no file ")
    assert done.stderr.count("\n") == 1
