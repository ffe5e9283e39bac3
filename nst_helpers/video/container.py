"""What FFmpeg says of a file: its frames upright, their moments, its promises; all that is damaged is passed over."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from jaxtyping import Float
from torch import Tensor

from nst_helpers.images import decode
from nst_helpers.runtime import printable

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

# FFmpeg's names of what is opened, whatever a file is called. It knows more: texts it would film, pictures, and lists
# of other files and addresses, which it would open in their turn.
_FORMATS = (
    *("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf"),
    *("ogg", "gif", "nut", "mxf", "dv", "ivf", "h264", "hevc", "m4v", "yuv4mpegpipe"),
)
_NO_VIDEO = (
    "is no video of a format that is read here, or is cut off before its index: download it again, or export it as MP4."
)


def import_av() -> ModuleType:
    """PyAV, which brings FFmpeg along; ImportError with what to install where it is missing."""
    try:
        import av
    except ModuleNotFoundError:
        raise ImportError('av is missing, which clips need: pip install "nst-helpers[video]".') from None
    return av


@contextlib.contextmanager
def opened(path: Path) -> Iterator["InputContainer"]:
    """A file with pictures that move; ValueError where it is none."""
    av, shown = import_av(), printable(path)
    try:
        container = av.open(str(path), options={"format_whitelist": ",".join(_FORMATS)})
    except PermissionError:
        raise ValueError(f"{shown} may not be read: change its permissions or copy it.") from None
    except av.FFmpegError:
        raise ValueError(f"{shown} {_NO_VIDEO}") from None
    with container:
        if not container.streams.video:
            sound = "has sound alone: give a file with pictures."
            raise ValueError(f"{shown} {sound if container.streams.audio else _NO_VIDEO}")
        yield container


def exact(seconds: float | None) -> Fraction | None:
    """The decimal fraction that a number of seconds was written as: 0.4 is 2/5."""
    return None if seconds is None else Fraction(seconds).limit_denominator(1_000_000)


def moments(
    container: "InputContainer", rate: Fraction, damage: list[str]
) -> Iterator[tuple[Fraction, "av.VideoFrame"]]:
    """Each frame and its moment by the file's clock, in order.

    One whose time stamp is missing, or not after the last, comes ``1 / rate`` after it.
    """
    last = None
    for frame in _whole_frames(container, damage):
        moment = None if frame.pts is None else frame.pts * frame.time_base
        if moment is None or (last is not None and moment <= last):
            moment = Fraction(0) if last is None else last + 1 / rate
        last = moment
        yield moment, frame


def _whole_frames(container: "InputContainer", damage: list[str]) -> Iterator["av.VideoFrame"]:
    av, stream = import_av(), container.streams.video[0]
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError as error:  # the file ends within a packet
            damage.append(str(error))
            packet = None
        try:
            yield from stream.decode(packet)
        except av.error.InvalidDataError as error:
            damage.append(str(error))
        except av.error.EOFError:  # what the decoder held back was given before
            return
        if packet is None:
            return


def upright(frame: "av.VideoFrame", aspect: Fraction | None, size: int | None) -> Float[Tensor, "1 3 height width"]:
    """A frame turned as its tag says, with square pixels, at the longer side wanted.

    Args:
        aspect: a pixel's width over its height in the file; None where it doesn't say.
    """
    pil = frame.to_image()
    width, height = round(pil.width * (aspect or 1)), pil.height
    if frame.rotation % 180:
        width, height = height, width
    pil = pil.rotate(frame.rotation, expand=True)  # anticlockwise, as both count
    sides = (width, height) if size is None else decode.fit(height, width, size)[::-1]
    return decode.to_tensor(pil, None if sides == pil.size else sides)


def lasts(frame: "av.VideoFrame", rate: Fraction) -> Fraction:
    """Seconds that a frame is shown."""
    return frame.duration * frame.time_base if frame.duration else 1 / rate


def promised(container: "InputContainer") -> Fraction | None:
    """The moment by the file's clock at which the pictures end, where its header says so."""
    stream = container.streams.video[0]
    if stream.duration is not None:
        return ((stream.start_time or 0) + stream.duration) * stream.time_base
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")  # Matroska's tag
    minutes, _, seconds = rest.partition(":")
    try:
        return 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds)
    except ValueError:
        return None


def count_packets(path: Path) -> int:
    """Frames of a file whose header doesn't count them: read through, not decoded."""
    with opened(path) as container, contextlib.suppress(import_av().FFmpegError):
        return sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)
    return 1
