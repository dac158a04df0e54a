"""What `apply` wants a kubeconfig to be: the rendered spec, with a hint in each context."""

import json

import pytest

from kcfg.apply.target import make_target
from kcfg.delivery import Left
from kcfg.kubeconfig.kcfg_marker import marker_of
from kcfg.rendering import RenderOptions
from kcfg.secrets.secret import Secret
from kcfg.spec.load import load_spec
from kcfg.x509 import make_authority, make_client

CA = make_client("ca", (), make_authority("ca"))[0].decode()


@pytest.fixture
def spec(tmp_path):
    def make(**more):
        (tmp_path / "ca.crt").write_text(CA)
        value = {
            "apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "acme"},
            "secretStores": [{"name": "vars", "provider": "env", "env": {"prefix": "KCFG_"}}],
            "clusters": [{"name": "c", "server": "https://a.example.com", "certificate-authority": "ca.crt"}],
            "users": [{"name": "dev", "token": "ref+vars://dev"}],
            "contexts": [
                {"name": "a", "cluster": "c", "user": "dev", "labels": {"env": "prod"}, "protected": True},
                {"name": "b", "cluster": "c", "user": "dev"},
            ], **more,
        }  # fmt: skip
        (tmp_path / "kcfg.yaml").write_text(json.dumps(value))
        return load_spec(str(tmp_path))

    return make


def test_each_context_says_where_it_comes_from(spec):
    config = make_target(spec())

    marks = {name: marker_of(entry.body) for name, entry in config.contexts.items()}
    assert marks == {
        "a": {"spec": "acme", "labels": {"env": "prod"}, "protected": True}, "b": {"spec": "acme"}
    }  # fmt: skip


def test_public_files_go_in_unless_somebody_says_no(spec):
    (embedded, path) = (make_target(spec(), embed=embed).clusters["c"].body for embed in (True, False))

    assert "certificate-authority" not in embedded
    assert "certificate-authority-data" in embedded
    assert path["certificate-authority"].endswith("ca.crt")
    assert "certificate-authority-data" not in path


def test_options_and_readers_are_handed_on(spec):
    options = RenderOptions(credentials="inline")
    config = make_target(spec(), options, read_secret=lambda ref: Secret("plum"))
    assert config.users["dev"].body["token"] == "plum"
    assert "exec" in make_target(spec()).users["dev"].body
    read = []
    make_target(spec(), read_file=lambda path: read.append(path) or CA.encode())
    assert len(read) == 1


def test_what_cannot_be_delivered_is_told_where_somebody_asks(spec):
    left = Left()
    config = make_target(spec(), RenderOptions(kept=frozenset({"dev"})), left=left)

    assert (list(config.users), left.keys()) == ([], {("users", "dev")})
