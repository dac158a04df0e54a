"""What a target that has an object for each cluster makes it of."""

from __future__ import annotations

from kcfg.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.spec.models import Cluster, Context, User
    from kcfg.spec.spec import Declared


@dataclass(frozen=True, slots=True)
class Member:
    """A cluster and the one user that reaches it."""

    name: str
    labels: dict[str, str]
    context: Declared[Context]
    cluster: Declared[Cluster]
    user: Declared[User] | None
