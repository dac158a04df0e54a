"""`kcfg set … -`: certificates come from standard input, as secrets and URLs do; a dash is never stored as one."""

import base64

import pytest

FIELDS = ["clusters.a.certificate-authority-data", "users.a.client-certificate-data"]


@pytest.fixture
def stored(kcfg, tmp_path):
    """Set a field from a text; return (exit code, what is stored in it)."""

    def run(field, text, *words):
        done = kcfg("set", field, "-", *words, "--kubeconfig", "k", stdin=text)
        path = tmp_path / "k"
        found = path.read_text() if path.exists() else ""
        return done.returncode, found.partition("-data: ")[2].partition("\n")[0], done.stderr

    return run


@pytest.mark.parametrize("field", FIELDS)
def test_a_pem_text_is_encoded(field, stored, tutorial):
    pem = (tutorial / "fake-ca-file").read_text()
    code, value, _ = stored(field, pem, "--set-raw-bytes")

    assert code == 0
    assert base64.b64decode(value).decode().strip() == pem.strip()


@pytest.mark.parametrize("field", FIELDS)
def test_a_base64_text_is_taken_as_it_is(field, stored, tutorial):
    data = base64.b64encode((tutorial / "fake-ca-file").read_bytes()).decode()

    assert stored(field, data + "\n")[:2] == (0, data)


@pytest.mark.parametrize("field", FIELDS)
def test_an_empty_input_is_refused(field, stored):
    code, value, said = stored(field, "", "--set-raw-bytes")

    assert (code, value) == (2, "")
    assert f"kcfg unset {field} removes the field" in said
