"""A sweep's file: which notebooks are run again, and with which parameters."""

import hashlib
import itertools
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nst_helpers.batch.host import read_until
from nst_helpers.batch.parameters import check_parameters
from nst_helpers.runtime import printable, require_choice

DEFAULT_LIMIT = 3600.0
"""Seconds that a run may take where the sweep doesn't say."""

_KEYS = {
    "notebook": (str, list),
    "parameters": (dict,),
    "each": (list,),
    "grid": (dict,),
    "limit": (int, float),
    "picture": (int,),
    "until": (str,),
}
_WORDS = {
    (str, list): "a file's name or a list of them",
    (dict,): "a table, {NAME = VALUE}",
    (list,): "a list of tables",
    (int, float): "a number of seconds",
    (int,): "a whole number",
    (str,): "a text",
}


@dataclass(frozen=True)
class Run:
    """One notebook with one set of parameters.

    Attributes:
        notebook: the file.
        parameters: what replaces the notebook's own, by name.
        varied: the names among them in which runs of this notebook differ.
        limit: seconds that it may take.
        picture: which of the pictures that it shows stands for it, counted from 1; -1 is the last, -2 the one before.
        until: the heading that it ends before; "" where it is run to its end.
    """

    notebook: Path
    parameters: Mapping[str, object]
    varied: tuple[str, ...] = ()
    limit: float = DEFAULT_LIMIT
    picture: int = -1
    until: str = ""

    @property
    def label(self) -> str:
        """The parameters that are its own, in a line."""
        return ", ".join(f"{name} {_shown(self.parameters[name])}" for name in self.varied) or "as it is"

    @property
    def name(self) -> str:
        """Its folder below that of the results: the same for the same parameters, and for no others."""
        values = "-".join(_shown(self.parameters[name]) for name in self.varied)
        readable = re.sub(r"[^\w.=-]+", "_", values, flags=re.ASCII)[:60]
        digest = hashlib.sha256(json.dumps(self.parameters, sort_keys=True).encode()).hexdigest()[:8]
        return f"{self.notebook.stem}/{'-'.join(filter(None, [readable, digest]))}"


def read_sweep(path: Path) -> list[Run]:
    """The runs that a sweep's file asks for, each once, with all names and types checked.

    The file is TOML: a table ``[[rerun]]`` for each notebook or list of notebooks, named from the file's folder.
    ``parameters`` are for all its runs, ``each`` is a list with a table for each run, and ``grid`` has a list for each
    name, of which every combination is run. A text that names a file beside the sweep stands for that file. ``until``
    is a heading, such as ``## Exercises``, where each run ends.

    Raises OSError if a file can't be read, and ValueError, in a sentence, for anything that isn't understood.
    """
    shown = printable(path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OSError(f"{shown} can't be read ({error.strerror}): name a sweep's file.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{shown} is no TOML file: {error}.") from None
    for key in tables:
        require_choice(f"{shown}: the key", key, ["rerun"])
    entries = tables.get("rerun")
    if not (isinstance(entries, list) and entries and all(isinstance(entry, dict) for entry in entries)):
        raise ValueError(f"{shown} asks for no run: write a table [[rerun]] with a notebook.")
    runs = {}
    for number, entry in enumerate(entries, 1):
        for run in _runs(entry, path.parent, f"{shown}, [[rerun]] {number}"):
            if runs.setdefault(run.name, run).notebook != run.notebook:
                raise ValueError(f"{shown} has two notebooks called {run.notebook.name}: rename one of them.")
    return list(runs.values())


def _runs(entry: Mapping[str, object], folder: Path, where: str) -> Iterator[Run]:
    """The runs of one table, checked."""
    _check_entry(entry, where)
    each, grid = entry.get("each", [{}]), entry.get("grid", {})
    varied = tuple(dict.fromkeys([*itertools.chain(*each), *grid]))
    notebooks = [entry["notebook"]] if isinstance(entry["notebook"], str) else entry["notebook"]
    for notebook in (folder / str(name) for name in notebooks):
        for own, values in itertools.product(each, itertools.product(*grid.values())):
            given = entry.get("parameters", {}) | own | dict(zip(grid, values, strict=True))
            parameters = {name: _located(value, folder) for name, value in given.items()}
            check_parameters(notebook, parameters)
            its_own = tuple(name for name in varied if name in parameters)
            limit, picture = entry.get("limit", DEFAULT_LIMIT), entry.get("picture", -1)
            run = Run(notebook.resolve(), parameters, its_own, float(limit), picture, entry.get("until", ""))
            try:
                read_until(notebook, run.until)
            except ValueError as error:
                raise ValueError(f"{where}: {error}") from None
            yield run


def _check_entry(entry: Mapping[str, object], where: str) -> None:
    for key, value in entry.items():
        require_choice(f"{where}: the key", key, _KEYS)
        if not isinstance(value, _KEYS[key]) or isinstance(value, bool):
            raise ValueError(f"{where}: {key} is {value!r}: give {_WORDS[_KEYS[key]]}.")
    if not entry.get("notebook"):
        raise ValueError(f"{where} names no notebook: write notebook = 'FILE.ipynb'.")
    if not entry.get("limit", 1) > 0:
        raise ValueError(f"{where}: limit is {entry['limit']}: give the seconds that a run may take, above 0.")
    if entry.get("picture") == 0:
        raise ValueError(f"{where}: picture is 0: count from 1, or from -1 at the end.")
    if not (entry.get("each", True) and all(isinstance(one, dict) for one in entry.get("each", []))):
        raise ValueError(f"{where}: each is no list of tables: write each = [{{NAME = VALUE}}, ...].")
    for name, values in entry.get("grid", {}).items():
        if not (isinstance(values, list) and values):
            raise ValueError(f"{where}: grid.{name} is {values!r}: give the list of its values.")


def _located(value: object, folder: Path) -> object:
    """The value, or the whole path of the file that it names: notebooks run in folders of their own."""
    if isinstance(value, list):
        return [_located(item, folder) for item in value]
    if isinstance(value, str) and value and "\0" not in value and (folder / value).is_file():
        return str((folder / value).resolve())
    return value


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "+".join(map(_shown, value))
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else str(value)
