"""`make demo`: the main job in one minute. Validate and render the example specs; let kubectl read the result.

Works in a private temporary folder; the certificates that the tutorial's files need are made there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).parent


def main() -> int:
    """Run the demo; the exit code is the first failing command's."""
    with tempfile.TemporaryDirectory(prefix="kcfg-demo-") as name:
        folder = Path(name)
        shutil.copytree(EXAMPLES / "tutorial", folder / "tutorial")
        shutil.copytree(EXAMPLES / "fleet", folder / "fleet")
        make_tutorial_files(folder / "tutorial")
        for words in (
            ["kcfg", "validate", "-f", "fleet"],
            ["kcfg", "render", "-f", "fleet", "-l", "env=dev,region=eu", "--out", "dev-eu.kubeconfig"],
            ["cat", "dev-eu.kubeconfig"],
            ["kcfg", "validate", "-f", "tutorial"],
            ["kcfg", "trust", "-f", "tutorial", "--yes"],
            ["kcfg", "render", "-f", "tutorial", "--credentials", "inline", "--out", "tutorial.kubeconfig"],
            ["kubectl", "config", "get-contexts", "--kubeconfig", "tutorial.kubeconfig"],
            [
                "kubectl",
                "config",
                "view",
                "--minify",
                "--context",
                "exp-test",
                "--kubeconfig",
                "tutorial.kubeconfig",
            ],
        ):
            if code := show(words, folder):
                return code
    print("\nThat is it: a spec in git, a kubeconfig that kubectl reads, and no secret in the fleet's file.")
    return 0


def make_tutorial_files(folder: Path) -> None:
    """Make the CA, certificate and key that the exercise calls fake-*-file."""
    from kcfg.x509 import make_authority, make_client

    authority = make_authority("development")
    certificate, key = make_client("developer", ("dev",), authority)
    (folder / "fake-ca-file").write_bytes(authority[0])
    (folder / "fake-cert-file").write_bytes(certificate)
    handle = os.open(folder / "fake-key-file", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)


def show(words: list[str], folder: Path) -> int:
    """Print a command as one would type it, and run it."""
    if shutil.which(words[0]) is None and words[0] == "kubectl":
        print(f"\n# kubectl is not installed here; it would show: {' '.join(words)}")
        return 0
    print(f"\n$ {' '.join(words)}", flush=True)
    command = [sys.executable, "-m", "kcfg", *words[1:]] if words[0] == "kcfg" else words
    # The exercise's own password, as the env store of its spec expects it.
    environment = {**os.environ, "KCFG_TUTORIAL_EXPERIMENTER_PASSWORD": "some-password"}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
