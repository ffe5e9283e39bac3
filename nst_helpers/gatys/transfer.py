"""Optimise the pixels of one picture: content from a photo, style from paintings (Gatys et al. 2016)."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.gatys.settings import DEFAULT_SIZE, GatysSettings
from nst_helpers.images import Picture, faint_noise, keep_luminance, load_image, luminance, match_color, resize
from nst_helpers.losses import Objective, Term, content_terms, layer_weights, style_terms, total_variation_term
from nst_helpers.optimize import LBFGS_HISTORY, Optimization, optimize_image
from nst_helpers.runtime import Callback, takes
from nst_helpers.vgg import VGGFeatures, require_memory


@takes(GatysSettings)
def stylize(
    content: Picture,
    style: Picture | Sequence[Picture],
    *,
    callback: Callback | None = None,
    settings: GatysSettings,
) -> Optimization:
    """A photo in the manner of a painting: minimise ``alpha * content + beta * style`` over its pixels.

    Gatys, Ecker & Bethge, "Image style transfer using convolutional neural networks" (2016), eq. 7, on their normalised
    network. Departures, each an option: max pooling, a start from the photo, preconditioned L-BFGS.

    Args:
        content: a bundled name, a file, a Pillow image or a tensor ``(1, 3, height, width)`` in [0, 1].
        style: likewise, or a list of several.
        callback: called after each step with a `runtime.Progress`; it may raise `runtime.Stop`.

    Returns:
        `Optimization`: ``.image`` ``(1, 3, height, width)`` on the CPU, ``.history``, ``.notes``, ``.interrupted``.

    Raises:
        ValueError: a picture or an option that can't be used, in a sentence.
        MemoryError: it won't fit; the sentence names the size that would.

    Example:
        >>> result = stylize("neuschwanstein", "starry_night", steps=100)  # doctest: +SKIP
        >>> save_image(result.image, "castle.png")  # doctest: +SKIP
    """
    layers = layer_weights(settings.content_layers), layer_weights(settings.style_layers)
    extractor = VGGFeatures({**layers[0], **layers[1]}, **settings.network)
    _require_memory(content, extractor, settings)
    photo, paintings = _load(content, style, settings)
    photo, paintings = photo.to(extractor.device), [painting.to(extractor.device) for painting in paintings]
    if settings.preserve_color == "match":
        paintings = [match_color(painting, photo) for painting in paintings]
    masks = _load_masks(settings.masks, photo, len(paintings))
    result = _coarse_to_fine(extractor, photo, paintings, masks, layers, settings, callback)
    if settings.preserve_color == "luminance":
        result.image = keep_luminance(photo, result.image)
    result.image = result.image.cpu()
    return result


def _coarse_to_fine(extractor, photo, paintings, masks, layers, settings, callback) -> Optimization:
    """One optimisation for each scale, each started from the one before, enlarged."""
    result: Optimization | None = None
    scales = min(settings.scales, settings.steps)
    for scale in range(scales):
        shrink = 2 ** (scales - 1 - scale)
        target, *styles = [_shrunk(picture, shrink, extractor) for picture in (photo, *paintings)]
        objective = Objective(extractor, _terms(extractor, target, styles, masks, layers, settings))
        start = _first_picture(settings, target) if result is None else resize(result.image, tuple(target.shape[-2:]))
        result = optimize_image(
            objective,
            start,
            steps=settings.steps // scales + (scale < settings.steps % scales),
            optimizer=settings.optimizer,
            learning_rate=settings.learning_rate,
            precondition=settings.precondition,
            callback=callback,
            before=result,
            total=settings.steps,
        )
        if result.interrupted:
            result.image = resize(result.image, tuple(photo.shape[-2:]))
            break
    return result


def _terms(extractor, photo, paintings, masks, layers, settings: GatysSettings) -> list[Term]:
    """alpha * content + beta * style, and total variation, for pictures of one scale."""
    content, style = layers
    convention = settings.convention
    content = {layer: settings.content_weight * weight for layer, weight in content.items()}
    terms = content_terms(extractor, photo, content, convention=convention)
    shares = _shares(settings, len(paintings))
    for number, (painting, share, mask) in enumerate(zip(paintings, shares, masks, strict=True), start=1):
        name = "style" if len(paintings) == 1 else f"style {number}"
        weights = {layer: settings.style_weight * share * weight for layer, weight in style.items()}
        terms += style_terms(
            extractor, painting, weights, statistic=settings.statistic, convention=convention, name=name, mask=mask
        )
    if settings.tv_weight:
        terms.append(total_variation_term(settings.tv_weight))
    if not terms:
        raise ValueError("every weight is 0: give content_weight, style_weight or tv_weight a number above 0.")
    return terms


def _require_memory(content: Picture, extractor: VGGFeatures, settings: GatysSettings) -> None:
    """Refuse what won't fit before it is loaded, let alone enlarged."""
    glimpse = load_image(content, 64)
    size = settings.size or (max(content.shape) if isinstance(content, Tensor) else DEFAULT_SIZE)
    height, width = (max(1, round(side * size / 64)) for side in glimpse.shape[-2:])
    require_memory(
        height,
        width,
        layers=extractor.layers,
        dtype=extractor.dtype,
        device=extractor.device,
        pooling=settings.pooling,
        checkpointing=settings.checkpointing,
        vectors=2 * LBFGS_HISTORY if settings.optimizer == "lbfgs" else 2,
    )


def _load(content, style, settings) -> tuple[Tensor, list[Tensor]]:
    styles = style if isinstance(style, list | tuple) else [style]
    if not styles:
        raise ValueError("no style was given: name at least one painting, such as starry_night.")
    pictures = []
    for picture in (content, *styles):
        is_tensor = isinstance(picture, Tensor)
        pictures.append(load_image(picture, settings.size or (None if is_tensor else DEFAULT_SIZE)))
    return pictures[0], pictures[1:]


def _load_masks(masks, photo: Tensor, styles: int) -> list[Tensor | None]:
    """Each mask as (1, 1, height, width) of the photo's size, or None for each style."""
    if masks is None:
        return [None] * styles
    if len(masks) != styles:
        raise ValueError(f"{len(masks)} masks were given for {styles} styles: give one for each.")
    loaded = []
    for mask in masks:
        if isinstance(mask, Tensor) and mask.ndim == 2:
            grey = mask.to(photo).view(1, 1, *mask.shape)
        else:
            grey = luminance(load_image(mask)).to(photo)
        if not grey.max() > 0:
            raise ValueError("a mask is black all over: make it white where its style is wanted.")
        loaded.append(F.interpolate(grey, photo.shape[-2:], mode="bilinear", antialias=True).clamp(0, 1))
    return loaded


def _shares(settings: GatysSettings, styles: int) -> Sequence[float]:
    """The weight of each style."""
    if settings.style_weights is None:
        return [1.0 if settings.masks is not None else 1 / styles] * styles
    if len(settings.style_weights) != styles:
        raise ValueError(
            f"{len(settings.style_weights)} style_weights were given for {styles} styles: give one for each."
        )
    return settings.style_weights


def _first_picture(settings: GatysSettings, photo: Tensor) -> Float[Tensor, "1 3 height width"]:
    if isinstance(settings.init, str) and settings.init == "content":
        return photo
    if isinstance(settings.init, str) and settings.init == "noise":
        return faint_noise(*photo.shape[-2:], settings.seed).to(photo)
    return resize(load_image(settings.init).to(photo), tuple(photo.shape[-2:]))


def _shrunk(picture: Tensor, factor: int, extractor: VGGFeatures) -> Tensor:
    """The picture at 1/factor of its size, but no smaller than the network can read."""
    if factor == 1:
        return picture
    smallest = extractor.minimum_size()
    height, width = (max(smallest, round(side / factor)) for side in picture.shape[-2:])
    return resize(picture, (height, width))
