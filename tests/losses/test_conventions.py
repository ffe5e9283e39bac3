"""Each convention against its source's formula, written out; and weights that become another's and back."""

from itertools import permutations

import pytest
import torch

from nst_helpers.losses import CONVENTIONS, content_loss, convert_weights, find_convention, gram_loss, gram_matrix

LAYERS = {"relu1_1": (4, 6, 8), "relu2_1": (7, 3, 4)}  # channels, height, width
SIZES = {layer: (c, h * w) for layer, (c, h, w) in LAYERS.items()}
CONTENT = {"relu1_1": 0.7, "relu2_1": 3.0}
STYLE = {"relu1_1": 250.0, "relu2_1": 0.4}


def undivided(features):
    """F F^T of one picture."""
    flat = features[0].flatten(1)
    return flat @ flat.T


def sizes(features):
    _, c, h, w = features.shape
    return c, h * w


def gatys_content(f, p):
    return 0.5 * ((f - p) ** 2).sum()


def gatys_style(f, s):
    c, m = sizes(f)
    return ((undivided(f) - undivided(s)) ** 2).sum() / (4 * c**2 * m**2)


def mean_square(f, p):
    return ((f - p) ** 2).mean()


def gatys_code_style(f, s):
    m = f.shape[2] * f.shape[3]
    return ((undivided(f) / m - undivided(s) / m) ** 2).mean()


def tutorial_style(f, s):
    b, c, h, w = f.shape
    return torch.nn.MSELoss()(undivided(f).div(b * c * h * w), undivided(s).div(b * c * h * w))


def neural_style_style(f, s):
    difference = undivided(f) / f.nelement() - undivided(s) / s.nelement()
    return difference.pow(2).sum() / difference.nelement()  # nn.MSECriterion


def johnson_content(f, p):
    c, m = sizes(f)
    return ((f - p) ** 2).sum() / (c * m)


def johnson_style(f, s):
    c, m = sizes(f)
    return torch.linalg.matrix_norm(undivided(f) / (c * m) - undivided(s) / (c * m), ord="fro") ** 2


def mean_style(f, s):
    c, m = sizes(f)
    return mean_square(undivided(f) / (c * m), undivided(s) / (c * m))


FORMULAS = {
    "mean": (mean_square, mean_style),
    "gatys": (gatys_content, gatys_style),
    "gatys_averaged": (mean_square, gatys_style),
    "gatys_code": (mean_square, gatys_code_style),
    "pytorch_tutorial": (mean_square, tutorial_style),
    "neural_style": (mean_square, neural_style_style),
    "johnson": (johnson_content, johnson_style),
}
PAIRS = list(permutations(CONVENTIONS, 2))


@pytest.fixture(scope="module")
def features():
    """Of the optimised picture, the photo and the painting, by layer."""
    generator = torch.Generator().manual_seed(0)
    make = {layer: (lambda shape=shape: torch.rand(1, *shape, generator=generator)) for layer, shape in LAYERS.items()}
    return tuple({layer: draw() for layer, draw in make.items()} for _ in range(3))


def total(name, features, content, style):
    """The loss in a source's own formulas."""
    image, photo, painting = features
    of_content, of_style = FORMULAS[name]
    return sum(weight * of_content(image[layer], photo[layer]) for layer, weight in content.items()) + sum(
        weight * of_style(image[layer], painting[layer]) for layer, weight in style.items()
    )


def test_every_convention_has_its_formula_here():
    assert CONVENTIONS.keys() == FORMULAS.keys()


@pytest.mark.parametrize("name", CONVENTIONS)
def test_factors_take_our_losses_to_the_source_s_formula(name, features):
    convention = find_convention(name)
    image, photo, painting = features
    of_content, of_style = FORMULAS[name]
    for layer, size in SIZES.items():
        f, p, s = image[layer], photo[layer], painting[layer]
        assert convention.content(*size) * content_loss(f, p).item() == pytest.approx(of_content(f, p).item(), rel=1e-5)
        ours = gram_loss(gram_matrix(f), gram_matrix(s)).item()
        assert convention.style(*size) * ours == pytest.approx(of_style(f, s).item(), rel=1e-5)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_converted_weights_give_the_source_s_loss(source, target, features):
    content, style = convert_weights(CONTENT, STYLE, source=source, target=target, sizes=SIZES)
    for weights, converted in (((CONTENT, {}), (content, {})), (({}, STYLE), ({}, style))):
        expected = total(source, features, *weights).item()
        assert total(target, features, *converted).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_there_and_back_is_the_identity(source, target):
    there = convert_weights(CONTENT, STYLE, source=source, target=target, sizes=SIZES)
    content, style = convert_weights(*there, source=target, target=source, sizes=SIZES)
    assert content == pytest.approx(CONTENT)
    assert style == pytest.approx(STYLE)


@pytest.mark.parametrize("channels", [64, 512])
def test_the_authors_weights_in_the_other_units(channels):
    """The code's 1000/C^2 on mean squares of G/M is 1000 on those of G/CM, and 4000/C^2 on the paper's sum."""
    style = {"relu1_1": 1e3 / channels**2}
    for target, expected in (("mean", 1e3), ("gatys", 4e3 / channels**2)):
        _, given = convert_weights({}, style, source="gatys_code", target=target, sizes={"relu1_1": (channels, 99)})
        assert given["relu1_1"] == pytest.approx(expected)


def test_an_unknown_convention_names_the_near_ones():
    with pytest.raises(ValueError, match=r"convention 'johnsen' is unknown: did you mean johnson\?"):
        find_convention("johnsen")
    for names in ({"source": "mean", "target": "gatis"}, {"source": "gatis", "target": "mean"}):
        with pytest.raises(ValueError, match="convention 'gatis' is unknown: did you mean gatys"):
            convert_weights(CONTENT, STYLE, sizes=SIZES, **names)


def test_missing_sizes_are_named():
    known = {"relu1_1": SIZES["relu1_1"]}
    message = r"^no size was given for relu2_1: give \(channels, positions\) of each layer\.$"
    for weights in ((CONTENT, {}), ({}, STYLE)):
        with pytest.raises(ValueError, match=message):
            convert_weights(*weights, source="mean", target="gatys", sizes=known)
