"""Which files git tracks: what a pull request shows needs no other question."""

from __future__ import annotations

from kcfg.errors import KcfgError


class Tracked:
    """The files of a root that git tracks, by their real paths: asked once, and only when somebody wants to know."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._paths: frozenset[str] | None = None

    def __contains__(self, path: str) -> bool:
        if self._paths is None:
            self._paths = self._listed()
        return path in self._paths

    def _listed(self) -> frozenset[str]:
        from kcfg.git.repository import find_repository

        try:
            repository = find_repository(self._root)
            return repository.tracked() if repository is not None else frozenset()
        except KcfgError:
            return frozenset()
