"""Comments stay with what they are about: a commented-out field in every place of a spec, through every edit of one.

The judge is what it would mean without its `#`: before and after, the same field of the same entry.
"""

import pytest
import yaml

from kcfg.spec.format import format_spec

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
ORDERED = """clusters:
# about one
- name: one
  labels: {a: b}  # beside
  server: https://one.example.com

# about two
- name: two
  server: https://two.example.com
users:
- name: u
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: get
    env:
    - name: A
      value: b
    interactiveMode: Never
- name: v
  as: me
contexts:
- name: c
  cluster: two
  user: u
"""
# The same, its fields in another order: fmt sorts them.
SORTED = ORDERED
for one, other in (
    ("- name: one\n", "  labels: {a: b}  # beside\n"),
    ("    apiVersion: client.authentication.k8s.io/v1\n", "    command: get\n"),
):
    assert one + other in SORTED
    swapped = other.replace("  ", "- ", 1) + one.replace("- ", "  ") if one.startswith("-") else other + one
    SORTED = SORTED.replace(one + other, swapped)
INDENTED = "".join(
    f"  {line}" if line[0] in " -#" or line == "\n" else line for line in ORDERED.splitlines(keepends=True)
).replace("  \n", "\n")
STYLES = {"ordered": ORDERED, "sorted": SORTED, "indented": INDENTED}
MARK = "# x-field: 1"


def places():
    """Every place where a field could be commented out: a line and an indent at which it is one without its `#`."""
    for style, body in STYLES.items():
        lines = (HEAD + body).splitlines(keepends=True)
        for at in range(4, len(lines) + 1):
            for indent in (2, 4, 6, 8):
                text = "".join([*lines[:at], f"{' ' * indent}{MARK}\n", *lines[at:]])
                above = lines[at - 1]
                if above.lstrip().startswith("#") and len(above) - len(above.lstrip()) < indent:
                    continue  # below a comment about the next entry: nobody can tell
                if bare(text) is not None:
                    yield pytest.param(text, id=f"{style}-{at}-{indent}")


def bare(text):
    """What the file means with the field that is commented out; None where it means nothing."""
    try:
        found = yaml.load(text.replace(MARK, MARK.removeprefix("# ")), yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    return found if isinstance(found, dict) and "x-field" in str(found) else None


def without(value, section, name):
    return {**value, section: [each for each in value[section] if each["name"] != name]}


PLACES = list(places())


def test_there_are_enough_places():
    assert len(PLACES) >= 60


@pytest.mark.parametrize("text", PLACES)
def test_fmt(text):
    after = format_spec(text.encode(), "f").decode()

    assert bare(after) == bare(text)
    assert format_spec(after.encode(), "f").decode() == after


@pytest.mark.parametrize("text", PLACES)
def test_edits(text, called, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "kcfg.yaml"
    before = bare(text)

    def edited(*words):
        path.write_text(text)
        done = called("spec", *words)
        assert done.returncode == 0, done.stderr
        return bare(path.read_text())

    for section, kind in (("clusters", "cluster"), ("users", "user")):
        new = {
            "cluster": ("set-cluster", "new", "--server", "https://new.example.com"),
            "user": ("set-credentials", "new"),
        }
        assert without(edited(*new[kind]), section, "new") == before
    renamed = edited("rename", "cluster", "two", "three")
    assert yaml.safe_dump(renamed).replace("three", "two") == yaml.safe_dump(before)
    one = next(each for each in before["clusters"] if each["name"] == "one")
    after = edited("delete", "cluster", "one")
    # The field goes with the entry that it is about, and with no other.
    assert after == (None if "x-field" in str(one) else without(before, "clusters", "one"))
