"""``keep_colors(content, result)``: the luminance of the result with the colours of the content, in [0, 1]."""

from nst_helpers.checks import answers
from nst_helpers.checks.compare import alike
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.images import keep_luminance, luminance


def _keep_colors(
    content,
    result,
    *,
    brightness=luminance,
    colors=lambda content, gray: content - gray,
    clip=lambda image: image.clamp(0, 1),
):
    return clip(colors(content, brightness(content)) + brightness(result))


def _bt601(image):
    return (image * image.new_tensor((0.299, 0.587, 0.114)).view(3, 1, 1)).sum(dim=1, keepdim=True)


def _trials():
    sizes = ((1, 3, 4, 5), (2, 3, 3, 3), (1, 3, 20, 12))
    pale = [(uniform(*size) * 0.2 + 0.3, uniform(*size, seed=1) * 0.2 + 0.2) for size in sizes]
    vivid = [(uniform(2, 3, 6, 6), uniform(2, 3, 6, 6, seed=1))]  # falls outside, below and above
    return pale + vivid


def _read(name, given, trial):
    """A picture; one that is paled where it falls outside, as the package's is, counts as clipped."""
    answer, paled = answers.tensor(name, given), {"": keep_luminance(*trial)}
    return {"": _keep_colors(*trial)} if alike([answer], [paled]) else answer


check_keep_colors = Exercise(
    name="keep_colors",
    right=_keep_colors,
    trials=_trials,
    mistakes={
        "the roles are swapped: take the luminance of the result and the colours of the content.": (
            lambda content, result: _keep_colors(result, content)
        ),
        "this is grey; add the content's colours, `content - luminance(content)`.": {
            "colors": lambda content, gray: content * 0
        },
        "the content's own luminance is still in it; subtract it.": {"colors": lambda content, gray: content},
        "the colours are multiplied, which makes bright places more colourful; add the difference of the luminances.": (
            lambda content, result: content * luminance(result) / luminance(content).clamp(min=1e-6)
        ),
        "the mean of R, G and B was taken for luminance; use `color.luminance`, where green counts most.": {
            "brightness": lambda image: image.mean(dim=1, keepdim=True)
        },
        "these are the weights of BT.601; use `color.luminance` (BT.709).": {"brightness": _bt601},
        "vivid colours fall outside [0, 1]: bring them back at the end, with `.clamp(0, 1)`.": {
            "clip": lambda image: image
        },
        "values are stretched into [0, 1]; clip them, `.clamp(0, 1)`.": {
            "clip": lambda image: (image - image.min()) / (image.max() - image.min())
        },
    },
    verified="the result's luminance, the content's colours, nothing outside [0, 1]",
    gradient=False,
    read=_read,
)
