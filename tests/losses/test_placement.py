"""Losses, statistics, objectives and the network on a device that isn't the CPU: nothing is left behind."""

import pytest
import torch

from nst_helpers.losses import (
    STATISTICS,
    Objective,
    content_loss,
    content_terms,
    gram_loss,
    gram_matrix,
    style_loss,
    style_terms,
    total_variation_loss,
    total_variation_term,
)
from nst_helpers.vgg import VGGFeatures
from tests.placement import on_meta_alone

WEIGHTS = {"relu1_1": 0.3, "conv2_1": 2.0}


def maps(*shape):
    return torch.rand(*shape, device="meta", requires_grad=True)


def runs_backwards(value, *inputs):
    assert value.device.type == "meta"
    value.sum().backward()
    assert all(tensor.grad.device.type == "meta" for tensor in inputs)


def random_vgg(**options):
    return VGGFeatures(WEIGHTS, weights="random", device="meta", **options)


LOSSES = {
    "content": lambda f, g: content_loss(f, g),
    "gram": lambda f, g: gram_loss(gram_matrix(f), gram_matrix(g)),
    "guided gram": lambda f, g: gram_matrix(f, torch.rand(1, 1, 5, 6, device=f.device)).sum() + g.sum(),
    "style": lambda f, g: style_loss({"a": gram_matrix(f)}, {"a": gram_matrix(g)}),
    "total variation": lambda f, g: total_variation_loss(f) + total_variation_loss(g, power=1),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_stays_on_its_input_s_device(name):
    features, others = maps(2, 4, 5, 6), maps(2, 4, 5, 6)
    with on_meta_alone():
        runs_backwards(LOSSES[name](features, others), features, others)


@pytest.mark.parametrize("name", STATISTICS)
def test_a_statistic_stays_on_its_input_s_device(name):
    features, painting = maps(2, 4, 5, 6), maps(1, 4, 7, 3)
    measure, loss = STATISTICS[name]
    with on_meta_alone():
        runs_backwards(loss(features, measure(painting)), features, painting)


@pytest.mark.parametrize("options", [
    {"precision": "float32"}, {"precision": "bfloat16"}, {"precision": "auto"}, {"pooling": "average"},
    {"padding": "reflect"}, {"padding": "replicate"}, {"checkpointing": True},
], ids=str)  # fmt: skip
def test_the_network_moves_to_its_device_and_the_picture_with_it(options):
    extractor = random_vgg(**options)
    assert {tensor.device.type for tensor in (*extractor.parameters(), *extractor.buffers())} == {"meta"}
    picture = maps(2, 3, 16, 12)
    with on_meta_alone():
        features = extractor(picture)
        runs_backwards(sum(feature.mean() for feature in features.values()), picture)
    assert {feature.dtype for feature in features.values()} == {torch.float32}
    from_the_cpu = extractor(torch.rand(2, 3, 16, 12))
    assert {feature.device.type for feature in from_the_cpu.values()} == {"meta"}


@pytest.mark.parametrize(("statistic", "masked"), [("gram", True), *((name, False) for name in STATISTICS)])
def test_an_objective_stays_on_its_network_s_device(statistic, masked):
    extractor = random_vgg(precision="float32")
    photo, painting = (torch.rand(1, 3, *sides, device="meta") for sides in ((16, 24), (20, 12)))
    mask = torch.rand(1, 1, 16, 24, device="meta") if masked else None
    picture = maps(1, 3, 16, 24)
    with on_meta_alone():
        terms = content_terms(extractor, photo, WEIGHTS, convention="gatys")
        terms += style_terms(extractor, painting, WEIGHTS, statistic=statistic, convention="johnson", mask=mask)
        value = Objective(extractor, [*terms, total_variation_term(0.1)])(picture)
        runs_backwards(value.total, picture)
    assert {loss.device.type for loss in value.losses.values()} == {"meta"}


def test_what_is_left_on_the_cpu_is_noticed_forwards_and_backwards():
    features, left = maps(2, 3, 4, 4), torch.rand(4, 4)
    for operation in (lambda: features @ left, lambda: features * left, lambda: torch.cat([features[0, 0], left])):
        with pytest.raises(RuntimeError, match=r"cpu and meta|not on the expected device"), on_meta_alone():
            operation()

    class Behind(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient @ left

    with pytest.raises(RuntimeError, match="cpu and meta"), on_meta_alone():
        Behind.apply(features).sum().backward()
