"""The wheel holds what it should and nothing else, and works by itself."""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def has(requirement: str) -> bool:
    wanted = Requirement(requirement)
    try:
        return wanted.specifier.contains(importlib.metadata.version(wanted.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The built wheel. `make test` installs no build backend, so it is fetched where it's missing."""
    folder, needed = tmp_path_factory.mktemp("wheel"), PYPROJECT["build-system"]["requires"]
    environment = dict(os.environ)
    if not all(map(has, needed)):
        fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder / "backend"), *needed]
        if subprocess.run(fetch, capture_output=True, check=False).returncode:
            pytest.skip(f"{', '.join(needed)} is neither installed nor to be had from here: the wheel can't be built")
        environment["PYTHONPATH"] = str(folder / "backend")
    build = f"import {PYPROJECT['build-system']['build-backend']} as backend; backend.build_wheel({str(folder)!r})"
    command = [sys.executable, "-c", build]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_package_its_pictures_and_its_notices_and_nothing_else(wheel):
    manifest = tomllib.loads((REPOSITORY / "data/manifest.toml").read_text(encoding="utf-8"))
    digests = {entry["file"]: entry["sha256"] for kind in manifest.values() for entry in kind.values()}
    with zipfile.ZipFile(wheel) as archive:
        held = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    data = {name.removeprefix("nst_helpers/data/"): held.pop(name) for name in [*held] if "/data/" in name}
    assert "manifest.toml" in data
    del data["manifest.toml"]
    assert data == digests
    information = f"nst_helpers-{PYPROJECT['project']['version']}.dist-info"
    assert {f"{information}/licenses/{name}" for name in ("LICENSE", "NOTICE.md")} < held.keys()
    modules = {path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "nst_helpers").rglob("*.py")}
    assert modules == {name for name in held if not name.startswith(information)}


def test_the_unpacked_wheel_finds_its_pictures_from_any_folder(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    (tmp_path / "elsewhere").mkdir()
    code = """from nst_helpers import __file__ as home, assets
from nst_helpers.images import load_image
print(home, len(assets.photos()), *load_image("astronaut", size=32).shape, sep="\\n")"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path / "elsewhere",
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    home, photos, *shape = done.stdout.split()
    assert Path(home).is_relative_to(tmp_path / "installed")
    assert int(photos) > 0
    assert shape == ["1", "3", "32", "32"]
