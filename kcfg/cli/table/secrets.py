"""Commands about secrets and who may run what."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import FILE

COMMANDS = (
    Command(
        "trust",
        "kcfg.cli.trust",
        "Allow the commands that a spec's `command` stores run, as they are now.",
        examples=("kcfg trust", "kcfg trust -f examples/fleet --yes"),
        more="The permission is pinned to the commands' content: a change asks again.",
        options=(FILE, Option("--yes", "Do not ask.")),
    ),
    Command(
        "credential",
        "kcfg.cli.credential",
        "The exec plugin that kubectl calls; the same as kcfg-credential.",
        examples=("kcfg credential --kind token --env KCFG_TOKEN",),
        arguments=(Argument("arguments", "as render writes them", required=False, many=True),),
    ),
)
