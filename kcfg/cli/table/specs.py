"""Commands that change spec files: kubectl's flags; comments, order and style stay; secrets go into the store."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.edits import CLUSTER, CONTEXT, USER
from kcfg.cli.table.shared import ENTRIES, RENAMING, SPEC_TO_CHANGE

_WHERE = "An entry changes in the file that declares it; a new one goes to the file that declares most of its kind."

COMMANDS = (
    Command(
        "spec set-cluster",
        "kcfg.cli.spec.set_cluster",
        "Create or change a cluster of a spec.",
        examples=(
            "kcfg spec set-cluster dev --server https://dev.example.com:6443 --certificate-authority pki/dev.crt",
        ),
        more=_WHERE,
        arguments=(Argument("name", "the cluster", completes="cluster"),),
        options=(*CLUSTER, SPEC_TO_CHANGE),
    ),
    Command(
        "spec set-credentials",
        "kcfg.cli.spec.set_credentials",
        "Create or change a user of a spec; a token, password or client key goes into its store.",
        examples=(
            "kcfg spec set-credentials ci --token -",
            "kcfg spec set-credentials dev --client-certificate pki/dev.crt --client-key dev.key",
        ),
        more=f"The spec gets a reference; one that is there stays, and its secret changes. {_WHERE}",
        arguments=(Argument("name", "the user", completes="user"),),
        options=(*USER, SPEC_TO_CHANGE),
    ),
    Command(
        "spec set-context",
        "kcfg.cli.spec.set_context",
        "Create or change a context of a spec.",
        examples=("kcfg spec set-context dev --cluster dev --user dev -n web",),
        more=_WHERE,
        arguments=(Argument("name", "the context", completes="context"),),
        options=(*CONTEXT, SPEC_TO_CHANGE),
    ),
    Command(
        "spec delete",
        "kcfg.cli.spec.delete",
        "Delete entries of a spec; what is still referred to stays.",
        examples=("kcfg spec delete dev --cascade", "kcfg spec delete user ci"),
        arguments=(ENTRIES,),
        options=(
            Option("--cascade", "With the contexts, their clusters and users that nothing else refers to."),
            SPEC_TO_CHANGE,
        ),
    ),
    Command(
        "spec rename",
        "kcfg.cli.spec.rename",
        "Rename an entry of a spec; contexts, environments and templates that name it follow.",
        examples=("kcfg spec rename dev development", "kcfg spec rename user ci robot -f acme"),
        arguments=(RENAMING,),
        options=(SPEC_TO_CHANGE,),
    ),
)
