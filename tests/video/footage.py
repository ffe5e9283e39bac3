"""Small clips, written by PyAV itself: what they hold is known."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

RATE = 25
SAMPLES = 48_000  # of sound, per second


def grey(level: float, height: int = 48, width: int = 64) -> Tensor:
    """A frame of one colour."""
    return torch.full((1, 3, height, width), float(level))


def numbered(count: int, height: int = 48, width: int = 64) -> list[Tensor]:
    """Frames that tell their number by their level, see `number_of`."""
    return [grey((10 + 4 * number) / 255, height, width) for number in range(count)]


def number_of(frame: Tensor) -> int:
    """Which of the numbered frames it is."""
    return round((frame.mean().item() * 255 - 10) / 4)


def scene(count: int, height: int = 48, width: int = 64) -> list[Tensor]:
    """Frames with smooth, saturated colours and a box that moves."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    frames = []
    for number in range(count):
        frame = torch.stack([x, y, 1 - x])[None].clone()
        frame[..., 8:24, 2 * number : 2 * number + 16] = torch.tensor([0.9, 0.1, 0.2])[:, None, None]
        frames.append(frame)
    return frames


def tone(seconds: float, *, begins: float = 0.0, pitch: float = 440.0) -> np.ndarray:
    """Two channels: silence, then a sine."""
    time = np.arange(round(seconds * SAMPLES)) / SAMPLES
    return np.stack([np.where(time >= begins, 0.5 * np.sin(2 * np.pi * pitch * time), 0)] * 2).astype(np.float32)


def film(
    path: Path,
    frames: list[Tensor],
    *,
    times: list[Fraction] | None = None,
    codec: str = "libx264",
    sound: np.ndarray | None = None,
    sound_codec: str = "aac",
    rotation: int = 0,
    aspect: Fraction | None = None,
    muxer: dict[str, str] | None = None,
    keyframes: int = 12,
) -> Path:
    """Write frames of even sides, at `RATE` or at the times given, nearly without loss."""
    import av

    with av.open(str(path), "w", options=muxer or {}) as output:
        options = {"crf": "4", "g": str(keyframes)} if codec == "libx264" else {"qmin": "1", "qmax": "2"}
        stream = output.add_stream(codec, rate=RATE, options=options)
        stream.height, stream.width = frames[0].shape[-2:]
        stream.pix_fmt = "yuv420p"
        unit = Fraction(1, RATE if times is None else 1000)
        stream.codec_context.time_base = unit
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        voice = None if sound is None else output.add_stream(sound_codec, rate=SAMPLES, layout="stereo")
        for number, frame in enumerate(frames):
            pixels = frame[0].permute(1, 2, 0).mul(255).round().byte().numpy()
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            picture.pts = number if times is None else round(times[number] / unit)
            picture.time_base = unit
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
        if voice is not None:
            samples = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="stereo")
            samples.sample_rate, samples.pts = SAMPLES, 0
            output.mux(voice.encode(samples))
            output.mux(voice.encode(None))
    return path


def heard(path: Path) -> np.ndarray:
    """The sound of a file, its first channel, from the moment at which its pictures begin."""
    import av

    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLES)
        parts = []
        for frame in container.decode(audio=0):
            begins = round(frame.pts * frame.time_base * SAMPLES)
            for part in resampler.resample(frame):
                parts.append((begins, part.to_ndarray()[0]))
    samples = np.concatenate([part for _, part in parts])
    return samples[-parts[0][0] :] if parts[0][0] < 0 else np.concatenate([np.zeros(parts[0][0]), samples])


def onset(samples: np.ndarray) -> float:
    """Seconds until something is heard."""
    return float(np.argmax(np.abs(samples) > 0.1)) / SAMPLES


def pitch(samples: np.ndarray) -> float:
    """The loudest frequency, cycles per second."""
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * SAMPLES / len(samples)


def psnr(given: Tensor, wanted: Tensor) -> float:
    """Peak signal-to-noise ratio, dB."""
    return -10 * torch.log10((given - wanted).square().mean()).item()
