"""Writing clips: what is read back is what was given, with its times and its sound, whole or not at all."""

import itertools
import weakref
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from nst_helpers.video import Frame, read_clip, require_clip_file, write_clip
from tests.disk import room_for
from tests.video.footage import RATE, SAMPLES, film, grey, heard, number_of, numbered, onset, pitch, psnr, scene, tone

OLDER = b"an older file"
UNEVEN = [Fraction(moment, 1000) for moment in (0, 40, 200, 210, 1000)]
SUFFIXES = ("mp4", "mov", "mkv", "webm")


def sound_packets(path: Path) -> list[bytes]:
    import av

    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def codecs(path: Path) -> list[str]:
    import av

    with av.open(str(path)) as container:
        return [stream.codec_context.codec.name for stream in container.streams]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_frames_come_back_as_they_were_given(tmp_path, suffix):
    wanted = scene(12)
    path = write_clip(tmp_path / f"clip.{suffix}", wanted, RATE)
    assert path == tmp_path / f"clip.{suffix}"
    clip = read_clip(path)
    frames = list(clip)
    assert (len(frames), clip.count, clip.rate, clip.size) == (12, 12, RATE, (48, 64))
    assert min(psnr(given, expected) for given, expected in zip(frames, wanted, strict=True)) > 30
    assert codecs(path) == ["vp9" if suffix == "webm" else "h264"]
    assert [given.name for given in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("color", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0), (0.8, 0.5, 0.1)])
def test_a_colour_stays_and_its_matrix_is_written_into_the_file(tmp_path, color):
    import av

    wanted = torch.tensor(color, dtype=torch.float32).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    path = write_clip(tmp_path / "clip.mp4", [wanted], RATE)
    torch.testing.assert_close(next(iter(read_clip(path))), wanted, rtol=0, atol=0.02)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        y, u, v = (np.frombuffer(plane, np.uint8)[0] for plane in next(container.decode(video=0)).planes)
    red, green, blue = (float(part) for part in color)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # BT.709, in 16..235 and 16..240
    expected = (16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748)
    assert (y, u, v) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [(25, 25), (Fraction(30000, 1001), Fraction(30000, 1001)), (29.97, Fraction(2997, 100)), (0.5, 0.5), (1000, 1000)],
)
def test_the_rate_and_the_times_are_exact(tmp_path, rate, wanted):
    clip = read_clip(write_clip(tmp_path / "clip.mp4", numbered(5), rate))
    assert clip.rate == wanted
    assert [frame.time for frame in clip.frames()] == [number / Fraction(wanted) for number in range(5)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_frames_of_their_own_times_keep_them(tmp_path, suffix):
    source = read_clip(film(tmp_path / "source.mp4", numbered(5), times=UNEVEN))
    clip = read_clip(write_clip(tmp_path / f"clip.{suffix}", source.frames(), source.rate))
    assert [frame.time for frame in clip.frames()] == UNEVEN
    assert [number_of(frame) for frame in clip] == list(range(5))


def test_frames_of_one_time_are_put_apart(tmp_path):
    import av

    frames = [Frame(grey(0.1), Fraction(0)), Frame(grey(0.5), Fraction(0)), Frame(grey(0.9), Fraction(0))]
    path = write_clip(tmp_path / "clip.mp4", frames, RATE)
    assert [round(frame.mean().item(), 1) for frame in read_clip(path)] == [0.1, 0.5, 0.9]
    with av.open(str(path)) as container:
        assert len({packet.pts for packet in container.demux(video=0) if packet.size}) == 3


@pytest.mark.parametrize(("height", "width"), [(47, 64), (48, 63), (47, 63), (1, 1)])
def test_an_odd_side_gains_what_repeats_the_last(tmp_path, height, width):
    wanted = scene(3, height, width)
    clip = read_clip(write_clip(tmp_path / "clip.mp4", wanted, RATE))
    assert clip.size == (height + height % 2, width + width % 2)
    for given, expected in zip(clip, wanted, strict=True):
        padded = torch.nn.functional.pad(expected, (0, width % 2, 0, height % 2), mode="replicate")
        assert psnr(given, padded) > 25
        assert psnr(given[..., -1:, :], padded[..., -1:, :]) > 20
        assert psnr(given[..., -1:], padded[..., -1:]) > 20


def test_one_frame_is_a_clip(tmp_path):
    clip = read_clip(write_clip(tmp_path / "clip.mp4", numbered(1), RATE))
    assert (clip.count, [number_of(frame) for frame in clip]) == (1, [0])
    assert clip.problems == []


@pytest.mark.parametrize(
    ("source", "codec", "suffix", "copied"),
    [
        ("mp4", "aac", "mp4", True),
        ("mp4", "aac", "mkv", True),
        ("mkv", "libmp3lame", "mp4", True),
        ("mkv", "libopus", "webm", True),
        ("mkv", "flac", "mkv", True),
        ("mkv", "flac", "mp4", False),
        ("mov", "pcm_s16le", "mp4", False),
        ("mp4", "aac", "webm", False),
    ],
)
def test_the_sound_is_kept_and_copied_where_it_can_be(tmp_path, source, codec, suffix, copied):
    sound = tone(2, begins=0.6)
    clip = read_clip(film(tmp_path / f"in.{source}", numbered(50), sound=sound, sound_codec=codec))
    assert clip.audio
    path = write_clip(tmp_path / f"out.{suffix}", clip.frames(), clip.rate, sound_from=clip)
    assert (sound_packets(path) == sound_packets(clip.path)) is copied
    given = heard(path)
    assert onset(given) == pytest.approx(0.6, abs=0.03)
    assert pitch(given[-SAMPLES:]) == pytest.approx(440, abs=2)
    assert len(given) / SAMPLES == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_of_a_part_the_sound_of_that_part_is_kept(tmp_path, suffix):
    clip = film(tmp_path / "in.mp4", numbered(75), sound=tone(3, begins=1.2))
    part = read_clip(clip, start=1.0, frames=25)
    path = write_clip(tmp_path / f"out.{suffix}", part.frames(), part.rate, sound_from=part)
    given = heard(path)
    assert onset(given) == pytest.approx(0.2, abs=0.04)
    assert len(given) / SAMPLES == pytest.approx(1, abs=0.06)


def test_a_clip_without_sound_has_none_afterwards(tmp_path):
    clip = read_clip(film(tmp_path / "in.mp4", numbered(5)))
    path = write_clip(tmp_path / "out.mp4", clip.frames(), clip.rate, sound_from=clip)
    assert codecs(path) == ["h264"]
    loud = read_clip(film(tmp_path / "loud.mp4", numbered(5), sound=tone(0.2)))
    assert codecs(write_clip(tmp_path / "out.mp4", loud.frames(), loud.rate)) == ["h264"]


def test_pictures_and_sound_lie_side_by_side_in_the_file(tmp_path):
    """Else one of them would wait in memory, for ten seconds by FFmpeg's own rule, and a player would have to seek."""
    import av

    seconds = [Fraction(number) for number in range(30)]
    clip = read_clip(film(tmp_path / "in.mp4", numbered(30), times=seconds, sound=tone(30)))
    path = write_clip(tmp_path / "out.mkv", clip.frames(), clip.rate, sound_from=clip)
    with av.open(str(path)) as container:
        moments = [float(packet.dts * packet.time_base) for packet in container.demux() if packet.dts is not None]
    assert max(a - b for a, b in itertools.pairwise(moments)) < 1.5


def test_x264_does_not_look_ahead(tmp_path):
    """With its macroblock tree one film of small frames in about 200 came out otherwise: too seldom to wait for."""
    data = write_clip(tmp_path / "a.mp4", scene(3), RATE).read_bytes()
    assert b"x264 - core" in data  # it writes its settings into the first frame
    assert b"mbtree=0" in data


def test_frames_are_taken_one_at_a_time(tmp_path):
    alive, most = weakref.WeakSet(), []

    class Seen:
        """A tensor can't be counted by itself once it has views."""

    def frames():
        for number in range(40):
            frame = grey(number / 40)
            frame.seen = Seen()
            alive.add(frame.seen)
            most.append(len(alive))
            yield frame
            del frame

    write_clip(tmp_path / "clip.mp4", frames(), RATE)
    assert len(most) == 40
    assert max(most) <= 3


@pytest.mark.parametrize(
    ("frames", "rate", "name", "error", "sentence"),
    [
        ([], 25, "a.mp4", ValueError, r"no frame was given: a clip needs at least one\.$"),
        ([grey(0), grey(0, 40, 30)], 25, "a.mp4", ValueError, "frame 1 is 30x40 px and the first 64x48 px: resize"),
        ([grey(float("nan"))], 25, "a.mp4", ValueError, "has NaN or infinite values"),
        ([grey(0)], 0, "a.mp4", ValueError, r"rate is 0: give frames per second, above 0\.$"),
        ([grey(0)], float("inf"), "a.mp4", ValueError, r"rate is inf: give frames per second"),
        ([grey(0)], 25, "a.xyz", ValueError, r"a\.xyz has no suffix of a format .*: use \.mp4, \.mov, \.mkv, \.webm$"),
        ([grey(0)], 25, "no/a.mp4", FileNotFoundError, "no is no directory: create it before saving a.mp4 in it"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_one_sentence_and_leaves_the_older_file(
    tmp_path, frames, rate, name, error, sentence
):
    (tmp_path / "a.mp4").write_bytes(OLDER)
    with pytest.raises(error, match=sentence) as raised:
        write_clip(tmp_path / name, frames, rate)
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == OLDER


def noise(count):
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(1, 3, 64, 64, generator=generator) for _ in range(count)]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [0, 3000], ids=["full", "room for a part"])
def test_a_full_disk_is_one_sentence_and_leaves_the_older_file(tmp_path, suffix, size):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(OLDER)
    sentence = rf"^[^\n]*a\.{suffix} can't be written \(File too large\): [^\n]*free some space$"
    with room_for(size), pytest.raises(OSError, match=sentence):
        write_clip(path, noise(8), RATE)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == OLDER


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("the source gave out."), ValueError("no frame.")])
def test_where_the_frames_end_in_an_error_nothing_is_written_and_the_error_stays(tmp_path, error):
    def frames():
        yield from numbered(5)
        raise error

    (tmp_path / "a.mp4").write_bytes(OLDER)
    with pytest.raises(type(error)) as raised:
        write_clip(tmp_path / "a.mp4", frames(), RATE)
    assert raised.value is error
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.mp4", OLDER)]


def test_whether_a_clip_can_be_written_is_known_before(tmp_path):
    assert require_clip_file(tmp_path / "a.MP4") == tmp_path / "a.MP4"
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match=r"use \.mp4"):
        require_clip_file(tmp_path / "a.png")


def test_without_x264_the_next_best_encoder_is_taken(tmp_path, monkeypatch):
    import av

    monkeypatch.setattr(av, "codecs_available", av.codecs_available - {"libx264", "libopenh264"})
    path = write_clip(tmp_path / "a.mp4", scene(5), RATE)
    assert codecs(path) == ["mpeg4"]
    assert min(psnr(given, wanted) for given, wanted in zip(read_clip(path), scene(5), strict=True)) > 28
