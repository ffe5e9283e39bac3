"""What GitHub runs: each kind of test, on each Python, in the pinned versions."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

REPOSITORY = Path(__file__).resolve().parent.parent
GITHUB = REPOSITORY / ".github"
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
FILES = sorted(GITHUB.rglob("*.yml"))
PLUGIN = REPOSITORY / "tests/regression/plugin.py"


def read(file: Path) -> dict:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def jobs() -> dict[str, dict]:
    return read(GITHUB / "workflows/tests.yml")["jobs"]


def steps(file: Path) -> list[dict]:
    contents = read(file)
    parts = [contents["runs"]] if "runs" in contents else contents["jobs"].values()
    return [step for part in parts for step in part["steps"]]


def commands(file: Path) -> list[str]:
    return [step["run"] for step in steps(file) if "run" in step]


def test_there_is_a_job_for_each_kind_of_test(jobs):
    assert set(jobs) == {"lint", "unit", "notebooks", "browser"}
    assert all(job["timeout-minutes"] <= 90 for job in jobs.values())


def test_unit_tests_run_on_each_python_that_the_package_allows(jobs):
    allowed = SpecifierSet(PYPROJECT["project"]["requires-python"])
    every = [f"3.{minor}" for minor in range(30) if allowed.contains(f"3.{minor}")]
    assert jobs["unit"]["strategy"]["matrix"]["python-version"] == every
    assert not jobs["unit"]["strategy"]["fail-fast"]


def test_every_install_has_the_pinned_versions():
    installs = [command for file in FILES for command in commands(file) if "pip install" in command]
    assert len(installs) == 3
    assert not [command for command in installs if "-c constraints.txt" not in command]


def test_the_commands_name_what_there_is():
    for file in FILES:
        for word in shlex.split(" ".join(commands(file))):
            if re.match(r"(tests|notebooks)\b", word):
                assert (REPOSITORY / word).exists(), word
        for step in steps(file):
            if (action := step.get("uses", "")).startswith("./"):
                assert (REPOSITORY / action / "action.yml").is_file(), action


def test_together_the_jobs_run_all_that_pytest_collects(jobs):
    tests = [step["run"] for name in ("unit", "notebooks", "browser") for step in jobs[name]["steps"] if "run" in step]
    named = [word for command in tests for word in command.split() if (REPOSITORY / word).is_dir()]
    left_out = [word for word in re.findall(r"--ignore (\S+)", " ".join(tests)) if named.count(word) < 2]
    assert set(PYPROJECT["tool"]["pytest"]["ini_options"]["testpaths"]) <= set(named)
    assert not left_out


def test_lint_is_what_make_lint_runs(jobs):
    (recipe,) = re.findall(r"^lint:.*\n\t(.+)", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert jobs["lint"]["steps"][-1]["run"] == recipe.replace("$(BIN)/", "")


def test_the_notebooks_differences_are_uploaded_from_where_they_are_left(jobs):
    (upload,) = [step for step in jobs["notebooks"]["steps"] if step.get("uses", "").startswith("actions/upload")]
    assert upload["if"] == "failure()"
    assert f'rootpath / "{upload["with"]["path"]}"' in PLUGIN.read_text(encoding="utf-8")
