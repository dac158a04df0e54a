"""A store that lives in another installed package: found by its entry point, trusted, and never in a repository."""

import json

from outside_world import RING

ARGS = ["--kind", "token", "--store", "acme/team", "--key", "ci/token"]


def test_a_store_of_an_installed_package_serves_spec_and_plugin(outside):
    outside.install()
    (user,) = json.JSONDecoder().raw_decode(outside.run("render", "-o", "json"))[0]["users"]
    assert user["user"]["exec"]["args"] == ARGS

    assert "not trusted" in outside.run("credential", *ARGS, ok=False)
    assert f"asks ring ring={outside.repo}/keys" in outside.run("trust", "--yes")
    assert '"token":"stored-secret"' in outside.run("credential", *ARGS)
    assert "ok" in outside.run("secret", "check")


def test_what_the_spec_says_later_is_asked_again_and_the_plugin_keeps_what_was_trusted(outside):
    outside.install()
    outside.run("trust", "--yes")
    outside.declare({**RING, "settings": {"ring": "evil"}})

    assert "evil" in outside.run("secret", "check", ok=False)
    assert '"token":"stored-secret"' in outside.run("credential", *ARGS)


def test_a_package_in_the_repository_is_never_looked_at(outside):
    outside.install(outside.repo)
    (outside.repo / "team_ring.py").write_text("open('ran', 'w')")

    assert "unknown provider 'ring'" in outside.run("validate", ok=False)
    outside.install()  # and where one is installed, the repository's does not take its place
    assert "is not where packages are installed" in outside.run("validate", ok=False)
    assert not (outside.repo / "ran").exists()


WRONG = (
    ({"provider": "ring", "settings": {}}, "secretStores[0].settings.ring"),
    ({"provider": "ring", "settings": {"ring": "keys", "evil": 1}}, "secretStores[0].settings.evil"),
    ({"provider": "ring"}, "expected one of 'keyring'"),
    ({"provider": "keyring", "settings": {}}, "settings of another provider"),
    ({"provider": "keyrng"}, "did you mean 'keyring'?"),
    ({"provider": "ring", "settings": {"ring": "keys"}, "env": {}}, "settings of another provider"),
    ({"provider": "wheel", "settings": {}}, "or install the package that has it"),
)
# One start for all of them.
EACH = """
import sys
from kcfg.__main__ import run
sys.stderr = sys.stdout
for folder in sys.argv[1:]:
    print(f"== {folder}")
    print("code", run(["validate", "-f", folder]))
"""


def test_wrong_declarations_are_told_with_their_place(outside):
    outside.install()
    for at, (store, _) in enumerate(WRONG):
        outside.declare({"name": "team", **store})
        (outside.repo / f"wrong-{at}").mkdir()
        (outside.repo / "kcfg.yaml").rename(outside.repo / f"wrong-{at}/kcfg.yaml")
    shown = outside.run(*(f"wrong-{at}" for at in range(len(WRONG))), start=("-c", EACH))
    said = shown.split("== wrong-")[1:]

    assert len(said) == len(WRONG)
    for (store, told), each in zip(WRONG, said, strict=True):
        assert told in each, store
        assert not each.endswith("code 0\n"), store
