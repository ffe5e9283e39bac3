"""Seed each fault into a copy of the repository, and see which tests go red."""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from nst_helpers.runtime import write_whole

from .seeds import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("nst_helpers", "tests", "notebooks", "data", "conftest.py", "pyproject.toml")
LESSON = "{}_*.ipynb"
RECORD = ROOT / "build" / "audit" / "faults.json"
CONTROL, KINDS = "no fault", ("unit test", "notebook")
GREEN, RED = 0, 1  # pytest's exit statuses; others say that nothing was tested

_FAILED = re.compile(r"^FAILED (?:\S*::)?(.*?)(?: - .*)?$", re.MULTILINE)
PATIENCE = 10  # seconds, for pytest to end its kernel after Ctrl-C


class NothingTestedError(Exception):
    """pytest found no tests, or could not run them; the message is a sentence and pytest's last lines."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the faults that are named, or all; 1 if one stayed green, or if tests are red without a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="fault", help="default: all, those that are finished left out")
    parser.add_argument("--afresh", action="store_true", help="those that are finished, too")
    parser.add_argument("--control", action="store_true", help="first the same tests and notebooks without a fault")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    options = parser.parse_args(arguments)
    known = {fault.name: fault for fault in FAULTS}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no fault is called {unknown[0]!r}: choose from {', '.join(map(repr, known))}")
    chosen = [known[name] for name in options.names or known]
    try:
        results = audit(chosen, control=options.control, afresh=options.afresh)
    except (NothingTestedError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: what is finished is kept, and left out next time.", file=sys.stderr)
        return 130
    print(json.dumps(results, indent=2) if options.json else table(results))
    return 0 if all(passes(name, result) for name, result in results.items()) else 1


def audit(faults: Sequence[Fault], *, control: bool, afresh: bool) -> dict[str, dict[str, str]]:
    """By name, for "unit test" and "notebook", the first test that went red, or "" where they stayed green.

    Each result is kept in `RECORD` as soon as it is known.
    """
    kept = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() and not afresh else {}
    results = {}
    for name, fault, tests in _runs(faults, control):
        digest = digest_of(fault, tests)
        if kept.get(name, {}).get("digest") != digest:
            print(f"{name} ...", file=sys.stderr, flush=True)
            kept[name] = {"digest": digest, **look(fault, tests)}
            RECORD.parent.mkdir(parents=True, exist_ok=True)
            write_whole(RECORD, json.dumps(kept, indent=2).encode())
        results[name] = {what: kept[name][what] for what in tests}
    return results


def _runs(faults: Sequence[Fault], control: bool) -> Iterator[tuple[str, Fault | None, dict[str, list[str]]]]:
    """Name, fault, and what to test by its kind; the control has that of all faults."""
    named = [(fault.name, fault, tests_of(fault)) for fault in faults]
    if control:
        yield CONTROL, None, {kind: sorted({file for *_, one in named for file in one[kind]}) for kind in KINDS}
    yield from named


def tests_of(fault: Fault) -> dict[str, list[str]]:
    """What has to notice a fault, for pytest, from the root."""
    (notebook,) = (ROOT / "notebooks").glob(LESSON.format(fault.notebook))
    return {"unit test": [f"tests/{fault.test}"], "notebook": [f"notebooks/{notebook.name}"]}


def digest_of(fault: Fault | None, tests: dict[str, list[str]]) -> str:
    """Of what a result depends on most: the fault, the file that it changes (without one, the package), the tests."""
    package = sorted((ROOT / "nst_helpers").rglob("*.py"))
    changed = package if fault is None else [ROOT / fault.change.file]
    digest = hashlib.sha256(repr(fault).encode())
    named = [test.partition("::")[0] for some in tests.values() for test in some]
    for file in (*changed, *(ROOT / name for name in named)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def look(fault: Fault | None, tests: dict[str, list[str]]) -> dict[str, str]:
    """The first test of each kind that goes red in a copy with the fault."""
    with TemporaryDirectory() as folder:
        copy(ROOT, Path(folder))
        if fault is not None:
            fault.change.apply(Path(folder))
        return {kind: first_red(files, Path(folder)) for kind, files in tests.items()}


def copy(root: Path, folder: Path) -> None:
    """Copy what the tests need."""
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, folder)


def first_red(files: Sequence[str], folder: Path) -> str:
    """Run pytest in ``folder`` up to the first test that fails, and name that; "" if none does."""
    environment = {"OMP_NUM_THREADS": "1"} | os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
    with psutil.Popen(command, cwd=folder, env=environment, **pipes) as pytest:
        try:
            output, _ = pytest.communicate()
        except BaseException:
            _end(pytest)
            raise
    if pytest.returncode == GREEN:
        return ""
    failed = _FAILED.search(output)
    if pytest.returncode != RED or failed is None:
        last = "\n".join(output.strip().splitlines()[-15:])
        raise NothingTestedError(f"{' '.join(files)} could not be tested (status {pytest.returncode}):\n{last}")
    return failed[1]


def _end(pytest: psutil.Popen) -> None:
    """End pytest and all that it has started, kernels included."""
    try:
        family = [*pytest.children(recursive=True), pytest]
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)  # Ctrl-C has reached them as well
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    pytest.wait()


def passes(name: str, result: dict[str, str]) -> bool:
    """Whether every kind of test noticed the fault, or, without one, was green."""
    return not any(result.values()) if name == CONTROL else all(result.values())


def table(results: dict[str, dict[str, str]]) -> str:
    """The results to read, and a sentence on those that didn't go as they should."""
    rows = [("fault", *KINDS)]
    rows += [(name, *(result[kind] or "green" for kind in KINDS)) for name, result in results.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    wrong = [name for name, result in results.items() if not passes(name, result)]
    lines.append(f"not as it should be: {', '.join(wrong)}" if wrong else "All as it should be.")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
