"""The rules of the house hold, and the checker that says so reports what breaks them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import CORE, MOST_LINES_IN_A_BODY, MOST_LINES_IN_A_MODULE, modules, room

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / "nst_helpers"

RULES = [
    architecture.import_breaches,
    architecture.size_breaches,
    architecture.docstring_breaches,
    architecture.annotation_breaches,
]


def probe(names: list[str], *, root: Path, cwd: Path) -> list[str]:
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(TESTS / "import_probe.py"), *names]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def make(folder: Path, files: dict[str, str]) -> Path:
    """A package of these modules, among others that do nothing; each has its docstring."""
    bystanders = ("__init__", "cli", "gatys", "images", "networks/__init__", "optimize", "plots", "video/flow")
    for name, source in (dict.fromkeys(bystanders, "") | files).items():
        path = folder / "house" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""A module."""\n{source}\n')
    return folder / "house"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rules(rule):
    assert len(modules(PACKAGE)) > 10
    breaches = list(rule(PACKAGE))
    assert not breaches, "\n".join(breaches)


def test_importing_the_core_does_nothing_else(tmp_path):
    names = [name for name in modules(PACKAGE) if room(name) in CORE]
    assert "nst_helpers.gatys" in names
    breaches = probe(names, root=PACKAGE.parent, cwd=tmp_path)
    assert not breaches, "\n".join(breaches)
    assert not list(tmp_path.iterdir())


NOISE = {
    "starts": (
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "changes the running threads",
    ),
    "seeds": ("import torch; torch.manual_seed(3)", "changes torch's random numbers"),
    "rolls": ("import numpy; numpy.random.seed(3)", "changes NumPy's random numbers"),
    "limits": ("import torch; torch.set_num_threads(3)", "changes the number of threads"),
    "moves": ("import torch; torch.set_default_device('meta')", "changes the default device"),
    "makes": ("import os; os.mkdir('made')", "does os.mkdir"),
    "reads": ("open('weights.pth').close()", "reads weights.pth"),
    "loads": ("import safetensors.torch as s; s.load_file('net.safetensors')", "reads net.safetensors"),
    "writes": ("open('notes.txt', 'w').close()", "writes notes.txt"),
    "sets": ("import os; os.environ['SET'] = '1'", "changes the environment"),
    "draws": ("import matplotlib", "imports matplotlib"),
}


def test_the_probe_notices_what_an_import_does(tmp_path):
    (tmp_path / "weights.pth").touch()
    (tmp_path / "net.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}")  # holds no tensor
    house = make(tmp_path, {name: source for name, (source, _) in NOISE.items()})
    reports = probe([f"house.{name}" for name in NOISE], root=house.parent, cwd=tmp_path)
    assert {f"house.{name} {words}" for name, (_, words) in NOISE.items()} <= set(reports)


F = "def f({}):\n    '''Does it.'''\n    {}"
METHOD = "class A:\n    '''Is it.'''\n    def {}(self{}): {}"
BREACHES = [
    ("house.gatys, which is on a higher floor", {"images": "from house.gatys import x"}),
    ("house.video.flow, which is on a higher floor", {"losses/fast": "from ..video import flow"}),
    ("house.losses, line 4, imports house.cli", {"losses": F.format("", "import house.cli")}),
    ("optimize, which is on", {"vgg": "import importlib\nimportlib.import_module('house.optimize')"}),
    ("house, line 2, imports house.gatys", {"__init__": "from house.gatys import x"}),
    ("in a circle", {"vgg": "from house import images", "images": "from .vgg import x"}),
    ("in a circle: ", {"vgg": "from house import images", "images": F.format("", "from .vgg import x")}),
    ("matplotlib.pyplot, which the core", {"gatys": F.format("", "import matplotlib.pyplot as plt")}),
    ("IPython.display, which the core may not know", {"training/loop": "import IPython.display"}),
    ("house.plots, which the core may not know", {"gatys": "from house.plots import x"}),
    ("no floor names attic", {"attic": ""}),
    ("it is two modules", {"losses": "x = 1\n" * MOST_LINES_IN_A_MODULE}),
    ("house.losses.f has a body of", {"losses": F.format("", "f()\n    " * (MOST_LINES_IN_A_BODY + 1))}),
    ("house.losses.f has no docstring", {"losses": "def f(): pass"}),
    ("house.losses.A.go has no docstring", {"losses": METHOD.format("go", "", "pass")}),
    ("house.losses.f: x has no annotation", {"losses": F.format("x", "pass")}),
    ("f: x is a Tensor of no shape", {"losses": F.format("*, x: dict[str, torch.Tensor] | None", "pass")}),
    ("A.__call__: x is a Tensor", {"losses": METHOD.format("__call__", ", x: Tensor", "pass")}),
]


@pytest.mark.parametrize(("report", "files"), BREACHES, ids=[report for report, _ in BREACHES])
def test_the_checker_reports(tmp_path, report, files):
    house = make(tmp_path, files)
    reports = [breach for rule in RULES for breach in rule(house)]
    assert len(reports) == 1
    assert report in reports[0]


def test_the_checker_has_nothing_against_arrows_down_and_sideways(tmp_path):
    shown = F.format("image: Float[Tensor, 'b 3 h w'] | None", "from house import images")
    built = F.format("objective: Callable[[Tensor], Tensor]", "from .plots import f")
    house = make(tmp_path, {"plots": f"import matplotlib\n{shown}", "widgets": built, "vgg": "def _f(x): pass"})
    assert not [breach for rule in RULES for breach in rule(house)]
