"""A folder that holds another run, or a checkpoint that is none, is refused in a sentence and left as it is."""

import json
import pickle
import re
from dataclasses import fields

import pytest
import torch
from safetensors.torch import load_file, save_file

from nst_helpers.losses import Value
from nst_helpers.training import FastSettings
from tests.training.runs import draw_pictures, start

# What a run may go on with; whoever adds a setting decides in which of the two it belongs.
FREE = {
    **{"steps": 3, "workers": 2, "compiled": "auto", "device": "auto", "precision": "bfloat16", "checkpointing": True},
    **{"save_every": 7, "preview_every": 9},
}
FIXED = {
    **{
        "batch": 3,
        "size": 33,
        "learning_rate": 2e-3,
        "reconstruction": 2,
        "warmup": 3,
        "cooldown": 0.4,
        "clip": 2.0,
        "averaging": 0.5,
    },
    **{"seed": 1, "held_out": 1, "width": 5, "upsampling": "transposed", "style_size": 33, "style_weight": 2.0},
    **{"content_layers": ("relu1_1",), "content_weight": 2.0, "style_layers": {"relu1_1": 1.0, "relu2_1": 2.0}},
    **{"total_variation_weight": 2.0, "range_weight": 2.0, "weights": "original", "pooling": "average"},
    **{"padding": "reflect", "normalized": True},
}


def plain(network, batch):
    """How far the result lies from black."""
    mix = torch.eye(2) if network.styles else None
    return Value(network(batch.photos, mix).square().mean(), {})


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    """A finished run of two steps."""
    folder = tmp_path_factory.mktemp("run")
    start(photos, folder, objective=plain, steps=2)
    return folder


def contents(folder):
    """Every file's bytes by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refused(sentence, folder, photos, **options):
    """Whether the sentence, one line, is said and nothing in the folder changes."""
    before = contents(folder)
    with pytest.raises((ValueError, OSError), match=rf"^[^\n]*{re.escape(sentence)}[^\n]*$"):
        start(photos, folder, objective=plain, **options)
    return contents(folder) == before


def test_every_setting_is_either_free_or_fixed():
    assert {field.name for field in fields(FastSettings)} == FREE.keys() | FIXED.keys()
    assert not FREE.keys() & FIXED.keys()


@pytest.mark.parametrize("name", FIXED)
def test_a_setting_that_matters_may_not_change(run, photos, name):
    assert refused(f"{run.name} holds a run with {name} ", run, photos, steps=2, **{name: FIXED[name]})


def test_the_sentence_names_both_values_and_what_to_do(run, photos):
    sentence = "holds a run with seed 0, not 1: go on with that, or name another folder."
    assert refused(sentence, run, photos, steps=2, seed=1)


@pytest.mark.parametrize("name", sorted(FREE.keys() - {"steps"}))
def test_where_and_how_long_it_runs_may_change(run, photos, name):
    assert start(photos, run, objective=plain, **{"steps": 2, name: FREE[name]}).history == []


def test_another_network_may_not_go_on(run, photos):
    assert refused("holds a run with network {", run, photos, steps=2, norm="instance")


def test_another_number_of_pictures_may_not_go_on(run, tmp_path):
    fewer = draw_pictures(tmp_path / "photos", 4)
    assert refused("holds a run with pictures 5, not 4", run, fewer, steps=2)


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def spoil(kind, path, trap):
    """Put something in the place of a checkpoint."""
    whole, tensors = path.read_bytes(), load_file(path)
    metadata = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])["__metadata__"]
    about = json.loads(metadata["nst_helpers_run"])
    if kind == "cut in half":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "a pickle":
        path.write_bytes(pickle.dumps(Trap(trap)))
    elif kind == "torch's pickle":
        torch.save({"network": Trap(trap)}, path)
    elif kind == "a network":
        path.write_bytes((path.parent / "network.safetensors").read_bytes())
    elif kind == "without settings":
        save_file(tensors, path, {"nst_helpers_run": json.dumps({"step": 2})})
    elif kind == "without step":
        save_file(tensors, path, {"nst_helpers_run": json.dumps(about | {"step": None})})
    else:
        left_out = {"a weight missing": "network/output.bias", "an average missing": "average/output.bias"}
        left_out["a moment missing"] = "optimizer/0/exp_avg"
        changed = {name: tensor for name, tensor in tensors.items() if name != left_out.get(kind)}
        if kind == "a part too many":
            changed["other/output.bias"] = tensors["network/output.bias"].clone()
        save_file(changed, path, metadata)


KINDS = (
    *("cut in half", "empty", "a pickle", "torch's pickle", "a network", "without settings", "without step"),
    *("a weight missing", "an average missing", "a moment missing", "a part too many"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_checkpoint_is_refused_and_not_overwritten(photos, tmp_path, run, kind):
    folder = tmp_path / "spoilt"
    folder.mkdir()
    for name, data in contents(run).items():
        (folder / name).write_bytes(data)
    spoil(kind, folder / "checkpoint.safetensors", tmp_path / "trapped")
    sentence = "checkpoint.safetensors is damaged or no checkpoint of a run: put back a copy, remove it to begin anew"
    assert refused(sentence, folder, photos, steps=3)
    assert not (tmp_path / "trapped").exists()


def test_a_folder_in_the_place_of_the_checkpoint_is_a_sentence(photos, tmp_path):
    (tmp_path / "checkpoint.safetensors").mkdir()
    assert refused("checkpoint.safetensors", tmp_path, photos)
