"""`kcfg import --secrets-only`: values of a spec's references come from a kubeconfig into their stores.

It writes no file. What is stored already stays.
"""

from __future__ import annotations

import os

from kcfg.cli.shared.progress import watched
from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.importing.entries import Found
    from kcfg.importing.fill import Filling
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.secrets import DeclaredSecret
    from kcfg.spec.spec import Spec


def run(files: list[str], file: str | None, environment: str | None, *, force: bool, dry_run: bool) -> int:
    """Fill what is missing; exit 1 when a secret is missing still."""
    from kcfg.cli.shared.importing import paths_of, tell_all
    from kcfg.cli.shared.stores import load_valid
    from kcfg.errors import count
    from kcfg.files import read_bytes
    from kcfg.importing.fill import Filling
    from kcfg.importing.read import gather
    from kcfg.spec.secrets import declared_secrets

    spec = load_valid(file, environment, lenient=True)
    found = paths_of(files, in_cluster=False)
    gathered = gather(found, in_cluster=False, environ=os.environ, first_wins=True, watch=watched)
    tell_all([*gathered.skipped, *gathered.lost])
    job = _Job(spec, gathered.config, Filling(gathered.config, read_bytes, spec.read), force=force, dry_run=dry_run)
    done = [job.fill(secret) for secret in declared_secrets(spec)]
    parts = [f"{done.count(word)} {word}" for word in ("created", "configured", "unchanged", "kept") if word in done]
    missing = done.count("missing")
    tell(f"kcfg: {', '.join([count(len(done), 'secret'), *parts, f'{missing} still missing'])}")
    return 1 if missing else 0


class _Job:
    """One kubeconfig on its way into the stores of a spec."""

    def __init__(self, spec: Spec, config: Kubeconfig, filling: Filling, *, force: bool, dry_run: bool) -> None:
        from kcfg.cli.shared.stores import Stores

        self._spec = spec
        self._config = config
        self._filling = filling
        self._stores = Stores(spec)
        self._force = force
        self._dry_run = dry_run

    def fill(self, secret: DeclaredSecret) -> str:
        """Store one secret; return what became of it, and tell."""
        from kcfg.importing.entries import Unfit
        from kcfg.importing.fill import is_same, uses_of

        if secret.ref.service or not self._stores.is_writable(secret.ref):
            whose = "another tool's item" if secret.ref.service else f"{self._stores.provider(secret.ref)} store"
            tell(f"kcfg: note: {secret.name}: not kcfg's to store ({whose})")
            return "aside"
        before = self._stores.stored(secret.ref)
        try:
            found = self._filling.value(secret, uses_of(self._spec, secret))
        except Unfit as unfit:
            if before is not None:
                return "present"
            tell(f"{secret.name}: still missing: {unfit.message}")
            return "missing"
        if before is not None and not self._force and not is_same(secret, before, found.secret):
            tell(f"{secret.name}: differs from what is stored, which is kept: --force replaces it")
            return "kept"
        word = "created" if before is None else "unchanged" if is_same(secret, before, found.secret) else "configured"
        if not self._dry_run and word != "unchanged":
            self._keep(secret, found, replace=before is not None)
        say(f'secret "{secret.name}" {word}{" (dry run)" if self._dry_run else ""}')
        return word

    def _keep(self, secret: DeclaredSecret, found: Found, *, replace: bool) -> None:
        from kcfg.files import read_bytes
        from kcfg.importing.draft import Stored
        from kcfg.importing.fill import uses_of
        from kcfg.importing.store_secrets import keep
        from kcfg.trust.gate import remember_sent

        users = [use.user.entry.name for use in uses_of(self._spec, secret)]
        remember_sent(self._spec, secret.ref, self._config, users, read_bytes, os.environ)
        keep(
            [Stored(users[0], found, secret.ref)],
            self._stores.of(secret.ref),
            spec_name=self._spec.name,
            provider=self._stores.provider(secret.ref),
            environ=os.environ,
            replace=replace,
        )
