"""The arrows of docs/architecture.md: who may import whom, and in which order inside an app."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from genonaut import ranking

ROOT = Path(__file__).resolve().parent.parent
# What each package may import of ours, beside itself. genonaut/urls.py is where everything comes together.
ALLOWED = {
    "genonaut": set(),
    "users": {"genonaut"},
    "media": {"genonaut", "users"},
    "catalog": {"genonaut", "users", "media"},
    "content": {"genonaut", "users", "media", "catalog"},
    "uploads": {"genonaut", "users", "media", "content"},
    "libraries": {"genonaut", "users", "media", "catalog", "content"},
    "interactions": {"genonaut", "users", "media", "content"},
    "albums": {"genonaut", "users", "media", "catalog", "content", "interactions", "culling"},
    "recommendations": {"genonaut", "users", "media", "content", "interactions"},
    "generation": {"genonaut", "users", "media", "content"},
    "culling": {"genonaut", "users", "content", "interactions"},
    "exports": {"genonaut", "users", "media", "content", "interactions", "albums"},
    "people": {
        *(
            "genonaut",
            "users",
            "media",
            "catalog",
            "content",
            "interactions",
            "recommendations",
            "generation",
            "culling",
            "notices",
        )
    },
    "notices": {"genonaut", "users", "media", "content", "interactions", "generation"},
    "moderation": {"genonaut", "users", "media", "content", "interactions"},
}
COMPOSITION_ROOT = "genonaut/urls.py"
# Inside genonaut: a later package may import an earlier one.
GENONAUT_LAYERS = ("ranking", "pagination", "large_admin", "api")
RANKING = "genonaut/ranking"
# Inside an app, likewise; a module that is not named stands between listings and the first of FACES.
BELOW = (
    *("parameters", "levels", "preferences", "search_terms", "searches", "lookups", "hash_bands"),
    # Parts of content's models.
    *("sql_fields", "indexes", "bookkeeping"),
    *("querysets", "models", "filters", "listings"),
)
FACES = ("views", "api", "admin", "urls", "management")


def modules(package: str) -> Iterator[Path]:
    """Return a package's modules, migrations apart."""
    return (path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    """Return the dotted names that a module imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def rank(module: str) -> int:
    """Return how high a module stands inside its app."""
    if module in BELOW:
        return BELOW.index(module)
    return len(BELOW) + (1 if module in FACES else 0)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_it_stands_on(package: str) -> None:
    forbidden = ALLOWED.keys() - ALLOWED[package] - {package}
    wrong = [
        (str(path.relative_to(ROOT)), name)
        for path in modules(package)
        if str(path.relative_to(ROOT)) != COMPOSITION_ROOT
        for name in imports(path)
        if name.split(".")[0] in forbidden
    ]
    assert wrong == []


@pytest.mark.parametrize("app", [app for app in ALLOWED if app != "genonaut"])
def test_inside_an_app_imports_point_down(app: str) -> None:
    wrong = [
        (str(path.relative_to(ROOT)), name)
        for path in modules(app)
        for name in imports(path)
        if name.startswith(f"{app}.")
        and rank(name.split(".")[1]) > rank(path.relative_to(ROOT / app).parts[0].removesuffix(".py"))
    ]
    assert wrong == []


@pytest.mark.parametrize("layer", GENONAUT_LAYERS)
def test_a_layer_imports_none_above_it(layer: str) -> None:
    upper = tuple(f"genonaut.{name}" for name in GENONAUT_LAYERS[GENONAUT_LAYERS.index(layer) + 1 :])
    wrong = [
        name for path in modules(f"genonaut/{layer}") for name in imports(path) if upper and name.startswith(upper)
    ]
    assert wrong == []


def test_a_ranking_knows_nothing_of_ours() -> None:
    wrong = [
        (str(path.relative_to(ROOT)), name)
        for path in sorted((ROOT / RANKING).rglob("*.py"))
        for name in imports(path)
        if name.split(".")[0] in ALLOWED and not f"{name}.".startswith("genonaut.ranking.")
    ]
    assert wrong == []


def test_others_import_the_public_names_of_rankings_only() -> None:
    wrong = [
        (str(path.relative_to(ROOT)), name)
        for package in ALLOWED
        for path in sorted((ROOT / package).rglob("*.py"))  # migrations too
        if RANKING not in str(path)
        for name in imports(path)
        if name.startswith("genonaut.ranking.") and name.removeprefix("genonaut.ranking.") not in ranking.__all__
    ]
    assert wrong == []


def test_each_public_name_of_rankings_is_there_and_known_to_type_checkers() -> None:
    stub = sorted(name.rpartition(".")[2] for name in imports(ROOT / RANKING / "__init__.pyi"))
    assert (stub, ranking.__all__) == (sorted(name for name in stub if hasattr(ranking, name)), stub)
    modules_of_it = {path.stem for path in (ROOT / RANKING).glob("*.py")}
    assert modules_of_it & set(stub) == set()  # else a name would mean the module, once that is imported


def test_imports_of_genonaut_make_no_circle_those_for_types_included() -> None:
    files = {dotted(path): path for path in modules("genonaut")}
    graph = {name: {home(target, files) for target in imports(path)} - {None, name} for name, path in files.items()}
    # Raises CycleError, which names the modules of the circle.
    assert set(TopologicalSorter(graph).static_order()) == set(files)


def dotted(path: Path) -> str:
    """Return the name that a module is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def home(name: str, files: dict[str, Path]) -> str | None:
    """Return the module that an imported name is or comes from; None if the name is not of these."""
    return next((each for each in (name, name.rpartition(".")[0]) if each in files), None)


def test_no_function_imports() -> None:
    wrong = [
        (str(path.relative_to(ROOT)), node.lineno)
        for package in ALLOWED
        for path in modules(package)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def module_name(path: Path) -> str:
    """Return the dotted name of a module or package."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path) -> Iterator[str]:
    """Return the modules that a module imports: a name is one, or is defined in one."""
    for name in imports(path):
        yield from (name, name.rpartition(".")[0])


def test_no_modules_of_the_lists_import_each_other_in_a_circle() -> None:
    paths = {module_name(path): path for package in ("pagination", "api") for path in modules(f"genonaut/{package}")}
    graph = {
        # An imported name is a module of its package, or something in the module.
        name: {
            target for imported in imports(path) for target in {imported, imported.rpartition(".")[0]} & paths.keys()
        }
        for name, path in paths.items()
    }
    # graphlib raises CycleError, which names the circle.
    assert set(TopologicalSorter(graph).static_order()) == paths.keys()
