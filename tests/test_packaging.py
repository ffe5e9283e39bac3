"""The files that describe the package agree with each other, and fit any machine."""

import itertools
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
PORTABLE = (
    "constraints.txt",
    "pyproject.toml",
    "environment.yml",
    "Makefile",
    ".ci/run",
    "README.md",
    "notebooks/README.md",
)
TARGETS = ("lab", "run", "test", "notebooks", "lint", "bench", "colab", "app", "student", "grade", "audit")
LARGEST_FILE, ALL_DATA = 7_200_000, 29_000_000  # bytes
CONDA_NAMES = {"pytorch": "torch"}


def ranges(lines: list[str]) -> dict[str, SpecifierSet]:
    """What each package's version must be; an extra of this package stands for its own lines."""
    found = {}
    for requirement in map(Requirement, lines):
        if requirement.name == PROJECT["name"]:
            found |= ranges([line for extra in requirement.extras for line in EXTRAS[extra]])
        else:
            found[canonicalize_name(requirement.name)] = requirement.specifier
    return found


def conda_environment() -> tuple[dict[str, SpecifierSet], list[str]]:
    """conda's packages by pip's names, and the lines of the pip section."""
    text = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")
    entries = re.findall(r"^( *)- ([^\s#].*?)(?: +#.*)?$", text.split("\ndependencies:\n")[1], flags=re.MULTILINE)
    conda = ranges([entry for indent, entry in entries if len(indent) == 2 and entry != "pip:"])
    return {CONDA_NAMES.get(name, name): found for name, found in conda.items()}, [e for i, e in entries if len(i) > 2]


def test_conda_and_pip_install_the_same_ranges():
    conda, pip = conda_environment()
    assert pip.pop() == "--editable ."  # the package itself, after what it needs
    assert conda.pop("python") == PROJECT["requires-python"]
    assert conda.pop("pip") == ""
    assert conda | ranges(pip) == ranges(PROJECT["dependencies"] + EXTRAS["lab"] + EXTRAS["classroom"])


def test_constraints_pin_everything_named_to_one_version_in_its_range():
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    pins = ranges(lines)
    assert len(pins) == len(lines)
    assert not [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)]
    for name, allowed in ranges([*PROJECT["dependencies"], *itertools.chain(*EXTRAS.values())]).items():
        assert name in pins, f"constraints.txt doesn't pin {name}"
        (pin,) = pins[name]
        assert allowed.contains(pin.version, prereleases=True), f"{name}=={pin.version} is not in {allowed}"


REGISTRY = re.compile(r"pypi\.|pythonhosted|download\.pytorch|anaconda\.|--[\w-]*index|--find-links|\bfile:\S", re.I)
ABSOLUTE = re.compile(r"(?<![\w./:~)}<*%-])/\w|\b[A-Za-z]:\\")


def unportable(text: str) -> list[str]:
    """Lines that hold a registry's host, an address of a file or an absolute path; a script's first line may."""
    lines = [line for line in text.splitlines() if not line.startswith("#!")]
    return [line for line in lines if REGISTRY.search(line) or ABSOLUTE.search(line)]


@pytest.mark.parametrize("name", PORTABLE)
def test_no_file_is_tied_to_a_machine_or_a_registry(name):
    assert not unportable((REPOSITORY / name).read_text(encoding="utf-8"))


TIES = (
    *("torch @ https://download.pytorch.org/whl/a", "--extra-index-url x", "https://pypi.org/simple", "-f /tmp/wheels"),
    *("pip install /opt/x", "x @ file:../x", 'data = "/home/me"', "cp C:\\me .", "--find-links=wheels"),
)


@pytest.mark.parametrize("line", TIES)
def test_the_search_for_such_ties_finds(line):
    assert unportable(f"fine\n{line}\n") == [line]


def recipes() -> dict[str, list[str]]:
    """The commands of each of the Makefile's targets."""
    text = (REPOSITORY / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"^([\w$()./%-]+):(?!=).*\n((?:\t.*\n?)*)", text, flags=re.MULTILINE)
    return {target: re.split(r"\n\t|&&", body.strip()) for target, body in found}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_of_the_makefile_is_one_or_two_plain_commands(target):
    commands = recipes()[target]
    assert 1 <= len(commands) <= 2
    assert not [command for command in commands if not command.strip() or re.search(r"[;|`<>]|\$\(shell|\$\$", command)]
    for path in re.findall(r"(?:tests|notebooks)/[\w/]+\.\w+", " ".join(commands)):
        assert (REPOSITORY / path).is_file()
    for module in re.findall(r"-m ((?:tests|classroom)\.[\w.]+)", " ".join(commands)):
        assert (REPOSITORY / f"{module.replace('.', '/')}.py").is_file()
    assert re.search(rf"^\.PHONY:.* {target}\b", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)
    if make := shutil.which("make"):
        done = subprocess.run([make, "-n", target], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr


def test_git_holds_no_large_file_and_nothing_that_is_made():
    if not (REPOSITORY / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no git checkout: there is nothing tracked to look at")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]  # what a commit would hold
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]
    assert "pyproject.toml" in names
    sizes = {name: (REPOSITORY / name).stat().st_size for name in names}
    assert not [name for name, size in sizes.items() if size > LARGEST_FILE]
    assert sum(size for name, size in sizes.items() if name.startswith("data/")) <= ALL_DATA
    assert not [name for name in names if name.startswith(("build/", "work/", "dist/", ".venv/"))]
