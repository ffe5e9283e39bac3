"""A picture is written whole or not at all, and only where a file belongs."""

import errno
import io
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest
import torch

from nst_helpers.images import load_image, require_savable, save_image
from nst_helpers.runtime import files
from tests.images.helpers import color, refused

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "tiff", "PNG"])
def test_all_256_values_survive_a_round_trip(tmp_path, suffix):
    image = (torch.arange(256).float() / 255).reshape(1, 1, 16, 16).repeat(1, 3, 1, 1)
    path = save_image(image, tmp_path / f"ramp.{suffix}")
    assert path == tmp_path / f"ramp.{suffix}"
    assert torch.equal(load_image(path), image)


@pytest.mark.parametrize(("suffix", "name"), [("jpg", "JPEG"), ("jpeg", "JPEG"), ("webp", "WEBP"), ("tif", "TIFF")])
def test_the_suffix_names_the_format(tmp_path, suffix, name):
    image = load_image("chelsea", 64)
    with PIL.Image.open(save_image(image, tmp_path / f"cat.{suffix}")) as stored:
        assert stored.format == name
        if name == "JPEG":
            assert [component[1:3] for component in stored.layer] == [(1, 1)] * 3  # 4:4:4
    assert (load_image(tmp_path / f"cat.{suffix}") - image).abs().mean() < 0.02


def test_saving_needs_no_batch_changes_nothing_and_detaches(tmp_path):
    image = torch.full((3, 2, 2), 1.2, requires_grad=True)
    save_image(image, str(tmp_path / "a.png"))
    assert image.min() > 1
    assert color(load_image(tmp_path / "a.png")) == [1, 1, 1]


@pytest.mark.parametrize(
    ("image", "path", "error", "message"),
    [
        (torch.rand(2, 3, 4, 4), "a.png", ValueError, "a batch of 2: pick one"),
        (torch.full((3, 4, 4), float("nan")), "a.png", ValueError, "has NaN or infinite values"),
        (torch.rand(3, 4, 4), "a.xyz", ValueError, "a.xyz has no suffix .*: use .png, .jpg, .jpeg, .webp"),
        (torch.rand(3, 4, 4), "a", ValueError, "use .png"),
        (torch.rand(3, 4, 4), "", ValueError, "use .png"),
        (torch.rand(3, 4, 4), "a\0.png", ValueError, r"a\\x00.png holds a null character"),
        (torch.rand(3, 4, 4), "a\n.xyz", ValueError, r"a\\n.xyz has no suffix"),
        (torch.rand(3, 4, 4), "x" * 300 + ".png", OSError, "can't be written .*: choose another folder or name"),
        (torch.rand(3, 1, 66000), "a.jpg", OSError, "a.jpg can't hold 66000x1 px .*: choose another format or size"),
        (torch.rand(3, 4, 4), "no/a.png", FileNotFoundError, "no is no directory: create it before saving a.png"),
        (torch.rand(3, 1, 20000), "a.webp", OSError, "a.webp can't hold 20000x1 px .*16383.*: choose another"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_leaves_nothing(here, image, path, error, message):
    with refused(message, error):
        save_image(image, path)
    assert list(here.iterdir()) == []


def test_a_directory_is_not_overwritten(tmp_path):
    (tmp_path / "d.png").mkdir()
    with refused("d.png is a directory", IsADirectoryError):
        save_image(torch.rand(3, 2, 2), tmp_path / "d.png")


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, fault, step):
    path = save_image(torch.zeros(3, 2, 2), tmp_path / "a.png")
    before = path.read_bytes()

    def fail(*_):
        raise fault

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(fault), match=r"a.png can't be written \(No space left on device\)|^$"):
        save_image(torch.ones(3, 2, 2), path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as on Unix")
def test_a_saved_file_has_ordinary_permissions_and_a_link_stays_a_link(tmp_path):
    (tmp_path / "plain").touch()
    path = save_image(torch.ones(3, 2, 2), tmp_path / "a.png")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    (tmp_path / "link.png").symlink_to(path)
    save_image(torch.zeros(3, 2, 2), tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink()
    assert color(load_image(path)) == [0, 0, 0]


LIMITED = """
import resource, sys, torch
from nst_helpers.images import require_savable, save_image
image = torch.rand(3, 90, 90, generator=torch.Generator().manual_seed(0))
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for name in sys.argv[2:]:
    try:
        require_savable(name) if limit == 0 else save_image(image, name)
        print(f"{name} was written")
    except OSError as error:
        print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of a file's size as on Unix")
@pytest.mark.parametrize("limit", [5000, 0], ids=["room for a part", "no room, known beforehand"])
def test_no_room_for_the_whole_picture_keeps_the_old_one_in_every_format(here, limit):
    names = [f"a.{suffix}" for suffix in ("png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff")]
    for name in names:
        Path(name).write_bytes(b"older")
    command = [sys.executable, "-c", LIMITED, str(limit), *names]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert not done.returncode, done.stderr
    told = done.stdout.splitlines()
    assert len(told) == len(names)
    for name, line in zip(names, told, strict=True):
        assert re.fullmatch(rf"{name} can't be written \(File too large\): choose another folder .*", line)
        assert Path(name).read_bytes() == b"older"
    assert sorted(path.name for path in here.iterdir()) == sorted(names)


def test_bytes_that_a_disk_swallows_are_missed(here, monkeypatch):
    class Forgetful(io.FileIO):
        def write(self, data):
            return super().write(data[:9]) and len(data)

    save_image(torch.zeros(3, 9, 9), "a.png")
    before = Path("a.png").read_bytes()
    monkeypatch.setattr(files, "open", lambda path, mode: Forgetful(path, "x"), raising=False)
    with refused(r"a.png can't be written \(9 of \d+ bytes arrived\)", OSError):
        save_image(torch.ones(3, 9, 9), "a.png")
    assert list(here.iterdir()) == [here / "a.png"]
    assert Path("a.png").read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes, devices and links as on Unix")
@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "link to a device", "link to itself", "link to a folder"])
def test_a_target_that_is_no_ordinary_file_is_refused_and_left_alone(here, kind):
    target = Path("a.png")
    if kind == "pipe":
        os.mkfifo(target)
    elif kind == "link to a pipe":
        os.mkfifo("pipe")
        target.symlink_to("pipe")
    else:
        target.symlink_to({"device": os.devnull, "itself": "a.png", "folder": here}[kind.split()[-1]])
    before = sorted(here.iterdir()), target.lstat().st_ino
    for call in (lambda: require_savable(target), lambda: save_image(torch.rand(3, 4, 4), target)):
        with refused("a.png is (no ordinary file or a link to none: choose|a directory: name)", (ValueError, OSError)):
            call()
    assert (sorted(here.iterdir()), target.lstat().st_ino) == before


@pytest.mark.skipif(os.name != "posix", reason="links as on Unix")
def test_a_link_to_what_is_not_there_yet_makes_it(here):
    Path("link.png").symlink_to("new.png")
    save_image(torch.ones(3, 4, 4), "link.png")
    assert Path("link.png").is_symlink()
    assert color(load_image(Path("new.png"))) == [1, 1, 1]
    Path("lost.png").symlink_to("nowhere/new.png")
    with refused(r"lost.png can't be written \(No such file or directory\)", OSError):
        require_savable("lost.png")


@pytest.mark.skipif(os.name != "posix", reason="permissions as on Unix")
@pytest.mark.parametrize("mode", [0o600, 0o666, 0o640])
def test_a_replaced_file_hands_on_its_permissions(here, mode):
    save_image(torch.ones(3, 4, 4), "a.png")
    os.chmod("a.png", mode)
    save_image(torch.zeros(3, 4, 4), "a.png")
    assert stat.S_IMODE(os.stat("a.png").st_mode) == mode
    assert color(load_image("a.png")) == [0, 0, 0]


def test_a_place_that_cannot_be_written_is_known_beforehand(here, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as read_only:  # undone by itself: undoing all would leave the folder, too
        read_only.setattr(files, "open", refuse, raising=False)
        with refused(r"a.png can't be written \(Read-only file system\): choose another folder or name", OSError):
            require_savable("a.png")
    monkeypatch.setattr(os, "access", lambda *_: False)
    Path("old.png").touch()
    with refused("old.png is write-protected: choose another name or change its permissions", PermissionError):
        require_savable("old.png")


def test_to_ask_whether_a_picture_can_be_saved_changes_nothing(here):
    Path("old.png").write_bytes(b"older")
    assert require_savable("old.png") == Path("old.png")
    assert require_savable("new.png") == Path("new.png")
    assert list(here.iterdir()) == [here / "old.png"]
    assert Path("old.png").read_bytes() == b"older"
