"""Pictures optimised for what a channel looks for."""

import time
from dataclasses import replace

import torch

from nst_helpers.feature_vis.goals import Goal
from nst_helpers.feature_vis.robustness import transform
from nst_helpers.feature_vis.settings import FeatureVisSettings
from nst_helpers.optimize import Canvas, Optimization
from nst_helpers.runtime import Callback, Progress, Stop, takes
from nst_helpers.vgg import VGGFeatures


@takes(FeatureVisSettings)
def visualize(goal: Goal, *, callback: Callback | None = None, settings: FeatureVisSettings) -> Optimization:
    """Pictures that make a goal large, from noise (Olah, Mordvintsev & Schubert 2017, "Feature visualization").

    Args:
        goal: of `feature_vis`: a neuron, a channel, a direction, a layer, or a sum of them.
        callback: called after each step with a `runtime.Progress`; it may raise `runtime.Stop`.

    Returns:
        `Optimization`: ``.image`` ``(batch, 3, size, size)``, the last one; each loss of ``.history`` is minus the
        goal, summed over the batch. Ctrl-C and `Stop` end it early.

    Raises:
        ValueError: a channel or an option that can't be used, in a sentence.

    Example:
        >>> result = visualize(channel("relu4_1", 11), steps=64)  # doctest: +SKIP
    """
    extractor = VGGFeatures(goal.layers, **settings.network)
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
