"""Neighbouring frames without end, with the flow between them: of scenes made of photos, or of any folder's clips."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from nst_helpers.images import Picture, find_files, resize
from nst_helpers.runtime import printable
from nst_helpers.training.photos import Crops, mix_seeds, roughened
from nst_helpers.video import SCENES, estimate_both_flows, make_scene, occlusion_mask, read_clip

_ENLARGED = 2  # a crop beside the frames that are made of it
_CLIPS = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts"}


class Pair(NamedTuple):
    """Two neighbouring frames in [0, 1] and what is known of the second's pixels.

    Attributes:
        flow: on the second frame, to where its pixels were in the first, x first, px.
        occluded: on the second frame, where its pixels have no counterpart in the first.
    """

    frames: Float[Tensor, "2 3 size size"]
    flow: Float[Tensor, "2 size size"]
    occluded: Bool[Tensor, "1 size size"]


class Pairs(NamedTuple):
    """What a step on pairs of frames is made of; the first two serve as a `training.Batch` of frames.

    Attributes:
        photos: in [0, 1]: each pair's first frame, and after these each pair's second one.
        samples: the number of each frame's pair, counted from the first step over all processes.
        flow, occluded: as `Pair`'s.
    """

    photos: Float[Tensor, "frames 3 size size"]
    samples: Int64[Tensor, " frames"]
    flow: Float[Tensor, "pairs 2 size size"]
    occluded: Bool[Tensor, "pairs 1 size size"]


def find_clips(folder: str | os.PathLike) -> list[Path]:
    """The clips in a folder and the folders within, by their suffixes, sorted by name; see `images.find_pictures`."""
    return find_files(folder, _CLIPS, kind="clip", things="clips", examples="MP4 or WebM")


class _InPairs(Crops):
    """Crops of two frames."""

    def gather(self, crops: Sequence[Pair], samples: Sequence[int]) -> Pairs:
        """What a step is given: pairs, and their numbers."""
        frames, flow, occluded = (torch.stack(parts) for parts in zip(*crops, strict=True))
        return Pairs(frames.transpose(0, 1).flatten(0, 1), torch.tensor([*samples, *samples]), flow, occluded)


class ScenePairs(_InPairs):
    """Two frames of a scene, of any motion that there is, made of a crop; the k-th is the same whenever asked for.

    Args:
        pictures: paths or bundled names.
        size: of the frames, in pixels.
        seed: of crops, motions and speeds.
        speed: the fastest that anything moves from the first frame to the second, px; the slowest is 0.

    Raises:
        ValueError: a speed above half the size; and what `training.Crops` raises.
    """

    def __init__(self, pictures: Sequence[Picture], size: int, seed: int, speed: float):
        super().__init__(pictures, _ENLARGED * size, seed)
        self.frame_size, self.speed = size, speed
        if speed > size / 2:  # else the scenes' refusals would count against the pictures
            raise ValueError(f"speed is {speed:g} px a frame of {size} px: give at most half of that, {size / 2:g}.")

    def _crop(self, picture: Picture, sample: int) -> Pair:
        crop = super()._crop(picture, sample)
        chance = torch.Generator().manual_seed(mix_seeds(self.seed, sample, 4))
        motion = SCENES[torch.randint(len(SCENES), (), generator=chance)]
        speed = self.speed * torch.rand((), generator=chance).item()
        seed = mix_seeds(self.seed, sample, 5)
        scene = make_scene(crop[None], motion, size=self.frame_size, speed=speed, seed=seed)
        return Pair(scene.frames, scene.backward[0], scene.occluded[0])


class ClipPairs(_InPairs):
    """Neighbouring frames of clips, cropped alike, with the flows that `video.estimate_both_flows` finds between them.

    Clips of some seconds serve best: a pair is reached by decoding its clip from the start.

    Args:
        pictures: the clips' files.
        size: of the frames, in pixels.
        seed: of moments and crops.

    Raises:
        ImportError: PyAV or OpenCV is not installed.
        ValueError: as `training.Crops`; a clip that can't be read, or has one frame, is left out.
    """

    def _crop(self, picture: Path, sample: int) -> Pair:
        chance = torch.Generator().manual_seed(mix_seeds(self.seed, sample, 1))
        frames = _neighbours(picture, torch.rand((), generator=chance).item())
        (left, top, right, bottom), mirror = self._place(frames.shape[-1], frames.shape[-2], chance)
        frames = resize(frames[..., top:bottom, left:right], (self.size, self.size))
        frames = torch.stack([roughened(frame, chance) for frame in (frames.flip(-1) if mirror else frames)])
        first, second = frames.split(1)
        forward, backward = estimate_both_flows(first, second)
        return Pair(frames, backward[0], occlusion_mask(forward, backward)[0])


def _neighbours(path: Path, share: float) -> Float[Tensor, "2 3 height width"]:
    """The two frames at a share in [0, 1) of the clip; the first two where it has less than it promises."""
    clip = read_clip(path)
    for skip in (int(share * max(clip.count - 1, 1)), 0):
        frames = [frame.image for frame in itertools.islice(clip.frames(skip), 2)]
        if len(frames) == 2:
            return torch.cat(frames)
    raise ValueError(f"{printable(path)} has one frame: give clips of two or more.")
