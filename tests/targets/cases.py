"""The cases of every target: `TARGET/CASE/` with a spec, its options, and what comes of it (files, or problems)."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lint_world import pem_key

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/kcfg.yaml"))
# The key of client.crt: no secret, its number is 1.
KEY = pem_key(ec.derive_private_key(1, ec.SECP256R1())).decode()
# What the `env` stores of the cases hold.
VALUES = {"FLEET_ROBOT_TOKEN": "of-the-robot\n", "FLEET_ADMIN": '{"key": "' + KEY.replace("\n", "\\n") + '"}'}


def words(case: Path) -> list[str]:
    """The command line of a case, without the place."""
    options = case / "options"
    given = options.read_text().split() if options.exists() else []
    return ["render", "-f", str(case), "--to", case.parent.name, *given, "--trust"]


def case_id(case: Path) -> str:
    """`argocd/fleet`."""
    return f"{case.parent.name}/{case.name}"


rendered = pytest.mark.parametrize("case", [case for case in CASES if (case / "expected").is_dir()], ids=case_id)
refused = pytest.mark.parametrize("case", [case for case in CASES if (case / "problems").exists()], ids=case_id)
