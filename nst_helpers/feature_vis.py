"""What a channel looks for: pictures optimised for it, patches that excite it, photos rebuilt from their features."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from nst_helpers.canvas import Canvas, transform
from nst_helpers.feature_goals import Goal
from nst_helpers.feature_settings import FeatureVisSettings
from nst_helpers.images import Picture, faint_noise, load_image
from nst_helpers.objective import Objective, content_terms, total_variation_term
from nst_helpers.optimize import Optimization, optimize_image
from nst_helpers.progress import Callback, Progress, Stop
from nst_helpers.receptive_field import receptive_field
from nst_helpers.runtime import Precision
from nst_helpers.settings import takes
from nst_helpers.vgg import VGGFeatures


@takes(FeatureVisSettings)
def visualize(goal: Goal, *, callback: Callback | None = None, settings: FeatureVisSettings) -> Optimization:
    """Pictures that make a goal large, from noise (Olah, Mordvintsev & Schubert 2017, "Feature visualization").

    Args:
        goal: of `feature_goals`: a neuron, a channel, a direction, a layer, or a sum of them.
        callback: called after each step with a `progress.Progress`; it may raise `progress.Stop`.
        settings: `FeatureVisSettings`, whose fields are given as keywords.

    Returns:
        `Optimization`: ``.image`` ``(batch, 3, size, size)``, the last one; each loss of ``.history`` is minus the
        goal, summed over the batch. Ctrl-C and `Stop` end it early.

    Raises:
        ValueError: a channel or an option that can't be used, in a sentence.

    Example:
        >>> result = visualize(channel("relu4_1", 11), steps=64)  # doctest: +SKIP
    """
    extractor = VGGFeatures(
        goal.layers, weights=settings.weights, pooling=settings.pooling, device=settings.device,
        precision=settings.precision,
    )  # fmt: skip
    canvas = Canvas(
        settings.size,
        batch=settings.batch,
        fourier=settings.fourier,
        decorrelate=settings.decorrelate,
        seed=settings.seed,
        device=extractor.device,
    )
    generator = torch.Generator().manual_seed(settings.seed)
    optimizer = torch.optim.Adam([canvas.parameters], lr=settings.learning_rate)
    result = Optimization(canvas.image().detach())
    began = time.perf_counter()
    try:
        for iteration in range(1, settings.steps + 1):
            optimizer.zero_grad()
            image = canvas.image()
            changed = transform(image, generator, **settings.robustness)
            reached = goal(extractor(changed)).sum()
            (-reached).backward()
            optimizer.step()
            result.image, result.loss = image.detach(), -reached.item()
            progress = Progress(
                iteration=iteration,
                total=settings.steps,
                loss=result.loss,
                losses={"goal": reached.item()},
                seconds=time.perf_counter() - began,
                image=result.image,
            )
            result.history.append(replace(progress, image=None))
            if callback is not None:
                callback(progress)
    except (KeyboardInterrupt, Stop):
        result.interrupted = True
    result.image = result.image.cpu()
    return result


def invert_features(
    content: Picture,
    layer: str,
    *,
    size: int | None = None,
    steps: int = 100,
    tv_weight: float = 0.0,
    seed: int = 0,
    precision: Precision = "auto",
    callback: Callback | None = None,
) -> Optimization:
    """A photo rebuilt from one layer's features, from noise (Mahendran & Vedaldi 2015; Gatys et al. 2016, Fig. 1).

    Args:
        content: a bundled name, a file, a Pillow image or a tensor.
        layer: of VGG-19, on the normalised network.
        size: the longer side, px; None takes a tensor as it is, and other pictures in their own size.
        tv_weight: of the squared total variation, beside the mean squared difference of features.
        seed: of the noise.
    """
    extractor = VGGFeatures([layer], normalized=True, precision=precision)
    photo = load_image(content, size).to(extractor.device)
    terms = content_terms(extractor, photo, {layer: 1.0})
    if tv_weight:
        terms.append(total_variation_term(tv_weight))
    start = faint_noise(*photo.shape[-2:], seed).to(photo)
    result = optimize_image(Objective(extractor, terms), start, steps=steps, callback=callback)
    result.image = result.image.cpu()
    return result


@dataclass(frozen=True)
class Peaks:
    """Where each picture excites each channel of a layer most.

    Attributes:
        layer: of VGG-19.
        pictures: as the network saw them.
        values: the highest activation.
        rows, columns: its position in the feature map.
    """

    layer: str
    pictures: list[Float[Tensor, "1 3 _height _width"]]
    values: Float[Tensor, "pictures channels"]
    rows: Int[Tensor, "pictures channels"]
    columns: Int[Tensor, "pictures channels"]

    def best(self, channel: int, count: int = 8) -> list[int]:
        """The numbers of the pictures that excite a channel most, the strongest first."""
        return self.values[:, channel].argsort(descending=True)[:count].tolist()

    def patch(self, picture: int, channel: int) -> Float[Tensor, "1 3 _patch_height _patch_width"]:
        """The receptive field of a picture's highest activation, as far as it lies in the picture."""
        field = receptive_field(self.layer)
        top, left, bottom, right = field.box(self.rows[picture, channel].item(), self.columns[picture, channel].item())
        return self.pictures[picture][..., max(top, 0) : bottom, max(left, 0) : right]


@torch.no_grad()
def find_peaks(extractor: VGGFeatures, pictures: Iterable[Picture], *, size: int = 224) -> Peaks:
    """Run pictures through the network and note each channel's highest activation in each of them.

    Args:
        extractor: whose last layer is looked at.
        size: the longer side of the pictures, px.
    """
    layer = extractor.layers[-1]
    loaded = [load_image(picture, size) for picture in pictures]
    if not loaded:
        raise ValueError("no picture was given: name at least one, such as those of assets.photos().")
    found = []
    for picture in loaded:
        feature = extractor(picture)[layer][0].cpu()
        values, positions = feature.flatten(1).max(dim=1)
        found.append((values, positions // feature.shape[-1], positions % feature.shape[-1]))
    return Peaks(layer, loaded, *(torch.stack(column) for column in zip(*found, strict=True)))
