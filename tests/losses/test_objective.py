"""Objectives: the weighted sum, targets computed once and without gradient, masks, and sentences."""

import pytest
import torch

from nst_helpers.losses import (
    STATISTICS,
    Objective,
    Term,
    content_terms,
    find_convention,
    gram_loss,
    gram_matrix,
    style_terms,
    total_variation_loss,
    total_variation_term,
)
from nst_helpers.vgg import VGGFeatures

WEIGHTS = {"relu1_1": 0.3, "relu2_1": 2.0}


@pytest.fixture(scope="module")
def extractor():
    return VGGFeatures(WEIGHTS, weights="random", precision="float32", device="cpu")


@pytest.fixture
def photo():
    return picture(1, 24, 30)


@pytest.fixture
def painting():
    return picture(2, 36, 26)


def picture(seed, height, width):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def constant(name, weight, value=1.0):
    return Term(name, weight, lambda image, features: torch.tensor(value))


def test_total_is_the_weighted_sum_of_the_named_losses(extractor, photo, painting):
    terms = content_terms(extractor, photo, WEIGHTS) + style_terms(extractor, painting, WEIGHTS)
    terms.append(total_variation_term(7.0, power=1))
    image = picture(3, 24, 30)
    total, losses = Objective(extractor, terms)(image)
    assert list(losses) == ["content relu1_1", "content relu2_1", "style relu1_1", "style relu2_1", "total variation"]
    expected = 7 * losses["total variation"]
    for layer, weight in WEIGHTS.items():
        expected = expected + weight * (losses[f"content {layer}"] + losses[f"style {layer}"])
    assert total.item() == pytest.approx(expected.item(), rel=1e-6)
    assert losses["total variation"] == total_variation_loss(image, power=1)
    aim = gram_matrix(extractor(painting)["relu2_1"])
    assert torch.equal(losses["style relu2_1"], gram_loss(gram_matrix(extractor(image)["relu2_1"]), aim))


@pytest.mark.parametrize("name", ["gatys", "gatys_code"])
def test_a_convention_multiplies_each_layer_by_its_factor(name, extractor, photo, painting):
    def losses(convention):
        terms = content_terms(extractor, photo, WEIGHTS, convention=convention)
        terms += style_terms(extractor, painting, WEIGHTS, convention=convention)
        return Objective(extractor, terms)(picture(3, 24, 30)).losses

    ours, theirs, factors = losses("mean"), losses(name), find_convention(name)
    for layer, size in {"relu1_1": (64, 24 * 30), "relu2_1": (128, 12 * 15)}.items():
        for kind, factor in (("content", factors.content(*size)), ("style", factors.style(*size))):
            found = theirs[f"{kind} {layer}"] / ours[f"{kind} {layer}"]
            assert found.item() == pytest.approx(factor, rel=1e-5), (kind, layer)


def test_content_of_the_photo_itself_and_style_of_the_painting_itself_are_zero(extractor, photo, painting):
    content = Objective(extractor, content_terms(extractor, photo, WEIGHTS))
    assert content(photo).total == 0
    assert content(photo.flip(-1)).total > 1e-3
    style = Objective(extractor, style_terms(extractor, painting, WEIGHTS))
    assert style(painting).total < 1e-9 * style(photo).total
    assert style(photo).total > 0


def test_the_gradient_reaches_the_picture_and_not_the_targets(extractor, photo, painting):
    photo.requires_grad_()
    painting.requires_grad_()
    terms = content_terms(extractor, photo, WEIGHTS) + style_terms(extractor, painting, WEIGHTS)
    image = picture(3, 24, 30).requires_grad_()
    Objective(extractor, terms)(image).total.backward()
    assert image.grad.abs().max() > 0
    assert photo.grad is None
    assert painting.grad is None


def test_targets_are_computed_once(extractor, photo, painting):
    calls = []
    with extractor.register_forward_hook(lambda *_: calls.append(1)):
        terms = content_terms(extractor, photo, WEIGHTS) + style_terms(extractor, painting, WEIGHTS)
        assert len(calls) == 2
        objective = Objective(extractor, terms)
        for evaluations in (1, 2, 3):
            objective(photo)
            assert len(calls) == 2 + evaluations


def test_a_layer_of_weight_zero_is_left_out(extractor, photo):
    weights = {"relu1_1": 0.0, "relu2_1": 1.0}
    assert [term.name for term in content_terms(extractor, photo, weights)] == ["content relu2_1"]
    assert [term.name for term in style_terms(extractor, photo, weights, name="paint")] == ["paint relu2_1"]


# Masks


def test_a_white_mask_changes_nothing(extractor, photo, painting):
    plain = Objective(extractor, style_terms(extractor, painting, WEIGHTS))(photo).total
    white = style_terms(extractor, painting, WEIGHTS, mask=torch.ones(1, 1, 24, 30))
    assert Objective(extractor, white)(photo).total.item() == pytest.approx(plain.item(), rel=1e-5)


def test_a_mask_keeps_style_and_gradient_to_its_half(extractor, photo, painting):
    mask = torch.zeros(1, 1, 24, 30)
    mask[..., :14] = 1  # 14 and 30 px are 7 and 15 at relu2_1
    objective = Objective(extractor, style_terms(extractor, painting, WEIGHTS, mask=mask))
    image = photo.clone().requires_grad_()
    total, losses = objective(image)
    total.backward()
    assert image.grad[..., :14].abs().max() > 0
    assert image.grad[..., 20:].abs().max() == 0  # relu2_1 looks 5 px far
    for layer, half in {"relu1_1": 14, "relu2_1": 7}.items():
        gram, aim = (gram_matrix(f) for f in (extractor(photo)[layer][..., :half], extractor(painting)[layer]))
        assert losses[f"style {layer}"].item() == pytest.approx(gram_loss(gram, aim).item(), rel=1e-4)


def test_a_mask_finer_than_a_layer_s_positions_is_averaged_over_them(painting):
    """Taken at single pixels, stripes would be all white or all black there."""
    extractor = VGGFeatures(["relu3_1"], weights="random", precision="float32", device="cpu")
    image, mask = picture(3, 24, 32), torch.ones(1, 1, 24, 32)
    mask[..., :16] = (torch.arange(16) % 4 == 0).float()  # a position of relu3_1 is 4 px wide
    guide = torch.ones(1, 1, 6, 8)
    guide[..., :4] = 0.25
    _, losses = Objective(extractor, style_terms(extractor, painting, {"relu3_1": 1.0}, mask=mask))(image)
    guided, aim = gram_matrix(extractor(image)["relu3_1"], guide), gram_matrix(extractor(painting)["relu3_1"])
    assert losses["style relu3_1"].item() == pytest.approx(gram_loss(guided, aim).item(), rel=1e-4)


# Sentences


def test_terms_without_a_name_of_their_own_are_refused(extractor):
    with pytest.raises(
        ValueError, match=r"named \['a', 'a'\]: an objective needs at least one, each with its own name"
    ):
        Objective(extractor, [constant("a", 1.0), constant("a", 2.0)])
    with pytest.raises(ValueError, match="at least one"):
        Objective(extractor, [])


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_no_weight_is_refused(weight, extractor):
    with pytest.raises(ValueError, match=f"^the weight of a is {weight}: give a finite number, 0 or more.$"):
        Objective(extractor, [constant("a", weight)])


def test_a_layer_that_is_not_extracted_is_named(extractor, photo):
    message = r"reads relu4_2: ask the extractor for it as well\.$"
    with pytest.raises(ValueError, match="^a " + message):
        Objective(extractor, [Term("a", 1.0, lambda image, features: image.sum(), ["relu1_1", "relu4_2"])])
    for make, name in ((content_terms, "content "), (style_terms, "style ")):
        with pytest.raises(ValueError, match="^" + name + message):
            make(extractor, photo, {"relu1_1": 1.0, "relu4_2": 1.0})


def test_an_unknown_convention_is_refused(extractor, photo):
    for make in (content_terms, style_terms):
        with pytest.raises(ValueError, match="convention 'gatis' is unknown"):
            make(extractor, photo, WEIGHTS, convention="gatis")


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_statistic_is_measured_once_and_compared_by_layer(extractor, painting, statistic):
    image = picture(3, 24, 30)
    terms = style_terms(extractor, painting, WEIGHTS, statistic=statistic)
    _, losses = Objective(extractor, terms)(image)
    measure, compare = STATISTICS[statistic]
    for layer in WEIGHTS:
        expected = compare(extractor(image)[layer], measure(extractor(painting)[layer]))
        assert torch.allclose(losses[f"style {layer}"], expected)


def test_masks_and_unknown_statistics_are_sentences(extractor, painting):
    with pytest.raises(ValueError, match="did you mean covariance"):
        style_terms(extractor, painting, WEIGHTS, statistic="covarianse")
    with pytest.raises(ValueError, match="masks guide Gram matrices alone"):
        style_terms(extractor, painting, WEIGHTS, statistic="moments", mask=torch.ones(1, 1, 4, 4))
