"""ReCoNet's training: its objective by hand, what its weights do, and runs that go on bit for bit."""

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from nst_helpers.images import load_image, luminance, save_image
from nst_helpers.networks import ReCoNet, TransformNet, load_network, save_network
from nst_helpers.training import (
    Batch,
    PerceptualObjective,
    ReCoNetObjective,
    ReCoNetSettings,
    ScenePairs,
    find_pictures,
    objective_of,
    train_reconet,
    warm_start,
)
from nst_helpers.video import resize_flow, warp, write_clip
from tests.placement import on_meta_alone
from tests.training.runs import draw_pictures, steps_logged
from tests.training.test_resume import assert_same_end

REPOSITORY = Path(__file__).resolve().parents[2]
PAINTING = {"whalers": "whalers"}
STEPS, SAVED = 6, 3

SMALL = {
    **{"width": 3, "size": 32, "batch": 2, "steps": STEPS, "save_every": SAVED, "held_out": 0, "workers": 0},
    **{"warmup": 2, "reconstruction": 1, "averaging": 0.9, "style_size": 32, "compiled": "no", "normalized": False},
    **{"style_layers": ("relu1_1", "relu2_1"), "content_layers": ("relu2_1",), "weights": "random"},
    **{"feature_weight": 0.3, "output_weight": 7.0, "speed": 4.0, "device": "cpu", "precision": "float32"},
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder of three photos: scenes of noise would be no scenes."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("coffee", "chelsea", "macaw"):
        save_image(load_image(name, 100), folder / f"{name}.png")
    return folder


def start(photos, folder=None, *, callback=None, **options):
    """Begin a run or go on with it."""
    return train_reconet(PAINTING, photos, folder=folder, callback=callback, **{**SMALL, **options})


# The objective


def make_objective(**options):
    settings = ReCoNetSettings(**{**SMALL, "reconstruction": 0, **options})
    return ReCoNetObjective(PerceptualObjective(PAINTING, settings), settings)


def make_network(width=4):
    """Whose residual blocks do something."""
    with torch.random.fork_rng([]):
        torch.manual_seed(7)
        network = ReCoNet(width)
        for block in network.residual:
            torch.nn.init.uniform_(block.second.norm.gamma)
    return network.train()


@pytest.fixture(scope="module")
def batch(photos):
    """Two pairs that move, with hidden pixels."""
    pairs = ScenePairs(find_pictures(photos), 32, 0, 4.0)
    moving = [k for k in range(20) if pairs[k][0].occluded.any()][:2]
    return pairs.gather([pairs[k][0] for k in moving], moving)


def test_the_losses_are_the_papers(batch):
    """Gao et al. (2018), each sum divided by the numbers it is taken over, pair by pair, from the network's parts."""
    network, objective = make_network(), make_objective()
    value = objective(network, batch)
    of_features, of_results = [], []
    for k in range(2):
        first, second = batch.photos[k : k + 1], batch.photos[2 + k : 3 + k]
        flow, visible = batch.flow[k : k + 1], ~batch.occluded[k : k + 1]
        features = [network.encode(frame) for frame in (first, second)]
        results = [network.decode(one, (32, 32)) for one in features]
        shares = visible.float().unfold(2, 4, 4).unfold(3, 4, 4).mean(dim=(4, 5))
        change = features[1] - warp(features[0], resize_flow(flow, (8, 8)))
        of_features.append((shares * change.square()).mean())
        light = luminance(second) - luminance(warp(first, flow))
        of_results.append((visible * (results[1] - warp(results[0], flow) - light).square()).mean())
    torch.testing.assert_close(value.losses["feature temporal"], torch.stack(of_features).mean(), rtol=1e-4, atol=0)
    torch.testing.assert_close(value.losses["output temporal"], torch.stack(of_results).mean(), rtol=1e-4, atol=0)
    perceptual = objective.perceptual(lambda photos, _: network(photos), Batch(batch.photos, batch.samples))
    assert value.losses.keys() - perceptual.losses.keys() == {"feature temporal", "output temporal"}
    for name, loss in perceptual.losses.items():
        torch.testing.assert_close(value.losses[name], loss)
    temporal = 0.3 * value.losses["feature temporal"] + 7 * value.losses["output temporal"]
    torch.testing.assert_close(value.total, perceptual.total + temporal)
    value.total.backward()
    assert all(weight.grad.abs().sum() > 0 for weight in network.parameters())


def test_frame_differences_are_added_with_their_weight_and_only_where_they_have_one(batch):
    """Xu et al. (2021): of the results as they are, each frame's change beside the input's."""
    network = make_network()
    plain, more = (make_objective(difference_weight=weight)(network, batch) for weight in (0.0, 5.0))
    assert more.losses.keys() - plain.losses.keys() == {"frame difference"}
    changes = [part[2:] - part[:2] for part in (network(batch.photos), batch.photos)]
    wanted = (changes[0] - changes[1]).square().mean()
    torch.testing.assert_close(more.losses["frame difference"], wanted)
    torch.testing.assert_close(more.total, plain.total + 5 * wanted)


def test_without_weights_it_is_the_frame_by_frame_networks_objective_on_the_same_frames(batch):
    objective, gradients = make_objective(feature_weight=0.0, output_weight=0.0), []
    for judge in (objective, lambda network, batch: objective.perceptual(lambda x, _: network(x), Batch(*batch[:2]))):
        network = make_network()
        value = judge(network, batch)
        value.total.backward()
        gradients.append([value.total, *(weight.grad for weight in network.parameters())])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(("name", "deepest"), [("feature temporal", "encoder"), ("output temporal", "output")])
def test_each_temporal_loss_teaches_the_layers_before_it_both_frames(batch, name, deepest):
    """The decoder learns nothing from features; either frame's part of the gradient is its own."""
    network = make_network()
    make_objective()(network, batch).losses[name].backward()
    taught = {key.split(".")[0] for key, weight in network.named_parameters() if weight.grad is not None}
    assert taught == ({"encoder", "residual"} if deepest == "encoder" else {"encoder", "residual", "decoder", "output"})
    seen = []

    def split(photos, mix, with_features):
        results = network(photos, mix, with_features)
        seen.extend(part.detach().requires_grad_() for part in results)
        return tuple(seen)

    make_objective()(split, batch).losses[name].backward()
    gradient = seen[1 if deepest == "encoder" else 0].grad
    assert all(part.abs().sum() > 0 for part in gradient.chunk(2))


def test_the_first_steps_ask_for_the_frames_back(batch):
    objective = make_objective(reconstruction=5)
    network = make_network()
    for sample, names in ((9, {"reconstruction"}), (10, {"content", "style", "total variation", "range",
                                                        "feature temporal", "output temporal"})):  # fmt: skip
        value = objective(network, batch._replace(samples=torch.tensor([sample, sample + 1] * 2)))
        assert value.losses.keys() == names


def test_every_device_runs_it_forwards_and_backwards(batch):
    network = make_network().to("meta")
    with on_meta_alone():
        objective = make_objective(device="meta")
        moved = batch._replace(**{name: getattr(batch, name).to("meta") for name in ("photos", "flow", "occluded")})
        value = objective(network, moved)
        value.total.backward()
    assert {weight.grad.device.type for weight in network.parameters()} == {"meta"}


# The run


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory):
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert not start(photos, folder, facts={"sources": "three photos"}).interrupted
    return folder


KILLED = """
import os, sys
import torch
from tests.training.test_reconet import start
torch.set_num_threads(1)
*folders, step = sys.argv[1:]
start(*folders, callback=lambda progress: progress.iteration == int(step) and os.kill(os.getpid(), 9))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals as on Unix")
def test_killed_and_resumed_it_ends_where_an_uninterrupted_run_ends(photos, whole, tmp_path):
    """With the scenes made in another process than before."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLED, str(photos), str(tmp_path), "4"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    again = start(photos, tmp_path, workers=1)
    assert [report.iteration for report in again.history] == list(range(SAVED + 1, STEPS + 1))
    assert_same_end(tmp_path, whole)


def test_a_run_with_other_weights_or_another_speed_does_not_go_on(photos, whole):
    for options in ({"feature_weight": 0.0}, {"output_weight": 8.0}, {"speed": 3.0}):
        with pytest.raises(ValueError, match=f"holds a run with {next(iter(options))}"):
            start(photos, whole, **options)


def test_the_network_tells_what_it_was_trained_with(whole):
    network = load_network(whole / "network.safetensors", device="cpu", precision="float32")
    assert type(network) is ReCoNet
    assert (network.width, network.norm, network.styles) == (3, "instance", ("whalers",))
    told = {"photos": 3, "held_out": [], "sources": "three photos", "steps": STEPS}
    assert {name: network.facts[name] for name in told} == told
    assert {"feature temporal", "output temporal", "style"} < network.facts["losses"].keys()
    assert network.facts["settings"]["output_weight"] == 7.0
    assert objective_of(network).scales.keys() == {"whalers"}
    assert network(torch.rand(1, 3, 21, 20)).shape == (1, 3, 21, 20)
    assert [entry["step"] for entry in steps_logged(whole)] == list(range(1, STEPS + 1))


def test_two_runs_fork_from_one_network_and_see_the_same_pairs(photos, whole):
    """With and without the temporal losses: the same first loss but for these."""
    before = load_network(whole / "network.safetensors", device="cpu", precision="float32").state_dict()
    fork = {"start_from": whole / "network.safetensors", "reconstruction": 0, "steps": 1, "learning_rate": 1e-30}
    steady = start(photos, **fork)
    plain = start(photos, **fork, feature_weight=0.0, output_weight=0.0)
    for done in (steady, plain):
        assert all(torch.equal(weight, before[name]) for name, weight in done.network.state_dict().items())
    assert steady.history[0].losses == plain.history[0].losses
    losses = steady.history[0].losses
    more = 0.3 * losses["feature temporal"] + 7 * losses["output temporal"]
    assert steady.history[0].loss - plain.history[0].loss == pytest.approx(more, rel=1e-3)


def test_it_begins_with_johnsons_network_without_its_last_residual_block(photos, tmp_path):
    """And with no network of other layers, nor that one with it."""
    fast = TransformNet(3, styles=("whalers",))
    path = save_network(fast, tmp_path / "fast.safetensors")
    done = start(photos, start_from=path, steps=1, learning_rate=1e-30)
    given = load_network(path, device="cpu", precision="float32").state_dict()
    for name, weight in done.network.state_dict().items():
        torch.testing.assert_close(weight, given[name], rtol=0, atol=1e-20)
    save_network(TransformNet(3, "batch"), path)
    with pytest.raises(ValueError, match=r"a ReCoNet\(.*can't begin with a TransformNet\(.*their layers differ"):
        start(photos, start_from=path)
    with pytest.raises(ValueError, match=r"a TransformNet\(.*can't begin with a ReCoNet\(.*their layers differ"):
        warm_start(fast, done.network)


def test_the_temporal_weights_buy_steadiness(photos):
    """On the same pairs, from the same network: less change between frames at the end."""
    options = {"steps": 16, "reconstruction": 0, "cooldown": 0.0, "learning_rate": 1e-2}
    ends = {}
    for weights in ((0.0, 0.0), (0.0, 1000.0), (10.0, 0.0)):
        done = start(photos, feature_weight=weights[0], output_weight=weights[1], **options)
        last = done.history[-6:]
        ends[weights] = {
            name: sum(report.losses[f"{name} temporal"] for report in last) for name in ("feature", "output")
        }
    assert ends[0.0, 1000.0]["output"] < 0.6 * ends[0.0, 0.0]["output"]
    assert ends[10.0, 0.0]["feature"] < 0.6 * ends[0.0, 0.0]["feature"]


def test_half_precision_trains_too(photos):
    done = start(photos, steps=2, precision="bfloat16", reconstruction=0)
    assert all(torch.isfinite(torch.tensor(report.loss)) for report in done.history)


def test_photos_are_held_out_by_name_and_never_used(tmp_path):
    """It is broken, and nobody notices."""
    draw_pictures(tmp_path / "photos", 10)
    (tmp_path / "photos/0.png").write_bytes(b"no picture")
    done = start(tmp_path / "photos", tmp_path / "run", held_out=3, steps=6)
    assert all(report.note == "" for report in done.history)
    facts = load_network(tmp_path / "run/network.safetensors", device="cpu").facts
    assert (facts["held_out"], facts["photos"]) == (["0.png"], 9)


def test_on_clips_it_trains_and_tells_so(tmp_path):
    photo = load_image("coffee", 120)
    frames = [photo[..., :64, 2 * k : 2 * k + 80] for k in range(4)]
    for name in ("a", "b"):
        write_clip(tmp_path / f"{name}.mp4", frames, Fraction(25))
    done = train_reconet(PAINTING, clips=tmp_path, folder=tmp_path / "run", **SMALL | {"steps": 2})
    assert not done.interrupted
    facts = load_network(tmp_path / "run/network.safetensors", device="cpu").facts
    assert facts["clips"] == 2
    assert "photos" not in facts


def test_what_cannot_be_trained_is_a_sentence(photos):
    for given in ({}, {"photos": photos, "clips": photos}):
        with pytest.raises(ValueError, match=r"give photos, of which scenes are made, or clips: one of the two\."):
            train_reconet(PAINTING, **given, **SMALL)
    with pytest.raises(ValueError, match=r"size is 30: give a multiple of 4, the features' stride\."):
        start(photos, size=30)
    with pytest.raises(ValueError, match="2 styles were given: instance norm holds one"):
        train_reconet({"a": "whalers", "b": "coffee"}, photos, **SMALL)


def test_settings_are_the_fast_networks_and_more():
    settings = ReCoNetSettings()
    assert (settings.width, settings.speed) == (24, 8.0)
    assert replace(settings, output_weight=0.0).output_weight == 0
    with pytest.raises(ValueError, match=r"speed is -1\.0"):
        ReCoNetSettings(speed=-1.0)


def test_the_pairs_move_at_the_settings_speed(photos):
    """Of one first step; nothing that stands still changes but by light."""
    first = {speed: start(photos, steps=1, reconstruction=0, speed=speed, batch=8).history[0] for speed in (0.0, 4.0)}
    assert first[0.0].losses["feature temporal"] < 1e-6 < 1e-3 < first[4.0].losses["feature temporal"]
