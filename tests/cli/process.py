"""The command line as a process of its own, with something that happens at a moment of its run."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TINY = [
    *("--size", "32", "--weights", "random", "--no-normalized", "--style-layers", "relu1_1"),
    *("--content-layers", "relu2_1=1", "--optimizer", "adam", "--device", "cpu"),
]

# A real signal, delivered to the very line that raises it; the test's own process may have been started without them.
_DRIVER = """
import os, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)

def press(number=signal.SIGINT):
    signal.raise_signal(number)

def before(owner, name, action, call=1):
    "Do something before the call of that number."
    function, calls = getattr(owner, name), []
    def called(*args, **keywords):
        calls.append(name)
        if len(calls) == call:
            action()
        return function(*args, **keywords)
    setattr(owner, name, called)

{scenario}
sys.argv[0] = "nst_helpers"
runpy.run_module("nst_helpers", run_name="__main__", alter_sys=True)
"""


def command(*arguments: str, scenario: str = "") -> list[str]:
    """The command line that runs it, after the scenario's statements."""
    return [sys.executable, "-c", _DRIVER.format(scenario=scenario), *arguments]


def environment(**variables: str) -> dict[str, str]:
    """This process's variables, with the package to be found."""
    return os.environ | {"PYTHONPATH": str(REPOSITORY)} | variables


def run(folder: Path, *arguments: str, scenario: str = "", **variables: str) -> subprocess.CompletedProcess:
    """Run it to its end in a folder."""
    return subprocess.run(
        command(*arguments, scenario=scenario),
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


def status_of(run: Callable[..., int], *arguments: str) -> int:
    """What a command ends with, whether it returns it or leaves by it."""
    try:
        return run(*arguments)
    except SystemExit as ended:
        return ended.code


def the_error(capsys: pytest.CaptureFixture) -> str:
    """What was written to the error stream: one line, an error's."""
    error = capsys.readouterr().err.strip()
    assert error.startswith("error: ")
    assert "\n" not in error
    return error
