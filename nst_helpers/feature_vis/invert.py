"""Photos rebuilt from their features."""

from nst_helpers.images import Picture, faint_noise, load_image
from nst_helpers.losses import Objective, content_terms, total_variation_term
from nst_helpers.optimize import Optimization, optimize_image
from nst_helpers.runtime import Callback, Precision
from nst_helpers.vgg import VGGFeatures


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
        callback: called after each step with a `runtime.Progress`; it may raise `runtime.Stop`.

    Returns:
        `Optimization`: ``.image`` is the best picture evaluated, on the CPU.
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
