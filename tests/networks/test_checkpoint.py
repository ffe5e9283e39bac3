"""Networks to files and back; whatever is no network's file is refused in one sentence, and nothing is unpickled."""

import json
import pickle
import re

import pytest
import torch
from safetensors.torch import load_file, save_file

from nst_helpers.networks import Norm, TransformNet, load_network, save_network

STYLES = ("starry_night", "whalers")
NORMS = ("instance", "batch", "conditional_instance", "none")


def make(norm="conditional_instance", **options):
    """A network whose weights are float16's own numbers, so that a file keeps them exactly."""
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        styles = STYLES if norm == "conditional_instance" else ("whalers",)
        network = TransformNet(**{"width": 4, "norm": norm, "styles": styles, **options})
        with torch.no_grad():
            for tensor in network.state_dict().values():
                tensor.add_(0.1 * torch.rand(tensor.shape)).copy_(tensor.half())
    return network


def load(path, precision="float32"):
    return load_network(path, device="cpu", precision=precision)


@pytest.fixture
def path(tmp_path):
    """A network's file."""
    return save_network(make(), tmp_path / "network.safetensors", facts={"steps": 7, "losses": {"style": 0.5}})


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("upsampling", ["nearest", "transposed"])
def test_a_round_trip_gives_the_same_network(tmp_path, norm, upsampling):
    network = make(norm, upsampling=upsampling)
    saved = save_network(network, tmp_path / "a.safetensors")
    assert saved == tmp_path / "a.safetensors"
    assert {tensor.dtype for tensor in load_file(saved).values()} == {torch.float16}
    loaded = load(saved)
    assert loaded.arguments == network.arguments
    assert loaded.styles == network.styles
    for given, expected in zip(loaded.state_dict().values(), network.state_dict().values(), strict=True):
        assert torch.equal(given, expected)
    image, mix = torch.rand(1, 3, 20, 20), "whalers" if norm == "conditional_instance" else None
    torch.testing.assert_close(loaded(image, mix), network.eval()(image, mix))


def test_a_loaded_network_is_frozen_in_eval_and_has_its_facts(path):
    network = load(path)
    assert network.facts == {"steps": 7, "losses": {"style": 0.5}}
    assert not network.training
    assert not any(part.training for part in network.modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())
    again = load(save_network(network, path.with_name("again.safetensors")))
    assert again.facts == network.facts
    other = load(save_network(network, path.with_name("other.safetensors"), facts={"steps": 8}))
    assert other.facts == {"steps": 8}


def test_saving_changes_nothing(tmp_path):
    network = make()
    with torch.no_grad():
        network.output.bias.fill_(0.1)  # float16 has no 0.1
    save_network(network, tmp_path / "a.safetensors")
    assert network.output.bias.dtype == torch.float32
    assert network.output.bias[0].item() == pytest.approx(0.1, abs=1e-8)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_loading_leaves_chance_alone(path):
    before = torch.get_rng_state()
    load(path)
    assert torch.equal(torch.get_rng_state(), before)


def test_in_bfloat16_the_convolutions_are_and_the_norm_stays_in_float32(path):
    network = load(path, "bfloat16")
    for part in network.modules():
        if isinstance(part, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            assert {tensor.dtype for tensor in part.parameters()} == {torch.bfloat16}
            assert part.weight.is_contiguous(memory_format=torch.channels_last)
        if isinstance(part, Norm):
            assert {tensor.dtype for tensor in part.parameters()} == {torch.float32}
    image = torch.rand(1, 3, 20, 20)
    result = network(image, "whalers")
    assert result.dtype == torch.float32
    assert (result - load(path)(image, "whalers")).abs().max() < 0.1


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_the_trap_works(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "trapped"))).close()
    assert (tmp_path / "trapped").exists()


@pytest.mark.parametrize("dump", [lambda trap, file: file.write(pickle.dumps(trap)), torch.save])
def test_a_pickle_is_refused_and_never_unpickled(tmp_path, dump):
    with open(tmp_path / "a.safetensors", "wb") as file:
        dump(Trap(tmp_path / "trapped"), file)
    with refused("a.safetensors is damaged or no network of this package: take a file that save_network wrote"):
        load(tmp_path / "a.safetensors")
    assert not (tmp_path / "trapped").exists()


def refused(sentence, error=ValueError):
    """The message is one line that says so."""
    return pytest.raises(error, match=rf"^[^\n]*{re.escape(sentence)}[^\n]*$")


@pytest.mark.parametrize("kind", ["empty", "cut in half", "one byte short", "text", "a long header", "zeros"])
def test_a_damaged_file_is_refused(path, kind):
    whole = path.read_bytes()
    damaged = {
        **{"empty": b"", "cut in half": whole[: len(whole) // 2], "one byte short": whole[:-1], "text": b"a network"},
        **{"a long header": (2**62).to_bytes(8, "little") + whole[8:], "zeros": bytes(len(whole))},
    }
    path.write_bytes(damaged[kind])
    with refused("network.safetensors is damaged or no network of this package"):
        load(path)


def rewritten(path, tensors=None, **changes):
    """The file with other tensors or metadata."""
    whole = path.read_bytes()
    metadata = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])["__metadata__"]
    about = json.loads(metadata["nst_helpers"])
    about["arguments"] |= changes.pop("arguments", {})
    save_file(tensors or load_file(path), path, {"nst_helpers": json.dumps(about | changes)})


@pytest.mark.parametrize(
    "changes",
    [
        *({"class": "ResNet"}, {"class": ["TransformNet"]}, {"class": None}, {"facts": 5}, {"facts": ["a"]}),
        *({"arguments": {"depth": 3}}, {"arguments": {"width": "4"}}, {"arguments": {"width": 0}}),
        *({"arguments": {"width": 5}}, {"arguments": {"width": 1_000_000}}, {"arguments": {"width": 10**12}}),
        *({"arguments": {"norm": "batch"}}, {"arguments": {"styles": ["whalers"]}}, {"arguments": {"styles": None}}),
    ],
    ids=str,
)
def test_metadata_of_something_else_are_refused(path, changes):
    rewritten(path, **changes)
    with refused("network.safetensors is damaged or no network of this package"):
        load(path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"nst_helpers": "no JSON"}, {"nst_helpers": "[1]"}])
def test_a_file_of_another_program_is_refused(path, metadata):
    save_file(load_file(path), path, metadata)
    with refused("network.safetensors is damaged or no network of this package"):
        load(path)


@pytest.mark.parametrize("kind", ["missing", "extra", "of another shape"])
def test_weights_that_do_not_fit_are_refused(path, kind):
    weights = load_file(path)
    if kind == "missing":
        del weights["output.bias"]
    elif kind == "extra":
        weights["output.more"] = torch.zeros(3)
    else:
        weights["output.bias"] = torch.zeros(4)
    rewritten(path, weights)
    with refused("network.safetensors is damaged or no network of this package"):
        load(path)


@pytest.mark.parametrize(
    "name", ["nowhere.safetensors", "folder.safetensors", "no/where.safetensors", "a\0.safetensors"]
)
def test_what_is_no_file_is_refused(tmp_path, name):
    (tmp_path / "folder.safetensors").mkdir()
    with refused("there is no file", FileNotFoundError):
        load(tmp_path / name)


def test_an_unknown_name_is_refused():
    with refused("network 'starry_nite' is unknown"):
        load("starry_nite")


@pytest.mark.parametrize(
    ("name", "sentence", "error"),
    [
        ("a.pt", "a.pt has another suffix than .safetensors", ValueError),
        ("a", "a has another suffix than .safetensors", ValueError),
        ("no/a.safetensors", "no is no directory: create it before saving a.safetensors in it", FileNotFoundError),
        ("folder.safetensors", "folder.safetensors is a directory: name a file in it", IsADirectoryError),
    ],
)
def test_where_no_network_can_be_saved_is_a_sentence(tmp_path, name, sentence, error):
    (tmp_path / "folder.safetensors").mkdir()
    with refused(sentence, error):
        save_network(make(), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.safetensors"]


@pytest.mark.parametrize("value", [1e5, float("nan"), float("inf")])
def test_weights_that_float16_cannot_hold_are_refused_and_the_older_file_stays(path, value):
    before, network = path.read_bytes(), make()
    with torch.no_grad():
        network.output.bias[1] = value
    with refused("output.bias has values that are not finite in float16: this network can't be saved"):
        save_network(network, path)
    assert path.read_bytes() == before


def test_a_network_that_could_not_be_loaded_is_not_saved(tmp_path):
    with refused("network 'Conv2d' is unknown"):
        save_network(torch.nn.Conv2d(1, 1, 1), tmp_path / "a.safetensors")


def test_on_another_device_it_loads_as_well(path):
    network = load_network(path, device="meta", precision="float32")
    assert {tensor.device.type for tensor in (*network.parameters(), *network.buffers())} == {"meta"}
