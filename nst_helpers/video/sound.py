"""The sound of a clip, for a film made from it."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nst_helpers.video.clips import Clip
from nst_helpers.video.container import import_av

if TYPE_CHECKING:
    from av import Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

# Decoders whose sound goes into a container as it is, and browsers play it there; Matroska takes all.
_HELD = {
    "mp4": {"aac", "mp3", "mp3float"},
    "mov": {"aac", "mp3", "mp3float"},
    "webm": {"opus", "libopus", "vorbis", "libvorbis"},
}
_ENCODERS = {"mp4": "aac", "mov": "aac", "webm": "libopus"}
_RATE = 48_000  # samples per second, which both encoders take


def sound_of(clip: Clip, source: "InputContainer", output: "OutputContainer", muxer: str) -> "Iterator[Packet]":
    """Add the clip's first sound track to an output, and give its packets, from the clip's beginning to its end.

    They are the source's own where the container can hold them, else encoded anew, in stereo. What is damaged is left
    out.
    """
    track = source.streams.audio[0]
    if track.codec_context.name in _HELD.get(muxer, {track.codec_context.name}):
        return _copied(clip, source, track, output.add_stream_from_template(track))
    stream = output.add_stream(_ENCODERS[muxer], rate=_RATE)
    stream.layout = "stereo"
    return _encoded(clip, source, track, stream)


def _copied(clip: Clip, source: "InputContainer", track: "AudioStream", stream: "AudioStream") -> "Iterator[Packet]":
    shift = round(clip.began / track.time_base)
    with contextlib.suppress(import_av().FFmpegError):
        for packet in source.demux(track):
            if packet.pts is None or packet.dts is None or packet.pts + (packet.duration or 0) < shift:
                continue
            if clip.limit is not None and (packet.pts - shift) * track.time_base >= clip.limit:
                return
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = stream
            yield packet


def _encoded(clip: Clip, source: "InputContainer", track: "AudioStream", stream: "AudioStream") -> "Iterator[Packet]":
    with contextlib.suppress(import_av().FFmpegError):
        for frame in source.decode(track):
            moment = frame.pts * frame.time_base - clip.began
            if moment < 0:
                continue
            if clip.limit is not None and moment >= clip.limit:
                break
            frame.pts = round(moment / frame.time_base)
            yield from stream.encode(frame)
    yield from stream.encode(None)
