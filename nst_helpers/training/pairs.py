"""Neighbouring frames without end, with the flow between them: scenes made of any folder's photos."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from nst_helpers.images import Picture
from nst_helpers.training.photos import Crops, mix_seeds
from nst_helpers.video.scenes import SCENES, make_scene

_ENLARGED = 2  # a crop beside the frames that are made of it


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


class ScenePairs(Crops):
    """Two frames of a scene, of any motion that there is, made of a crop; the k-th is the same whenever asked for.

    Args:
        pictures: paths or bundled names.
        size: of the frames, in pixels.
        seed: of crops, motions and speeds.
        speed: the fastest that anything moves from the first frame to the second, px; the slowest is 0.

    Raises what `training.Crops` and `video.make_scene` raise.
    """

    def __init__(self, pictures: Sequence[Picture], size: int, seed: int, speed: float):
        super().__init__(pictures, _ENLARGED * size, seed)
        self.frame_size, self.speed = size, speed

    def gather(self, crops: Sequence[Pair], samples: Sequence[int]) -> Pairs:
        """What a step is given: pairs, and their numbers."""
        frames, flow, occluded = (torch.stack(parts) for parts in zip(*crops, strict=True))
        return Pairs(frames.transpose(0, 1).flatten(0, 1), torch.tensor([*samples, *samples]), flow, occluded)

    def _crop(self, picture: Picture, sample: int) -> Pair:
        crop = super()._crop(picture, sample)
        chance = torch.Generator().manual_seed(mix_seeds(self.seed, sample, 4))
        motion = SCENES[torch.randint(len(SCENES), (), generator=chance)]
        speed = self.speed * torch.rand((), generator=chance).item()
        seed = mix_seeds(self.seed, sample, 5)
        scene = make_scene(crop[None], motion, size=self.frame_size, speed=speed, seed=seed)
        return Pair(scene.frames, scene.backward[0], scene.occluded[0])
