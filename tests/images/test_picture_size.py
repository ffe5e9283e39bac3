"""The size that a picture will have is told by its header, and is the one that it then has."""

import struct
import zlib

import PIL.Image
import pytest
import torch

from nst_helpers.images import load_image, picture_size
from tests.images.helpers import noise, refused

SUFFIXES = ("jpg", "png", "webp", "tif", "avif", "gif", "bmp", "ppm", "jp2")


@pytest.fixture
def nothing_is_decoded(monkeypatch):
    """Until it is undone."""

    def fail(_):
        raise AssertionError("the pixels were decoded")

    for name in ("PIL.ImageFile.ImageFile", "PIL.TiffImagePlugin.TiffImageFile", "PIL.WebPImagePlugin.WebPImageFile"):
        monkeypatch.setattr(f"{name}.load", fail)
    return monkeypatch


@pytest.mark.parametrize("size", [None, 7, 90])
@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_is_what_load_image_gives_and_nothing_is_decoded(tmp_path, nothing_is_decoded, suffix, orientation, size):
    if f".{suffix}" not in PIL.Image.registered_extensions():
        pytest.skip("this Pillow can't write it")
    exif = PIL.Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    noise(45, 30).save(tmp_path / f"a.{suffix}", **({"exif": exif} if orientation else {}))
    told = picture_size(tmp_path / f"a.{suffix}", size)
    nothing_is_decoded.undo()
    assert told == load_image(tmp_path / f"a.{suffix}", size).shape[-2:]


def test_a_large_jpeg_that_is_all_but_square_keeps_its_sides(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    PIL.Image.new("L", (2400, 2376)).save(tmp_path / "a.jpg", exif=exif)  # at an eighth 300x297; 33x33 at 1/72
    for size in (None, 300, 100, 11):
        assert picture_size(tmp_path / "a.jpg", size) == load_image(tmp_path / "a.jpg", size).shape[-2:]
    assert picture_size(tmp_path / "a.jpg", 100) == (100, 99)


@pytest.mark.parametrize("late", ["eXIf", "XMP", "XMP before the pixels"])
def test_a_png_turned_by_what_stands_behind_its_pixels(tmp_path, late):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    if late == "eXIf":
        kind, data = b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")
    else:
        kind, data = b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>'
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    noise(30, 20).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    before = whole.index(b"IDAT" if "before" in late else b"IEND") - 4
    (tmp_path / "a.png").write_bytes(whole[:before] + chunk + whole[before:])
    assert load_image(tmp_path / "a.png").shape[-2:] == (30, 20)
    assert picture_size(tmp_path / "a.png") == (30, 20)


def test_an_icon_that_lies_about_its_size(tmp_path):
    noise(64, 64).save(tmp_path / "a.ico", sizes=[(64, 64)])
    data = bytearray((tmp_path / "a.ico").read_bytes())
    data[6] = data[7] = 8  # the directory says 8x8, the PNG inside has 64x64
    (tmp_path / "a.ico").write_bytes(data)
    assert picture_size(tmp_path / "a.ico") == load_image(tmp_path / "a.ico").shape[-2:] == (64, 64)


def test_names_pillow_images_and_tensors_have_sizes_too():
    assert picture_size("starry_night", 50) == load_image("starry_night", 50).shape[-2:]
    assert picture_size(noise(30, 20), 60) == (40, 60)
    assert picture_size(torch.rand(1, 3, 20, 30)) == (20, 30)


def test_what_is_no_picture_is_refused_as_load_image_refuses_it(tmp_path):
    (tmp_path / "text.png").write_text("This is no picture.")
    with refused("text.png is cut short or no picture"):
        picture_size(tmp_path / "text.png")
    with refused("there is no file", FileNotFoundError):
        picture_size(tmp_path / "no.png")
    with refused("size is 0: the longer side needs at least 1 px"):
        picture_size(noise(), 0)
