"""No text sends people to what is not ours: a package index, where others may have our names, or a domain."""

import re
import subprocess

import pytest
from conftest import ROOT, require

WRITTEN_THEN = "tests/fixtures/first-release/home/"  # by the first release, whose words these are
OURS = ("kcfg", "kubectl-kcfg", "kubectl_kcfg", "kcfg-credential")
NAMES = "|".join(OURS)
INSTALLERS = re.compile(
    r"\b(?:pip[x3]? (?:install|download|run|upgrade|inject)|uv (?:tool (?:install|run)|pip install|add)|uvx"
    r"|(?:poetry|pdm|rye|pixi) add|(?:conda|mamba|brew|apt|apt-get|dnf|snap|krew) install|additional_dependencies:)"
    # Up to a name that stands alone: no path or URL before it, no ending of a file after it.
    rf"[^\n;&|#]*?[ `'\"\[,(](?:{NAMES})(?![\w/*-]|\.\w)|pypi\.org/project/(?:{NAMES})\b",
    re.IGNORECASE,
)
EDITOR_LINES = re.compile(r"""(?:"\$id" *:|yaml-language-server: *\$schema=) *"?(?P<where>[^\s"`]+)""")
SCHEMES = re.compile(r"[a-z]+://")


def from_an_index(text):
    """The installations that an index would answer: of one of our names, without path, URL or ending."""
    return [found[0] for found in INSTALLERS.finditer(re.sub(r"[ \t]+", " ", text))]


def elsewhere(text):
    """Where the text says a schema of ours is, if that is on somebody's domain."""
    return [found["where"] for found in EDITOR_LINES.finditer(text) if SCHEMES.match(found["where"])]


def test_no_text_names_an_index_or_a_domain_for_us():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    require("git checkout", present=listed.returncode == 0)
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(WRITTEN_THEN)]
    files = [ROOT / name for name in names if name != "requirements.lock"]
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in files if path.is_file()}
    found = {str(path): from_an_index(text) + elsewhere(text) for path, text in texts.items()}

    assert len(texts) > 500
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize(
    "text",
    [
        "pip install {}", "python -m pip install --upgrade {}", "- run: pipx install {} && x", "`pipx run {}`",
        "uvx {} lint", "uv  tool install '{}>=1'", "uv pip install {}==0.1.0", "pip3 install {}[all].",
        "additional_dependencies: [{}]", "pip install x {}", "brew install {}", "poetry add {}",
        "https://pypi.org/project/{}/", "uvx --from {} kcfg-x",
        "conda install -c forge {}",
    ],
)  # fmt: skip
def test_an_installation_from_an_index_is_seen(text, name):
    assert len(from_an_index(text.format(name))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "pip install .", "pip install ./kubectl_kcfg-0.1.0-py3-none-any.whl", "pipx install dist/kubectl_kcfg-*.whl",
        "pip install git+https://git.example.com/kcfg.git@v0.1.0", "pipx install /src/kcfg",
        "pip install x && kcfg lint", 'pip install "$KCFG_SOURCE"', "pip install x # for kcfg",
    ],
)  # fmt: skip
def test_an_installation_from_here_is_not(text):
    assert from_an_index(text) == []


@pytest.mark.parametrize("host", ["https://kcfg.example.com/", "http://x/"])
@pytest.mark.parametrize("line", ['"$id": "{}kcfg.json"', "# yaml-language-server: $schema={}kcfg.json"])
def test_a_domain_is_seen(line, host):
    assert elsewhere(line.format(host)) == [f"{host}kcfg.json"]
    assert elsewhere(line.format("")) == elsewhere(line.format("urn:kcfg:")) == []
