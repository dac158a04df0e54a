"""Every `--help`: what for, an example, what it looks at, the flags, the variables; all told from the tables."""

import ast
import contextlib
import functools
import io
import re

import pytest
from conftest import ROOT

from kcfg.cli.table import ALIASES, NAMES, find
from kcfg.cli.table.looks import VARIABLES, environment, looks_at

PACKAGE = ROOT / "kcfg"
REGISTRY = PACKAGE / "secrets" / "__init__.py"  # opens its neighbours by name
# Read by us, and no setting of anybody: where programs are, what a plugin or a desktop has, how tests run.
NOT_TOLD = {
    "PATH", "HOME", "ZDOTDIR", "DISPLAY", "WAYLAND_DISPLAY", "KCFG_GET_TOKEN", "KCFG_NO_FASTPATH",
    "PYDANTIC_DISABLE_PLUGINS",
}  # fmt: skip
OF_PLUGIN = {"credential": "env.get"}  # what the plugin calls its environment
SPELLED = {each.partition("=")[0]: names for names in VARIABLES for each in names.split(", ")}
# Commands that look at no spec and no kubeconfig.
ALONE = {
    "init",
    "explain",
    "schema",
    "secret unlock",
    "credential",
    "cache on",
    "cache off",
    "cache ls",
    "cache clear",
    "log on",
    "log off",
    "log ls",
    "log clear",
    "completion",
    "version",
}


def variables_read(path):
    """Yield the environment variables that a module names: in environ.get, environ[…] and `in environ`."""
    tree = ast.parse(path.read_text())
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names, values = (getattr(each, "elts", [each]) for each in (node.targets[0], node.value))
            pairs = zip(names, values, strict=False)
            constants |= {getattr(name, "id", ""): getattr(value, "value", None) for name, value in pairs}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and ast.unparse(node.func).endswith(("environ.get", OF_PLUGIN.get(path.stem, "environ.get")))
            and node.args
        ):
            named = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
            named = node.slice
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]).endswith("environ"):
            named = node.left
        else:
            continue
        value = constants.get(named.id) if isinstance(named, ast.Name) else getattr(named, "value", None)
        if isinstance(value, str):
            yield value.upper()


@functools.cache
def read_by():
    return {path: found for path in PACKAGE.rglob("*.py") if (found := set(variables_read(path)))}


@functools.cache
def imports(path):
    """The modules of kcfg that a module imports, at once or later."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kcfg"):
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


@functools.cache
def files_of(module):
    name = module.replace(".", "/")
    return [path for path in (ROOT / f"{name}.py", ROOT / name / "__init__.py") if path.exists()]


@functools.cache
def reached(module):
    """The files of a module, of what it imports and what that does."""
    seen, waiting = set(), [module]
    while waiting:
        for path in files_of(waiting.pop()):
            if path not in seen:
                seen.add(path)
                waiting += imports(path)
                waiting += [f"kcfg.secrets.{each.stem}" for each in path.parent.glob("*.py")] * (path == REGISTRY)
    return seen


@pytest.fixture(scope="module")
def helps():
    """What typer prints for each command, in this process."""
    from kcfg.cli.app import main

    found = {}
    for name in NAMES:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            assert main([*name.split(), "--help"]) == 0
        found[name] = out.getvalue()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_help_says_what_for_then_an_example_then_what_it_looks_at_then_the_flags(name, helps):
    command, _ = find(name.split())
    flat = "".join(helps[name].split())  # words wrap at hyphens, too
    parts = [
        f"Usage: kcfg {name}",
        command.help,
        *(f"kcfg {alias}" for alias, of in ALIASES.items() if of == name),
        "Examples:",
        *command.examples,
        *([command.more] if command.more else []),
        *([looks_at(command)] if looks_at(command) else []),
        "Options:",
        "--help",
        *(["Environment:"] if environment(command) else []),
        *environment(command),
    ]
    at = 0
    for part in parts:
        found = flat.find("".join(part.split()), at)
        assert found >= 0, f"{part!r} is missing, or out of order"
        at = found + 1
    assert command.examples
    assert all(example.startswith(f"kcfg {name}") or "kcfg " in example for example in command.examples)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_with_a_spec_or_a_kubeconfig_says_which_it_looks_at(name):
    command, _ = find(name.split())
    told = looks_at(command)
    options = {option.name for option in command.options if not option.ignored}

    assert bool(told) == (name not in ALONE), told
    assert ("-f" in told or "nearest kcfg.yaml" in told) == ("file" in options) or name == "import"
    assert ("kubeconfig" in told) == ("kubeconfig" in options) or "files" in told
    assert ("KUBECONFIG" in told) <= ("KUBECONFIG" in environment(command))


def test_every_variable_that_is_read_is_told_and_every_one_told_is_read():
    read = set().union(*read_by().values())

    assert read - NOT_TOLD - set(SPELLED) == set()
    assert read >= NOT_TOLD
    assert set(SPELLED) - read <= {"KCFG_*", "HTTPS_PROXY", "HTTP_PROXY"}  # these are named by parts
    told = set().union(*(environment(find(name.split())[0]) for name in NAMES))
    assert told == set(VARIABLES)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_command_tells_of_the_environment_is_reached_from_it(name):
    command, _ = find(name.split())
    reads = read_by()
    found = set().union(*(reads.get(path, set()) for path in reached(command.module)))

    for names in environment(command):
        spelled = [each for each, of in SPELLED.items() if of == names]
        assert found & {*spelled, "NO_PROXY"} if "PROXY" in names else names == "KCFG_*" or set(spelled) <= found, names


def test_flags_of_the_environment_are_written_as_variables():
    assert all(re.fullmatch(r"[A-Z_*]+(=\w+)?(, [A-Z_]+(=\w+)?)*", names) for names in VARIABLES)


def test_the_plugins_help_under_kcfg_is_that_of_every_command(kcfg):
    """kubectl's `kcfg-credential --help` is the plugin's own; as a command of kcfg it looks like one."""
    asked = [kcfg("credential", "--help"), kcfg("credential", "-h"), kcfg("help", "credential")]

    assert asked[0].stdout.startswith("Usage: kcfg credential [OPTIONS]")
    assert len({(done.returncode, done.stdout, done.stderr) for done in asked}) == 1
