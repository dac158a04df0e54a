"""The house rules, kept by a machine: imports point down, one library one door, purity, a light hot path."""

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "kcfg"
# Top to bottom; a folder stands for all its modules. A module that is not listed fails the test.
FLOORS = [
    ["__main__"],
    ["cli"],
    ["accounts", "proxy"],
    ["importing", "apply", "lint", "connect", "doctor", "run"],
    ["targets", "restore"],
    ["rendering", "credential", "migrate", "scan"],
    ["session"],
    ["vendor", "kept"],
    ["trust"],
    ["exec_stanza", "delivery"],
    ["spec"],
    ["log"],
    ["kubeconfig", "secrets"],
    ["cache"],
    ["staging"],
    ["transaction"],
    ["commit"],
    ["journal"],
    ["certificate"],
    ["state", "x509"],
    ["facts"],
    ["expiry"],
    ["lock"],
    ["holder"],
    ["repair"],
    ["yaml"],
    ["plainjson", "pem"],
    ["memory"],
    ["boundary", "git"],
    ["files"],
    ["temporaries", "modes"],
    ["errors", "version", "printing", "globs", "gourl", "closest", "coredump", "outside", "__init__"],
    ["looks", "dataclass"],
]
MODELS = ("__init__", "auth", "engines", "entries", "environments", "references", "stores", "strict")
DOORS = {
    "typer": {"cli/app"},
    "pydantic": {*(f"spec/models/{name}" for name in MODELS), "spec/make_shapes"},
    "jsonschema": {"spec/schema"},
    "jsonschema_rs": {"spec/schema"},
    "yaml": {"yaml/compose"},
    "ruamel": {"yaml/write"},
    "keyring": {"secrets/library"},
    "cryptography": {"x509"},
    "subprocess": {
        "git/process",
        "git/objects",
        "secrets/command",
        "connect/plugin",
        "doctor/kubectl",
        "vendor",
        "cli/shared/choose",
    },
    "urllib3": {"connect/client"},
}
PURE = [
    "spec/values",
    "spec/idle",
    "spec/placed",
    "spec/json6902",
    "spec/urls",
    "gourl",
    "globs",
    "kubeconfig/model",
    "kubeconfig/decode",
    "yaml/emit_json",
    "kubeconfig/fields",
    "yaml/plain",
    "yaml/emit_kyaml",
    "yaml/emit",
    "kubeconfig/applied",
    "kubeconfig/forms/kubectl",
    "kubeconfig/changes",
    "kubeconfig/edits",
    "kubeconfig/print_yaml",
    "kubeconfig/difference",
    "kubeconfig/kcfg_marker",
    "kubeconfig/holding",
    "kubeconfig/plan",
    "kubeconfig/printed",
    "kubeconfig/threeway",
    "apply/reverse",
    "apply/spans",
    "kubeconfig/forms/by_hand",
    "kubeconfig/forms/shapes",
    "yaml/flow",
    "kubeconfig/jsonpath",
    "yaml/spans",
    "yaml/lines",
    "yaml/read_flow",
    "kubeconfig/merge",
    "kubeconfig/model",
    "yaml/numbers",
    "kubeconfig/property",
    "kubeconfig/redact",
    "kubeconfig/table",
    "kubeconfig/secret_patterns",
    "kubeconfig/template",
    "yaml/edit",
    "kubeconfig/plugins",
    "kubeconfig/plugins_table",
    "kubeconfig/tokens",
    "kubeconfig/minify",
    "kubeconfig/flatten",
    *(f"spec/models/{name}" for name in MODELS),
    "spec/environments",
    "spec/records",
    "spec/shapes",
    "spec/outputs",
    "spec/spec",
    "spec/generate",
    "spec/layers",
    "spec/format",
    "spec/dump",
    "spec/edit",
    "spec/recognize",
    "importing/draft",
    "importing/entries",
    "importing/fill",
    "importing/labels",
    "importing/proof",
    "importing/unknown",
    "spec/presets",
    "spec/variables",
    "spec/tokens",
    "yaml/json",
    "secrets/ref",
    "run/config",
    "run/session",
    "run/shells",
    "connect/address",
    "connect/curl",
    "connect/curl_options",
    "connect/proxies",
    "connect/review",
    "targets/names",
    "targets/users",
    "targets/manifest",
    "scan",
    "lint/capabilities",
    "lint/clients",
    "lint/rule",
    "lint/rules/capability",
    "lint/rules/certificates",
    "lint/rules/clients",
    "lint/rules/fields",
    "lint/rules/hygiene",
]
# Only here: what everybody else prints goes through it. The plugin answers kubectl on the streams it is given.
PRINTER = "printing"
OUTSIDE = {"os.environ", "open", "print", "input", "time", "subprocess", "socket", "sys.stdout", "sys.stderr"}


NAMES = [path.relative_to(PACKAGE).with_suffix("").as_posix() for path in sorted(PACKAGE.rglob("*.py"))]


@functools.cache
def parsed(name):
    return ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))


def modules():
    return [(name, parsed(name)) for name in NAMES]


def dotted(node):
    """Return names with dots as they are written, and nothing of what is none: a tenth of what `ast.unparse` takes."""
    if isinstance(node, ast.Name):
        return node.id
    before = dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return before and f"{before}.{node.attr}"


def top(name):
    parts = name.split("/")
    return parts[0]


@functools.cache
def imported(tree):
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def floor_of(name):
    for level, names in enumerate(FLOORS):
        if name in names:
            return level
    pytest.fail(f"kcfg/{name} has no floor: place it in FLOORS")


@pytest.mark.parametrize("name", NAMES)
def test_imports_point_down(name):
    mine = floor_of(top(name))
    if name == "__init__":
        return
    for target in imported(parsed(name)):
        if not target.startswith("kcfg."):
            continue
        other = target.split(".")[1]
        if other == top(name) or not any(other in names for names in FLOORS):
            continue
        assert floor_of(other) > mine, f"{name} imports {target}, which is not below it"


def named_modules():
    """Return every module, as imports name it, and what it imports of kcfg: in functions and for types, too."""
    trees = {f"kcfg.{name.replace('/', '.')}".removesuffix(".__init__"): tree for name, tree in modules()}
    return {name: {each for each in imported(tree) if each in trees and each != name} for name, tree in trees.items()}


def test_imports_make_no_circle():
    """Not when modules are loaded, when functions run, or for types; `kcfg` itself offers everything by its name."""
    left = named_modules()
    del left["kcfg"]
    while free := {name for name, wanted in left.items() if not wanted & left.keys()}:
        left = {name: wanted for name, wanted in left.items() if name not in free}
    while ends := left.keys() - {each for wanted in left.values() for each in wanted}:
        left = {name: wanted for name, wanted in left.items() if name not in ends}

    assert not left


def test_every_exception_is_an_error_or_a_signal():
    """A KcfgError is told; a Signal never leaves its room. Nothing else is raised by kcfg's own classes."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    mine = {name for name, of in bases.items() if name.endswith("Error") or of & {"Exception", "KcfgError", "Signal"}}

    assert {name for name, of in bases.items() if "Exception" in of} == {"KcfgError", "Signal"}
    assert {
        name for name in mine - {"KcfgError", "Signal"} if not bases[name] & {*mine, "KcfgError", "Signal"}
    } == set()


@pytest.mark.parametrize("library", DOORS)
def test_one_library_has_one_door(library):
    users = {name for name, tree in modules() if any(i.split(".")[0] == library for i in imported(tree))}

    assert users <= DOORS[library]


def test_git_is_started_only_here():
    """And asked only by what the git folder offers: nobody else has the words to do it."""
    named = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.rpartition("/")[2] == "git"
    }
    starting = {name for name, tree in modules() if "kcfg.git.process.start" in set(imported(tree))}

    assert named == {"git/process"}
    assert starting <= {"git/objects", "git/repository"}


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_nothing_outside(name):
    tree = parsed(name)
    names = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    called = {dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

    assert not (called | names | set(imported(tree))) & OUTSIDE


def loaded_after(code):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())


HEAVY = {
    "typer",
    "pydantic",
    "yaml",
    "ruamel",
    "jsonschema",
    "keyring",
    "cryptography",
    "dataclasses",
    "typing",
    "logging",
}


@pytest.mark.parametrize(
    "code",
    [
        "import kcfg",
        "import kcfg.credential",
        "import kcfg.secrets.ref, kcfg.secrets.stores, kcfg.secrets.env, kcfg.errors",
        "import kcfg.__main__, kcfg.cli.options",
    ],
)
def test_hot_path_loads_nothing_heavy(code):
    bare = loaded_after("")

    assert not (loaded_after(code) - bare) & HEAVY


def test_modules_are_short():
    long = {
        path.relative_to(PACKAGE).as_posix(): count
        for path in PACKAGE.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 360
    }

    assert not long


def _writes(tree):
    """Yield the calls that write to the process's streams."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            stream = r"(sys\.)?(__)?std(out|err)(__)?(\.buffer)?\.(write|writelines|reconfigure)"
            if called in ("print", "typer.echo", "click.echo", "os.write") or re.fullmatch(stream, called):
                yield called


@pytest.mark.parametrize("name", NAMES)
def test_one_module_writes_to_the_terminal(name):
    # Help is the program's own text; a child's lines get its context before them; files are files.
    reviewed = {"cli/app": {"typer.echo"}, "run/many": {"os.write"}, "files": {"os.write"}, "log": {"os.write"}}
    if name != PRINTER:
        assert set(_writes(parsed(name))) <= reviewed.get(name, set())


def test_no_two_test_modules_have_one_name():
    """They are imported by their bare names: in a fresh clone the second one is an error."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "__init__.py"]

    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_module_is_in_the_map_of_its_room():
    """kcfg/README.md has the rooms and what stands alone; a room's README its modules, but for those of a kind."""
    of_a_kind = (
        "cli/(?:check/|complete/|findings/|secret/|spec/|table/)?",
        "doctor/",
        "targets/",
        "lint/rules/",
        "spec/models/",
    )
    many = re.compile(rf"(?:{'|'.join(of_a_kind)})\w+")
    missing = []
    for name, _ in modules():
        room, _, inside = name.partition("/")
        if name.endswith("__init__") or many.fullmatch(name):
            continue
        text = (PACKAGE / (f"{room}/README.md" if inside else "README.md")).read_text(encoding="utf-8")
        words = {word for each in re.findall(r"[\w/]+", text) for word in each.split("/")}
        if (inside.rpartition("/")[2] or room) not in words:
            missing.append(name)

    assert missing == []


def test_tests_reach_for_nothing_private():
    """What a test has to ask is what a module offers."""
    private = re.compile(r"_[a-z]\w*")
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"[.,(\s]_[a-z]", text):
            continue
        nodes = list(ast.walk(ast.parse(text)))
        mine = set()
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kcfg":
                mine |= {alias.asname or alias.name for alias in node.names}
                found += [(path.name, alias.name) for alias in node.names if private.fullmatch(alias.name)]
        found += [
            (path.name, node.attr)
            for node in nodes
            if isinstance(node, ast.Attribute) and private.fullmatch(node.attr)
            if isinstance(node.value, ast.Name) and node.value.id in mine
        ]

    assert found == []


def test_units_are_tested_where_their_room_is():
    """tests/unit mirrors kcfg: the folder says the room."""
    assert {path.name for path in (ROOT / "tests/unit").iterdir() if path.is_dir() and path.name != "__pycache__"} <= {
        path.name for path in PACKAGE.iterdir() if path.is_dir()
    }


def test_no_entry_is_changed_in_place():
    """Copies of an entry share its fields, and its lines stand beside them: whoever wants others sets a body."""
    changing = {"update", "pop", "setdefault", "clear", "popitem"}

    def is_body(node):
        return isinstance(node, ast.Attribute) and node.attr == "body" and dotted(node.value) != "self"

    def changes(node):
        if isinstance(node, ast.Assign | ast.Delete):
            return any(isinstance(each, ast.Subscript) and is_body(each.value) for each in node.targets)
        if isinstance(node, ast.AugAssign):
            return isinstance(node.target, ast.Subscript) and is_body(node.target.value)
        called = node.func if isinstance(node, ast.Call) else None
        return isinstance(called, ast.Attribute) and called.attr in changing and is_body(called.value)

    assert [f"{name}:{node.lineno}" for name, tree in modules() for node in ast.walk(tree) if changes(node)] == []
