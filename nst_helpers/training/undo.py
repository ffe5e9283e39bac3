"""A decoder's first weights: each of its layers undoes one of the encoder's, by least squares."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from nst_helpers.networks import ENCODED_LAYER, AdaINNet
from nst_helpers.networks.blocks import reflected
from nst_helpers.vgg import VGGFeatures

# What each layer of the decoder but the last, which gives the picture, is to give back.
_UNDONE = ("pool3", "relu3_3", "relu3_2", "relu3_1", "pool2", "relu2_1", "pool1", "relu1_1")
_AT_ONCE = 8  # photos
_PLACES = 60_000  # that a layer is fitted to, at random: a dozen for each weight of an output
_RIDGE = 1e-3  # of the mean square of what is given


@torch.no_grad()
def undo_encoder(network: AdaINNet, photos: Float[Tensor, "photos 3 height width"]) -> None:
    """Fit the decoder to give photos back, in place, layer by layer, each to what the layers before it made.

    ``min_W |W u - y|^2 + ridge |W|^2`` over 3x3 surroundings u, with y the features from which the encoder went on: the
    greedy layer-wise beginning of Bengio et al. (2007), in closed form. It takes the place of many hundred steps, since
    no step has to pass through layers that know nothing yet.

    Args:
        photos: on the network's device, of sides that 8 divides; some hundred of 128 px.
    """
    chance = torch.Generator().manual_seed(0)
    batches = photos.split(_AT_ONCE)
    given = _features(network, ENCODED_LAYER, batches)
    for number, layer in enumerate((*_UNDONE, None)):
        wanted = batches if layer is None else _features(network, layer, batches)
        _fit(network.decoder[number], given, wanted, chance)
        given = [network.decode_layer(number, x) for x in given]


def _features(network: AdaINNet, layer: str, batches: tuple[Tensor, ...]) -> list[Tensor]:
    extractor = VGGFeatures([layer], **network.arguments["encoder"], device=str(batches[0].device), precision="float32")
    return [extractor(photos)[layer] for photos in batches]


def _fit(
    conv: nn.Conv2d, given: list[Tensor], wanted: list[Tensor] | tuple[Tensor, ...], chance: torch.Generator
) -> None:
    """Set weight and bias by ridge regression, at places chosen at random."""
    share = _PLACES / sum(y[:, 0].numel() for y in wanted)
    squares, products = 0.0, 0.0
    for x, y in zip(given, wanted, strict=True):
        chosen = (torch.rand(y[:, 0].numel(), generator=chance) < share).to(y.device)
        around = F.unfold(reflected(x, 1), 3).mT.flatten(0, 1)[chosen]
        around = F.pad(around, (0, 1), value=1.0)  # the bias
        squares = squares + around.mT @ around
        products = products + around.mT @ y.flatten(2).mT.flatten(0, 1)[chosen]
    ridge = _RIDGE * squares.diagonal()[:-1].mean()
    solution = torch.linalg.solve(squares + ridge * torch.eye(len(squares)).to(squares), products)
    conv.weight.copy_(solution[:-1].mT.view_as(conv.weight))
    conv.bias.copy_(solution[-1])
