"""Crops of any folder's pictures, without end: the k-th is the same whenever and wherever it is asked for."""

import contextlib
import functools
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from multiprocessing import resource_tracker
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from nst_helpers.images import Picture, decode, find_pictures

_SEEDS = 2**63


class Batch(NamedTuple):
    """What a step is made of.

    Attributes:
        photos: crops in [0, 1].
        samples: their numbers, counted from the first step over all processes.
    """

    photos: Float[Tensor, "batch 3 size size"]
    samples: Int64[Tensor, " batch"]


def set_aside(pictures: Sequence[Path], count: int) -> tuple[list[Path], list[Path]]:
    """(to train on, held out): up to ``count``, at most a tenth of all, evenly over the sorted names."""
    count = min(count, len(pictures) // 10)
    held_out = list(pictures[:: len(pictures) // count][:count]) if count else []
    apart = set(held_out)
    return [picture for picture in pictures if picture not in apart], held_out


def chosen(
    pictures: str | os.PathLike | Sequence[Picture],
    held_out: int,
    find: Callable[[str | os.PathLike], list[Path]] = find_pictures,
) -> tuple[Sequence[Picture], list[Path]]:
    """(to train on, held out) of a folder, or all of the pictures themselves; ValueError for a folder without any."""
    if isinstance(pictures, Sequence) and not isinstance(pictures, str):
        return pictures, []
    return set_aside(find(pictures), held_out)


class Crops(Dataset):
    """Square crops of half to all of a picture's shorter side, resized, every second one mirrored.

    Each round takes every picture once, in another order. A picture that can't be read is left out, and the next one
    of the round stands in.

    Args:
        pictures: paths or bundled names.
        size: of the crops, in pixels.
        seed: of order, places and mirrors.

    Raises:
        ValueError: no picture, or, when a crop is asked for, none that can be read.
    """

    def __init__(self, pictures: Sequence[Picture], size: int, seed: int):
        self.pictures, self.size, self.seed = list(pictures), size, seed
        if not self.pictures:
            raise ValueError("no picture was given: name at least one to train on.")
        self._broken: set[int] = set()
        self._round: tuple[int, list[int]] = (-1, [])

    def __getitem__(self, sample: int) -> tuple[Float[Tensor, "3 size size"] | tuple, int, list[str]]:
        """The crop, or what is made of it, its number, and a sentence for each picture found broken on the way."""
        order, place = self._order(sample // len(self.pictures)), sample % len(self.pictures)
        problems = []
        for turn in range(len(order)):
            number = order[(place + turn) % len(order)]
            if number in self._broken:
                continue
            try:
                return self._crop(self.pictures[number], sample), sample, problems
            except (ValueError, OSError, MemoryError) as error:
                self._broken.add(number)
                problems.append(str(error))
        raise ValueError(f"none of the {len(order)} pictures can be read: {problems[-1] if problems else 'see above'}")

    def gather(self, crops: Sequence[Float[Tensor, "3 size size"]], samples: Sequence[int]) -> Batch:
        """What a step is given: crops, and their numbers."""
        return Batch(torch.stack(list(crops)), torch.tensor(samples))

    def first(self, number: int, seed: int | None = None) -> Float[Tensor, "photos 3 size size"]:
        """The pictures of so many samples, counted from the first; of another seed, if one is given."""
        crops = self
        if seed is not None:
            crops = copy(self)
            crops.seed, crops._round = seed, (-1, [])
        return self.gather([crops[sample][0] for sample in range(number)], range(number)).photos

    def _order(self, number: int) -> list[int]:
        if self._round[0] != number:
            chance = torch.Generator().manual_seed(mix_seeds(self.seed, number))
            self._round = number, torch.randperm(len(self.pictures), generator=chance).tolist()
        return self._round[1]

    def _crop(self, picture: Picture, sample: int) -> Float[Tensor, "3 size size"]:
        pil, _ = decode.read_file(decode.locate(picture), 2 * self.size)
        chance = torch.Generator().manual_seed(mix_seeds(self.seed, sample, 1))
        box, mirror = self._place(*pil.size, chance)
        crop = roughened(decode.to_tensor(pil.crop(box), (self.size, self.size))[0], chance)
        return crop.flip(-1) if mirror else crop

    def _place(self, width: int, height: int, chance: torch.Generator) -> tuple[tuple[int, int, int, int], bool]:
        """A crop's left, top, right and bottom, and whether it is mirrored."""
        share, x, y, mirror = torch.rand(4, generator=chance).tolist()
        shorter = min(width, height)
        least = max(shorter / 2, min(self.size, shorter))
        side = round(least + share * (shorter - least))
        left, top = round(x * (width - side)), round(y * (height - side))
        return (left, top, left + side, top + side), mirror < 0.5


class RepeatedCrops(Crops):
    """Crops of which each is asked for several times, so that what is computed from it can be kept.

    Args:
        pool: crops in use at a time; ``passes`` rounds over them, each in another order, and then others come.
    """

    def __init__(self, pictures: Sequence[Picture], size: int, seed: int, pool: int, passes: int):
        super().__init__(pictures, size, seed)
        self.pool, self.passes = pool, passes
        self._pass: tuple[int, list[int]] = (-1, [])

    def __getitem__(self, sample: int) -> tuple[Float[Tensor, "3 size size"], int, list[str]]:
        crop, _, problems = super().__getitem__(self.crop_of(sample))
        return crop, sample, problems

    def crop_of(self, sample: int) -> int:
        """The number of the crop that stands at this place."""
        turn, place = divmod(sample, self.pool)
        if self._pass[0] != turn:
            chance = torch.Generator().manual_seed(mix_seeds(self.seed, turn, 3))
            self._pass = turn, torch.randperm(self.pool, generator=chance).tolist()
        return turn // self.passes * self.pool + self._pass[1][place]


def batches(
    crops: Crops, *, start: int, stop: int, batch: int, rank: int = 0, processes: int = 1, workers: int = 0
) -> Iterator[tuple[Batch, list[str]]]:
    """The steps from ``start`` to ``stop``, this process's part of each, and what was found broken, each once.

    Args:
        batch: pictures a step, over all processes.
        workers: processes that read ahead; 0 for none.
    """
    share = batch // processes
    numbers = [range(step * batch + rank * share, step * batch + (rank + 1) * share) for step in range(start, stop)]
    loader = DataLoader(
        crops,
        batch_sampler=numbers,
        num_workers=workers,
        collate_fn=functools.partial(_collate, crops.gather),
        generator=torch.Generator(),  # or it would draw from the global one
        multiprocessing_context="spawn" if workers else None,  # a fork would inherit torch's threads
    )
    told: set[str] = set()  # each worker finds them for itself
    with _deaf_to_ctrl_c() if workers else contextlib.nullcontext():
        found = iter(loader)
    for photos, problems in found:
        yield photos, [sentence for sentence in problems if sentence not in told]
        told.update(problems)


def mix_seeds(*numbers: int) -> int:
    """One seed that differs wherever one of the numbers does."""
    return hash(numbers) % _SEEDS  # of whole numbers, the same in every process


def roughened(crop: Float[Tensor, "3 size size"], chance: torch.Generator) -> Float[Tensor, "3 size size"]:
    """A crop, if of one colour with what rounding to 8 bits takes away.

    Where nothing varies, each instance normalisation multiplies the gradient by 1/sqrt(eps): too much for float32 after
    the fifteen of a network, and the run would stop at a white margin.
    """
    if (crop.amax(dim=(1, 2)) > crop.amin(dim=(1, 2))).any():
        return crop
    return (crop + (torch.rand(crop.shape, generator=chance) - 0.5) / 255).clamp(0, 1)


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started within don't hear Ctrl-C, which a terminal sends to all: the one that trains ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # which would undo the block if it were started within
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _collate(gather: Callable, items: list[tuple[object, int, list[str]]]) -> tuple[tuple, list[str]]:
    crops, samples, problems = zip(*items, strict=True)
    return gather(crops, samples), [sentence for some in problems for sentence in some]
