"""Clips to files: written whole or not at all, with the sound of the clip that they were made from."""

import contextlib
import heapq
import itertools
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import PIL.Image
import PIL.ImageOps
from jaxtyping import Float
from torch import Tensor

from nst_helpers.images import to_pil
from nst_helpers.runtime import printable, require_writable, whole_file
from nst_helpers.video.clips import Clip, Frame
from nst_helpers.video.container import import_av, opened
from nst_helpers.video.sound import sound_of

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

# No frame refers to a later one, so that clips can be joined end to end without being encoded again. x264 doesn't look
# ahead: that keeps frames in memory, and its macroblock tree gives of the same small frames not always the same file.
_H264 = {
    "libx264": {"crf": "18", "bf": "0", "rc-lookahead": "0"},
    "libopenh264": {"b": "8M"},
    "mpeg4": {"qmin": "2", "qmax": "4"},
}
_VP9 = {"libvpx-vp9": {"crf": "24", "b": "0", "deadline": "good", "cpu-used": "4", "auto-alt-ref": "0"}}
_BT709 = 1  # its number for matrix, primaries and transfer in ITU-T H.273
_FINE = 10_000  # parts of a second, at least, to which a frame's moment is rounded


@dataclass(frozen=True)
class _Format:
    """A container.

    Attributes:
        muxer: FFmpeg's name of it.
        encoders: for pictures, the best first, with their options.
    """

    muxer: str
    encoders: dict[str, dict[str, str]]


_FORMATS = {
    ".mp4": _Format("mp4", _H264),
    ".mov": _Format("mov", _H264),
    ".mkv": _Format("matroska", _H264),
    ".webm": _Format("webm", _VP9),
}


def write_clip(
    path: str | os.PathLike,
    frames: Iterable[Float[Tensor, "1 3 height width"] | Frame],
    rate: Fraction | float | int,
    *,
    sound_from: Clip | None = None,
) -> Path:
    """Encode frames as they come and return the path: H.264 in .mp4, .mov and .mkv, VP9 in .webm.

    The file appears whole or not at all. Colours are stored as BT.709 at half resolution (4:2:0), which needs even
    sides: an odd one gains a row or column that repeats the last. Without libx264, FFmpeg's next best encoder is taken.

    Args:
        frames: of one size, in [0, 1], clamped. A tensor comes ``1 / rate`` after the one before, a `Frame` at its
            time, to 0.1 ms (in .mkv and .webm: to 1 ms).
        rate: frames per second.
        sound_from: the clip whose sound goes with it, from its beginning; copied where the format can hold it.

    Raises:
        ImportError: PyAV is not installed.
        ValueError: another suffix, no frame, frames of several sizes, a rate that isn't above 0.
        OSError: the file can't be written.
    """
    path = require_clip_file(path)
    with whole_file(path) as unfinished:
        encode(unfinished, frames, rate, suffix=path.suffix, sound_from=sound_from)
    return path


def require_clip_file(path: str | os.PathLike) -> Path:
    """The path, if a clip can be saved there: known before the work that makes its frames.

    Raises ValueError for a suffix that `write_clip` doesn't know, and what `runtime.require_writable` raises.
    """
    if Path(path).suffix.lower() not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise ValueError(f"{printable(path)} has no suffix of a format that can be written: use {known}")
    return require_writable(path)


def encode(
    file: Path,
    frames: Iterable[Float[Tensor, "1 3 height width"] | Frame],
    rate: Fraction | float | int,
    *,
    suffix: str,
    muxer: str | None = None,
    sound_from: Clip | None = None,
) -> None:
    """Fill a file as `write_clip` does for the suffix; a muxer takes the place of the suffix's own."""
    form = _FORMATS[suffix.lower()]
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"rate is {rate}: give frames per second, above 0.")
    rate = Fraction(rate).limit_denominator(1001)
    timed = iter(_timed(frames, rate))
    first = next(timed, None)
    if first is None:
        raise ValueError("no frame was given: a clip needs at least one.")
    with _output(file, muxer or form.muxer) as output:
        stream = _picture_stream(output, form, first.image, rate)
        _mux(output, _encoded(stream, itertools.chain([first], timed)), sound_from, form.muxer)


def join(path: Path, parts: Sequence[Path], *, sound_from: Clip | None = None) -> None:
    """Put parts that `encode` has filled end to end in a file that appears whole or not at all; nothing is re-encoded.

    The frames' times are those in the parts, so that each has to begin where the one before ends.
    """
    form = _FORMATS[path.suffix.lower()]
    with whole_file(path) as unfinished, _output(unfinished, form.muxer) as output:
        with opened(parts[0]) as container:
            template = container.streams.video[0]
            stream = output.add_stream_from_template(template)
            stream.time_base = template.time_base
        _mux(output, _stored(stream, parts), sound_from, form.muxer)


def _output(file: Path, muxer: str) -> "OutputContainer":
    options = {"movflags": "faststart"} if muxer in ("mp4", "mov") else {}  # a player may begin before it has all
    return import_av().open(str(file), "w", format=muxer, options=options)


def _picture_stream(output: "OutputContainer", form: _Format, image: Tensor, rate: Fraction) -> "VideoStream":
    av = import_av()
    codec = next(name for name in form.encoders if name in av.codecs_available)
    stream = output.add_stream(codec, rate=rate, options=form.encoders[codec])
    stream.height, stream.width = (side + side % 2 for side in image.shape[-2:])
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.time_base = Fraction(1, rate.numerator * math.ceil(_FINE / rate.numerator))
    return stream


def _timed(frames: Iterable[Tensor | Frame], rate: Fraction) -> Iterator[Frame]:
    for number, frame in enumerate(frames):
        yield frame if isinstance(frame, Frame) else Frame(frame, number / rate)


def _encoded(stream: "VideoStream", frames: Iterable[Frame]) -> "Iterator[Packet]":
    context, last, size = stream.codec_context, -1, None
    for number, frame in enumerate(frames):
        size = size or frame.image.shape
        if frame.image.shape != size:
            (_, _, height, width), (_, _, first_height, first_width) = frame.image.shape, size
            given = f"frame {number} is {width}x{height} px and the first {first_width}x{first_height} px"
            raise ValueError(f"{given}: resize it.")
        picture = _subsampled(to_pil(frame.image), (stream.width, stream.height))
        last = max(last + 1, round(frame.time / context.time_base))
        picture.pts, picture.time_base = last, context.time_base
        yield from stream.encode(picture)
    yield from stream.encode(None)


def _subsampled(pil: PIL.Image.Image, sides: tuple[int, int]) -> "VideoFrame":
    width, height = sides
    if pil.size != sides:
        even = PIL.Image.new("RGB", sides)
        for x, y in ((1, 1), (1, 0), (0, 1), (0, 0)):
            even.paste(pil, (x * (width - pil.width), y * (height - pil.height)))
        pil = even
    return import_av().VideoFrame.from_image(pil).reformat(format="yuv420p", dst_colorspace="ITU709")


def _stored(stream: "VideoStream", parts: Sequence[Path]) -> "Iterator[Packet]":
    for part in parts:
        with opened(part) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    yield packet


def _mux(output: "OutputContainer", packets: "Iterator[Packet]", sound_from: Clip | None, muxer: str) -> None:
    """Pictures and sound in the order of time, so that neither waits in memory for the other."""
    with contextlib.ExitStack() as stack:
        sound = iter(())
        if sound_from is not None and sound_from.audio:
            sound = sound_of(sound_from, stack.enter_context(opened(sound_from.path)), output, muxer)
        for packet in heapq.merge(packets, sound, key=lambda packet: packet.dts * packet.time_base):
            output.mux(packet)
