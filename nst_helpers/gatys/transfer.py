"""Optimise the pixels of one picture: content from a photo, style from paintings (Gatys et al. 2016)."""

from collections.abc import Sequence

from nst_helpers.gatys.pictures import Inputs, as_list, load_inputs, loaded_size
from nst_helpers.gatys.settings import GatysSettings
from nst_helpers.images import Picture, keep_luminance, picture_size, resize
from nst_helpers.losses import Objective, Term, content_terms, layer_weights, style_terms, total_variation_term
from nst_helpers.optimize import LBFGS_HISTORY, Optimization, optimize_image
from nst_helpers.runtime import Callback, Recorder, takes
from nst_helpers.vgg import VGGFeatures, within_memory


@takes(GatysSettings)
def stylize(
    content: Picture,
    style: Picture | Sequence[Picture],
    *,
    terms: Sequence[Term] = (),
    callback: Callback | None = None,
    settings: GatysSettings,
) -> Optimization:
    """A photo in the manner of a painting: minimise ``alpha * content + beta * style`` over its pixels.

    Gatys, Ecker & Bethge, "Image style transfer using convolutional neural networks" (2016), eq. 7, on their normalised
    network. Departures, each an option: max pooling, a start from the photo, preconditioned L-BFGS.

    Args:
        content: a bundled name, a file, a Pillow image or a tensor ``(1, 3, height, width)`` in [0, 1].
        style: likewise, or a list of several.
        terms: further summands of the loss, such as a temporal one; the layers that they read are extracted too.
        callback: called after each step with a `runtime.Progress`; it may raise `runtime.Stop`.

    Returns:
        `Optimization`: ``.image`` ``(1, 3, height, width)``, the best one, on the CPU; ``.history``, ``.notes``,
        ``.interrupted``. Ctrl-C and `Stop` end it early; before the first evaluation the history is empty.

    Raises:
        ValueError: a picture or an option that can't be used, in a sentence.
        MemoryError: it won't fit; the sentence names the size that would.

    Example:
        >>> result = stylize("neuschwanstein", "starry_night", steps=100)  # doctest: +SKIP
        >>> save_image(result.image, "castle.png")  # doctest: +SKIP
    """
    layers = [*layer_weights(settings.content_layers), *layer_weights(settings.style_layers)]
    extractor = VGGFeatures([*layers, *(layer for term in terms for layer in term.layers)], **settings.network)
    recorder = Recorder(settings.steps, callback)
    with within_memory(**_needs(content, style, extractor, settings)):
        inputs = load_inputs(content, style, settings, extractor.device)
        with recorder:
            _coarse_to_fine(inputs, terms, extractor, settings, recorder)
    result = Optimization.of(recorder, inputs.photo)
    if result.image.shape != inputs.photo.shape:  # it ended before the finest scale
        result.image = resize(result.image, tuple(inputs.photo.shape[-2:]))
    if settings.preserve_color == "luminance":
        result.image = keep_luminance(inputs.photo, result.image)
    result.image = result.image.cpu()
    return result


def _needs(
    content: Picture, style: Picture | Sequence[Picture], extractor: VGGFeatures, settings: GatysSettings
) -> dict[str, object]:
    """What decides how much memory a run takes, known before a picture is decoded."""
    height, width = picture_size(content, loaded_size(content, settings))
    return {
        "height": height,
        "width": width,
        "paintings": [picture_size(painting, loaded_size(painting, settings)) for painting in as_list(style)],
        "layers": extractor.layers,
        "dtype": extractor.dtype,
        "device": extractor.device,
        "pooling": settings.pooling,
        "checkpointing": settings.checkpointing,
        "vectors": 2 * LBFGS_HISTORY if settings.optimizer == "lbfgs" else 2,
    }


def _coarse_to_fine(
    inputs: Inputs, terms: Sequence[Term], extractor: VGGFeatures, settings: GatysSettings, recorder: Recorder
) -> None:
    """One optimisation for each scale, each started from the one before, enlarged."""
    scales = min(settings.scales, settings.steps)
    for scale in range(scales):
        scaled = inputs.shrunk(2 ** (scales - 1 - scale), extractor.minimum_size())
        summands = [*_terms(scaled, extractor, settings), *terms]
        if not summands:
            raise ValueError("every weight is 0: give content_weight, style_weight or tv_weight a number above 0.")
        start = resize(recorder.image, tuple(scaled.photo.shape[-2:])) if scale else scaled.first(settings.seed)
        optimize_image(
            Objective(extractor, summands),
            start,
            steps=settings.steps // scales + (scale < settings.steps % scales),
            optimizer=settings.optimizer,
            learning_rate=settings.learning_rate,
            precondition=settings.precondition,
            recorder=recorder,
        )
        if recorder.interrupted:
            break


def _terms(inputs: Inputs, extractor: VGGFeatures, settings: GatysSettings) -> list[Term]:
    """alpha * content + beta * style, and total variation, for pictures of one scale."""
    content = {
        layer: settings.content_weight * weight for layer, weight in layer_weights(settings.content_layers).items()
    }
    terms = content_terms(extractor, inputs.photo, content, convention=settings.convention)
    for number, painting in enumerate(inputs.paintings):
        factor = settings.style_weight * inputs.shares[number]
        terms += style_terms(
            extractor,
            painting,
            {layer: factor * weight for layer, weight in layer_weights(settings.style_layers).items()},
            statistic=settings.statistic,
            convention=settings.convention,
            name="style" if len(inputs.paintings) == 1 else f"style {number + 1}",
            mask=inputs.masks[number],
        )
    if settings.tv_weight:
        terms.append(total_variation_term(settings.tv_weight))
    return terms
