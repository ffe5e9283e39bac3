"""Pictures optimised for what a channel looks for."""

import torch

from nst_helpers.feature_vis.goals import Goal
from nst_helpers.feature_vis.robustness import transform
from nst_helpers.feature_vis.settings import FeatureVisSettings
from nst_helpers.optimize import Canvas, Optimization
from nst_helpers.runtime import Callback, Recorder, return_large_blocks, takes
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
    recorder = Recorder(settings.steps, callback, keep="last")
    return_large_blocks()
    with recorder:
        for _ in range(settings.steps):
            optimizer.zero_grad()
            image = canvas.image()
            changed = transform(image, generator, **settings.robustness)
            reached = goal(extractor(changed)).sum()
            (-reached).backward()
            recorder.report(-reached.item(), losses={"goal": reached.item()}, image=image)
            optimizer.step()
    result = Optimization.of(recorder, canvas.image().detach())
    result.image = result.image.cpu()
    return result
