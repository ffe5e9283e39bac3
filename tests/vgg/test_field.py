"""Receptive fields against what the network's gradient says."""

import pytest
import torch

from nst_helpers.vgg import VGGFeatures, receptive_field


@pytest.mark.parametrize("layer", ["conv1_1", "relu1_2", "pool1", "conv2_2", "relu3_1", "pool3", "relu4_1"])
@pytest.mark.parametrize("position", [(0, 0), (3, 4), (7, 2)])
def test_the_field_is_what_the_gradient_reaches(layer, position):
    extractor = VGGFeatures([layer], weights="random", pooling="average", precision="float32", device="cpu")
    for block in extractor.blocks:  # no weights may cancel
        for name, module in block.items():
            if name.startswith("conv"):
                module.weight.fill_(0.01)
    field = receptive_field(layer)
    side = field.stride * 10
    image = torch.ones(1, 3, side, side).requires_grad_()  # white: no ReLU is off
    feature = extractor(image)[layer]
    assert feature.shape[-2:] == (10, 10)
    feature[..., position[0], position[1]].sum().backward()
    reached = image.grad[0].abs().sum(dim=0) > 0
    rows, columns = (reached.any(dim=axis).nonzero().flatten() for axis in (1, 0))
    top, left, bottom, right = field.box(*position)
    assert (rows.min().item(), columns.min().item()) == (max(top, 0), max(left, 0))
    assert (rows.max().item() + 1, columns.max().item() + 1) == (min(bottom, side), min(right, side))


def test_fields_of_the_layers_the_papers_read():
    """Worked out by hand: 3, 10, 24, 68, 156 px."""
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    assert [receptive_field(layer).size for layer in layers] == [3, 10, 24, 68, 156]
    assert [receptive_field(layer).stride for layer in layers] == [1, 2, 4, 8, 16]


def test_an_unknown_layer_is_a_sentence():
    with pytest.raises(ValueError, match="relu4_1"):
        receptive_field("relu4_11")
