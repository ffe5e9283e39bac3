"""ReCoNet: Johnson's layers with four residual blocks, encoder and decoder apart, through files and on any device."""

import pytest
import torch

from nst_helpers.networks import ReCoNet, TransformNet, load_network, save_network
from tests.placement import on_meta_alone


def make(kind=ReCoNet, width=4, **options):
    """Whose residual blocks, which begin as the identity, do something."""
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        network = kind(width, **options)
        for block in network.residual:
            torch.nn.init.uniform_(block.second.norm.gamma)
    return network.eval()


def test_it_has_four_residual_blocks_and_else_what_johnsons_network_has():
    network, johnson = make(), make(TransformNet)
    assert (len(network.residual), len(johnson.residual)) == (4, 5)
    shapes, others = ({name: tensor.shape for name, tensor in one.state_dict().items()} for one in (network, johnson))
    assert shapes == {name: shape for name, shape in others.items() if not name.startswith("residual.4")}


@pytest.mark.parametrize("kind", [ReCoNet, TransformNet])
@pytest.mark.parametrize("size", [(1, 1), (7, 50), (33, 50), (64, 48)])
def test_decoding_what_was_encoded_is_the_network(kind, size):
    network, image = make(kind), torch.rand(2, 3, *size)
    features = network.encode(image)
    assert features.shape == (2, 16, *(max(4, -(-side // 4)) for side in size))
    assert torch.equal(network.decode(features, size), network(image))


def test_features_come_beside_the_picture_where_they_are_wanted():
    network, image = make(), torch.rand(1, 3, 40, 24)
    picture, features = network(image, None, True)
    assert torch.equal(picture, network(image))
    assert torch.equal(features, network.encode(image))


def test_features_are_those_after_the_residual_blocks():
    """Each block changes them; what is decoded changes with them."""
    image = torch.rand(1, 3, 32, 32)
    for number in range(4):
        network = make()
        before = network.encode(image)
        torch.nn.init.zeros_(network.residual[number].second.norm.gamma)
        assert not torch.allclose(network.encode(image), before)
    assert not torch.allclose(network.decode(before, (32, 32)), network.decode(before.flip(1), (32, 32)))


def test_each_style_has_features_and_a_decoder_of_its_own():
    network, image = make(norm="conditional_instance", styles=("a", "b")), torch.rand(1, 3, 32, 32)
    for norm in (network.encoder[0].norm, network.decoder[0].norm):
        torch.nn.init.uniform_(norm.gamma)
    one, other = (network.encode(image, style) for style in "ab")
    assert not torch.allclose(one, other)
    assert not torch.allclose(network.decode(one, (32, 32), "a"), network.decode(one, (32, 32), "b"))
    assert torch.equal(network.decode(one, (32, 32), "a"), network(image, "a"))


def test_in_training_it_is_not_clamped_and_afterwards_it_is():
    network, image = make(), torch.rand(1, 3, 32, 32)
    torch.nn.init.constant_(network.output.bias, 2.0)
    assert network(image).max() == 1
    assert network.train()(image).max() > 1


def test_through_a_file_it_is_the_same_network(tmp_path):
    network = make(styles=("whalers",), upsampling="transposed")
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.copy_(tensor.half())
    path = save_network(network, tmp_path / "a.safetensors", facts={"steps": 3})
    loaded = load_network(path, device="cpu", precision="float32")
    assert type(loaded) is ReCoNet
    assert (loaded.arguments, loaded.facts) == (network.arguments, {"steps": 3})
    image = torch.rand(1, 3, 20, 20)
    torch.testing.assert_close(loaded(image), network(image))


def test_every_device_runs_it_forwards_and_backwards():
    network = ReCoNet(4).to("meta")
    with on_meta_alone():
        picture, features = network(torch.rand(2, 3, 33, 40, device="meta"), None, True)
        (picture.mean() + features.mean()).backward()
    assert {weight.grad.device.type for weight in network.parameters()} == {"meta"}
