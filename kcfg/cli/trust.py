"""`kcfg trust`: show what a spec reaches, and allow it."""

from __future__ import annotations

import os

from kcfg.printing import say, tell


def run(*, file: str | None, environment: str | None, values: list[str], yes: bool) -> int:
    """Show what is new, ask, remember."""
    from kcfg.cli.shared.consent import require_consent
    from kcfg.cli.shared.stores import load_valid
    from kcfg.cli.shared.trusting import show_new
    from kcfg.trust.gate import check_trust

    spec = load_valid(file, environment, values, allow_plaintext=True, lenient=environment is None)
    found = check_trust(spec, os.environ)
    if not found.reach:
        say(f"{spec.root.file}: reaches no secret and no program, nothing to trust")
        return 0
    if not found.new:
        found.remember()  # a plugin that was installed since has its place now
        say(f"{spec.root.file}: unchanged")
        return 0
    tell(f"kcfg: {spec.root.file} reaches what you have not allowed yet:")
    show_new(found.new, every=True)
    require_consent("Trust it?", yes=yes, refused="not trusted")
    found.remember()
    say(f"{spec.root.file}: trusted")
    return 0
