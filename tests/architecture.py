"""The rules of the house, read from the source without importing it; each breach is a sentence."""

import ast
import graphlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

# Imports point down only, or sideways. "__init__" is the package itself, which every import of a module runs.
FLOORS = (
    "__init__ assets runtime images vgg",
    "losses optimize plots",
    "feature_vis gatys networks training video",
    "widgets checks batch cli __main__",
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}
CORE = {room for room, floor in FLOOR.items() if floor <= 2} - {"plots"}
NOT_IN_CORE = ("matplotlib", "ipywidgets", "IPython", "papermill", "plots")

MOST_LINES_IN_A_MODULE = 250
MOST_LINES_IN_A_BODY = 40  # of a function: without its signature and its docstring

_JAXTYPING = {"Bool", "Complex", "Float", "Float32", "Int", "Int64", "Num", "Shaped", "UInt8"}
_CALLED_BY_USERS = ("__init__", "__call__")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(package: Path) -> dict[str, Path]:
    """Dotted name -> file, of every module below the package's folder."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        *parents, last = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parents if last == "__init__" else [*parents, last])] = path
    return found


def room(module: str) -> str:
    """The word that a floor knows a module by: ``networks`` for ``nst_helpers.networks.fast``."""
    return [*module.split("."), "__init__"][1]


def import_breaches(package: Path) -> Iterator[str]:
    """Arrows that point up, circles, and libraries (or plots) that the core may not know."""
    known, arrows = modules(package), {}
    for name, path in known.items():
        if room(name) not in FLOOR:
            yield f"{path.name}: no floor names {room(name)}: give it one in FLOORS, in tests/architecture.py"
            continue
        arrows[name] = set()
        for line, target in _imported(name, path, known):
            here = f"{name}, line {line}, imports {target}"
            if target in known:
                arrows[name].add(target)
                if FLOOR.get(room(target), 0) > FLOOR[room(name)]:
                    yield f"{here}, which is on a higher floor"
            library = target.removeprefix(f"{package.name}.").split(".")[0]
            if room(name) in CORE and library in NOT_IN_CORE:
                yield f"{here}, which the core may not know"
    try:
        graphlib.TopologicalSorter(arrows).prepare()
    except graphlib.CycleError as error:
        yield f"imports go round in a circle: {' <- '.join(error.args[1])}"


def _imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of each import, at any depth; what is taken from a package may be a module."""
    parent = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = importlib.util.resolve_name("." * node.level + (node.module or ""), parent)
            for alias in node.names:
                full = f"{origin}.{alias.name}"
                yield node.lineno, full if full in known else origin
        elif isinstance(node, ast.Call) and _last_name(node.func) in ("import_module", "__import__"):
            yield from ((node.lineno, str(name.value)) for name in node.args[:1] if isinstance(name, ast.Constant))


def size_breaches(package: Path) -> Iterator[str]:
    """Modules and functions that are too long to be read in one sitting."""
    for name, path in modules(package).items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES_IN_A_MODULE:
            yield f"{name} has {lines} lines, over {MOST_LINES_IN_A_MODULE}: it is two modules"
        for node in ast.walk(_parse(path)):
            if not isinstance(node, Function):
                continue
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = node.end_lineno - body[0].lineno + 1 if body else 0
            if lines > MOST_LINES_IN_A_BODY:
                yield f"{name}.{node.name} has a body of {lines} lines, over {MOST_LINES_IN_A_BODY}: split it"


def docstring_breaches(package: Path) -> Iterator[str]:
    """Modules, and public functions, classes and methods, that say nothing of themselves."""
    for name, path in modules(package).items():
        tree = _parse(path)
        for what, node in [(name, tree), *_public(tree, name)]:
            if not what.endswith(_CALLED_BY_USERS) and ast.get_docstring(node) is None:
                yield f"{what} has no docstring"


def annotation_breaches(package: Path) -> Iterator[str]:
    """Parameters of public functions without an annotation, or tensors without a shape."""
    for name, path in modules(package).items():
        for what, node in _public(_parse(path), name):
            if not isinstance(node, Function):
                continue
            for parameter in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
                if parameter.arg in ("self", "cls"):
                    continue
                if parameter.annotation is None:
                    yield f"{what}: {parameter.arg} has no annotation"
                elif _has_bare_tensor(parameter.annotation):
                    yield f"{what}: {parameter.arg} is a Tensor of no shape: use Float[Tensor, ...]"


def _public(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    """Public functions and classes, and the public classes' methods, by qualified name."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            if node.name.startswith("_") and node.name not in _CALLED_BY_USERS:
                continue
            yield f"{prefix}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{prefix}.{node.name}")


def _has_bare_tensor(node: ast.AST) -> bool:
    """Whether an annotation names Tensor outside jaxtyping's brackets and those of a Callable."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    if isinstance(node, ast.Name | ast.Attribute):
        return _last_name(node) == "Tensor"
    if isinstance(node, ast.Subscript) and _last_name(node.value) in {*_JAXTYPING, "Callable", "Literal"}:
        return False
    return any(_has_bare_tensor(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _last_name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
