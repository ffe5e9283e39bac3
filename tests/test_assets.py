"""The bundled pictures: complete, unchanged, small, and found from anywhere."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import PIL.Image
import pytest

from nst_helpers import assets

REPOSITORY = Path(assets.__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared" / "data"
NAMES = assets.photos() + assets.paintings()
ASSETS = [assets.find(name) for name in NAMES] + [assets.find_clip(name) for name in assets.clips()]


def files_on_disk() -> set[Path]:
    data = assets.data_directory()
    return {path for kind in ("content", "style", "video") for path in (data / kind).rglob("*") if path.is_file()}


def test_there_are_photos_and_paintings_without_a_name_in_common():
    assert len(assets.photos()) == 8
    assert len(assets.paintings()) == 12
    assert len(set(NAMES)) == 20


def test_every_file_is_in_the_manifest_and_every_entry_has_its_file():
    assert files_on_disk() == {asset.path for asset in ASSETS}


def test_the_pictures_and_clips_stay_under_4_mb():
    assert sum(path.stat().st_size for path in files_on_disk()) < 4e6


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.name)
def test_every_entry_is_complete_and_its_file_unchanged(asset):
    assets.verify(asset)
    assert asset.name == asset.path.stem
    assert asset.path.parent.name == asset.kind
    for field in fields(asset):
        assert getattr(asset, field.name), f"{asset.name} has no {field.name}"
    assert len(asset.credit.splitlines()) == 1
    for fact in (asset.title, asset.author, asset.licence):
        assert fact != "unknown"
        assert fact in asset.credit
    for fact in (asset.source, asset.changes, asset.title):
        assert not re.search("/(work|usr|home|root|tmp)/", fact)


def test_networks_and_figures_are_those_that_the_manifest_describes():
    folder = assets.data_directory()
    tables = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    for entry in (tables["networks"] | tables["figures"]).values():
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_a_jpeg_of_moderate_size(name):
    with PIL.Image.open(assets.find(name).path) as picture:
        assert picture.format == "JPEG"
        assert picture.mode == "RGB"
        assert 256 < max(picture.size) <= 800


def test_clips_and_pictures_are_no_substitute_for_each_other():
    assert assets.find_clip("bigbuckbunny").kind == "video"
    with pytest.raises(ValueError, match="no bundled picture is called 'bigbuckbunny': choose astronaut"):
        assets.find("bigbuckbunny")
    with pytest.raises(ValueError, match="no bundled clip is called 'bigbuckbuny': did you mean 'bigbuckbunny'"):
        assets.find_clip("bigbuckbuny")
    with pytest.raises(ValueError, match="no bundled clip is called 'chelsea': choose bigbuckbunny"):
        assets.find_clip("chelsea")


def test_the_manifest_says_all_that_was_done_to_a_picture():
    tables = tomllib.loads((assets.data_directory() / "manifest.toml").read_text(encoding="utf-8"))
    for entry in (tables["content"] | tables["style"] | tables["video"]).values():
        assert set(entry) == {"file", "title", "author", "year", "licence", "source", "changes", "sha256"}


@pytest.mark.skipif(not SHARED.exists(), reason="the pictures were chosen from a collection not here")
def test_every_picture_comes_from_the_collection_with_its_title_author_and_permission():
    photos, paintings = (
        {entry["file"]: entry for entry in json.loads((SHARED / kind / "manifest.json").read_text("utf-8"))}
        for kind in ("photos", "paintings")
    )
    for asset in map(assets.find, assets.photos()):
        entry = photos[asset.path.name]
        assert asset.author in entry["licence"]
        assert asset.licence.lower() in entry["licence"].lower()
    for asset in map(assets.find, assets.paintings()):
        entry = paintings[asset.path.name]
        assert entry["may_be_committed"] is True
        assert (asset.title, asset.author) == (entry["title"], entry["artist"])
        assert asset.year == str(entry["year"])
        assert asset.licence == entry["licence"]
        if "cropped" not in asset.changes:
            assert asset.path.read_bytes() == (SHARED / "paintings" / asset.path.name).read_bytes()


def test_a_typo_is_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"no bundled .* 'stary_nigth': did you mean 'starry_night'\?$"):
        assets.find("stary_nigth")
    with pytest.raises(ValueError, match="did you mean 'great_wall'"):
        assets.find("GREAT WALL")
    with pytest.raises(ValueError, match=r"did you mean 'starry_night'"):
        assets.find("starry_night.jpg")
    with pytest.raises(ValueError, match=r"choose astronaut, .*, shiva_and_parvati$"):
        assets.find("qqq")


def test_a_changed_or_missing_file_is_noticed(tmp_path):
    asset = assets.find("chelsea")
    copy = replace(asset, path=tmp_path / "chelsea.jpg")
    with pytest.raises(FileNotFoundError, match="is missing: restore it"):
        assets.verify(copy)
    data = bytearray(asset.path.read_bytes())
    copy.path.write_bytes(data)
    assets.verify(copy)
    data[1000] ^= 1
    copy.path.write_bytes(data)
    with pytest.raises(ValueError, match=r"chelsea.jpg was changed .*: restore it"):
        assets.verify(copy)


def run_elsewhere(place: Path, code: str, cwd: Path) -> str:
    """Run code against the copy of the module in `place`, in a fresh interpreter."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(place)!r}); {code}"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("inside", [True, False], ids=["wheel", "checkout"])
def test_the_data_is_found_from_the_module_and_not_from_the_working_directory(tmp_path, inside):
    package, elsewhere = tmp_path / "site" / "nst_helpers", tmp_path / "elsewhere"
    data = (package if inside else package.parent) / "data"
    for folder in (package, data, elsewhere / "data", package.parent / "data"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.toml").write_text("[content]\n[style]\n")  # rivals
    shutil.copy(assets.__file__, package)
    (package / "__init__.py").touch()
    shutil.copy(assets.data_directory() / "manifest.toml", data)
    code = "from nst_helpers import assets; print(assets.data_directory(), assets.find('whalers').path)"
    assert run_elsewhere(package.parent, code, elsewhere) == f"{data} {data / 'style' / 'whalers.jpg'}"


def test_without_the_data_the_sentence_says_what_to_do(tmp_path):
    shutil.copy(assets.__file__, tmp_path)
    code = "import assets\ntry: assets.photos()\nexcept FileNotFoundError as error: print(error)"
    assert run_elsewhere(tmp_path, "\n" + code, tmp_path).endswith("beside it: reinstall nst_helpers")


DAMAGED = {
    "cut within a table": lambda text: text[: len(text) // 2],
    "no TOML": lambda text: "<html>",
    "no text": lambda text: "\udcff",
    "empty": lambda text: "",
    "without a kind": lambda text: text.replace("[style.", "[other."),
    "without a file": lambda text: text.replace("file =", "fill ="),
    "without a fact": lambda text: re.sub('licence = ".*"', "", text, count=1),
    "with an entry that is none": lambda text: "[style]\nx = 1\n[content]\n" + text.partition("[content")[0],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_manifest_is_one_sentence(damage, tmp_path, monkeypatch):
    path = tmp_path / "manifest.toml"
    text = DAMAGED[damage]((assets.data_directory() / "manifest.toml").read_text(encoding="utf-8"))
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    monkeypatch.setattr(assets, "data_directory", lambda: tmp_path)
    assets._manifest.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"manifest\.toml is missing or damaged: reinstall nst_helpers\.$"):
            assets.photos()
    finally:
        assets._manifest.cache_clear()


@pytest.mark.parametrize(("damage", "sentence"), [
    ("missing", r"chelsea\.jpg is missing: restore it or reinstall nst_helpers"),
    ("cut", r"chelsea\.jpg was changed .*: restore it or reinstall nst_helpers"),
])  # fmt: skip
def test_a_damaged_picture_is_one_sentence_where_it_is_loaded(damage, sentence, tmp_path, monkeypatch):
    from nst_helpers.images import load_image

    (tmp_path / "content").mkdir()
    shutil.copy(assets.data_directory() / "manifest.toml", tmp_path)
    if damage == "cut":
        (tmp_path / "content/chelsea.jpg").write_bytes(assets.find("chelsea").path.read_bytes()[:9000])
    monkeypatch.setattr(assets, "data_directory", lambda: tmp_path)
    assets._manifest.cache_clear()
    try:
        with pytest.raises((FileNotFoundError, ValueError), match=sentence) as raised:
            load_image("chelsea", 32)
        assert "\n" not in str(raised.value)
    finally:
        assets._manifest.cache_clear()


def test_importing_the_module_reads_nothing_and_needs_no_third_party():
    code = (
        "from nst_helpers import assets; loaded = {'torch', 'PIL', 'numpy'} & set(sys.modules); "
        "print(assets._manifest.cache_info().misses, sorted(loaded))"
    )
    assert run_elsewhere(REPOSITORY, code, REPOSITORY) == "0 []"
