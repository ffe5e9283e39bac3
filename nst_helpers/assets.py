"""The bundled photos, paintings and clips, by name, each with its title, author, licence and source."""

import difflib
import functools
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class Asset:
    """One bundled picture or clip; a fact that its source does not give is "unknown"."""

    name: str
    kind: Literal["content", "style", "video"]
    path: Path
    title: str
    author: str
    year: str
    licence: str
    source: str
    sha256: str
    changes: str = "none"

    @property
    def credit(self) -> str:
        """One line for a caption: title, author, year where known, and licence."""
        facts = [fact for fact in (self.title, self.author, self.year) if fact != "unknown"]
        return f"{', '.join(facts)} ({self.licence})"


def photos() -> tuple[str, ...]:
    """The names of the bundled content photos."""
    return _names("content")


def paintings() -> tuple[str, ...]:
    """The names of the bundled style paintings."""
    return _names("style")


def clips() -> tuple[str, ...]:
    """The names of the bundled clips."""
    return _names("video")


def find(name: str) -> Asset:
    """The bundled picture of that name, photo or painting; names carry no extension.

    Raises ValueError with the nearest names if there is none: `find("starry_nigth")`.
    """
    return _find(name, photos() + paintings(), "picture")


def find_clip(name: str) -> Asset:
    """The bundled clip of that name; raises as `find` does."""
    return _find(name, clips(), "clip")


def data_directory() -> Path:
    """Where the pictures lie: inside the installed package, or beside it in a checkout.

    Raises FileNotFoundError if neither folder holds the manifest.
    """
    package = Path(__file__).resolve().parent
    for directory in (package / "data", package.parent / "data"):
        if (directory / "manifest.toml").is_file():
            return directory
    raise FileNotFoundError(f"{package} has no data/manifest.toml in it or beside it: reinstall nst_helpers")


def damaged(path: Path) -> ValueError:
    """What to raise where a file of the installation is missing, cut, or not what it has to be."""
    return ValueError(f"{path} is missing or damaged: reinstall nst_helpers.")


def verify(asset: Asset) -> None:
    """Check that the file is, byte for byte, the one that the manifest describes.

    Raises FileNotFoundError if it is missing and ValueError if its sha256 differs.
    """
    if not asset.path.is_file():
        raise FileNotFoundError(f"{asset.path} is missing: restore it or reinstall nst_helpers")
    found = hashlib.sha256(asset.path.read_bytes()).hexdigest()
    if found != asset.sha256:
        raise ValueError(
            f"{asset.path} was changed (sha256 {found[:8]}..., the manifest has "
            f"{asset.sha256[:8]}...): restore it or reinstall nst_helpers"
        )


def _names(kind: str) -> tuple[str, ...]:
    return tuple(asset.name for asset in _manifest().values() if asset.kind == kind)


def _find(name: str, names: tuple[str, ...], what: str) -> Asset:
    if name in names:
        return _manifest()[name]
    spelling = name.strip().lower().replace(" ", "_").replace("-", "_")
    near = difflib.get_close_matches(spelling, names, cutoff=0.7)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"choose {', '.join(names)}"
    raise ValueError(f"no bundled {what} is called {name!r}: {hint}")


@functools.cache
def _manifest() -> MappingProxyType[str, Asset]:
    """Name -> asset, in the manifest's order; tables of other kinds (networks, figures) are passed over.

    Raises ValueError if the file is damaged.
    """
    path = data_directory() / "manifest.toml"
    assets = {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        for kind in ("content", "style", "video"):
            for name, entry in tables[kind].items():
                facts = {key: value for key, value in entry.items() if key != "file"}
                assets[name] = Asset(name=name, kind=kind, path=path.parent / entry["file"], **facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # unreadable, no TOML, or a fact is missing
        raise damaged(path) from None
    return MappingProxyType(assets)
