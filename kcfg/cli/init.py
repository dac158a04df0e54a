"""`kcfg init`: a first spec to edit, and the schema that editors complete it by."""

from __future__ import annotations

from kcfg.printing import say_lines, tell

_SCHEMA = "kcfg-spec.v1.schema.json"
_BLANK = ("",)
_HEAD = (
    f"yaml-language-server: $schema={_SCHEMA}",
    "A kcfg spec: the clusters, users and contexts of a team, to be committed to git.",
    "Check it with `kcfg validate`, see the result with `kcfg render`; `kcfg explain` tells what may stand here.",
)


def starting_spec(name: str) -> str:
    """Return the text of a spec with one entry of each kind, and the comments that lead on from there."""
    from kcfg.spec.dump import dump_spec
    from kcfg.yaml.write import Note

    value = {
        "apiVersion": "kcfg/v1",
        "kind": "KubeconfigSpec",
        "metadata": {"name": name},
        "clusters": [{"name": "dev", "labels": {"env": "dev"}, "server": "https://dev.example.com:6443"}],
        "users": [{"name": "dev-admin", "token": "ref+default://dev-admin/token"}],
        "contexts": [{"name": "dev", "cluster": "dev", "user": "dev-admin", "namespace": "default"}],
    }
    kept = ("Only a reference: the token itself lives in the OS keyring.",)
    notes = {
        ("apiVersion",): Note(_HEAD),
        ("metadata", "name"): Note(beside="scopes this spec's keyring items"),
        ("clusters",): Note(_BLANK),
        ("clusters", 0, "labels"): Note(beside="for `-l env=dev`; `apply` notes it in its contexts' extensions"),
        ("clusters", 0, "server"): Note(("certificate-authority: pki/dev.crt  # relative to this file",)),
        ("users",): Note(_BLANK),
        ("users", 0, "token"): Note((*kept, "Store it with `kcfg secret set dev-admin/token`.")),
        ("contexts",): Note(_BLANK),
    }
    return dump_spec(value, notes)


def run(*, name: str | None, out: str) -> int:
    """Write the starting spec and the schema beside it; refuse to write over a spec."""
    import os

    from kcfg.boundary import require_plain
    from kcfg.errors import FileError
    from kcfg.files import make_folder, write_atomic
    from kcfg.spec.find import spec_name
    from kcfg.spec.schema import read_schema

    if out == "-":
        say_lines(starting_spec(spec_name(name, "")))
        return 0
    folder = os.path.dirname(out)
    name = spec_name(name, folder)
    if os.path.lexists(out):
        raise FileError(f"{out}: exists already", hint="choose another file with --out")
    schema = os.path.join(folder, _SCHEMA)
    files = {schema: read_schema("spec").encode(), out: starting_spec(name).encode()}
    if os.path.lexists(schema):  # the editor's matter: whoever has one keeps it
        del files[schema]
    for path in files:
        require_plain(path)
    make_folder(out)
    for path, text in files.items():
        write_atomic(path, text, mode=0o644)
        tell(f"{path} created")
    tell(f"kcfg: next: kcfg validate -f {out}")
    return 0
