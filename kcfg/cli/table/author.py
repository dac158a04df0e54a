"""Commands that write and check specs."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import (
    DIFF,
    ENVIRONMENT,
    FILE,
    IN_SPEC,
    LISTING,
    NO_HEADERS,
    PLAINTEXT,
    SELECTOR,
    SET,
    SPEC_TO_CHANGE,
    STRICT,
    instead_of_kubeconfig,
    text,
)
from kcfg.secrets import new_stores

_FORMAT = Option(
    "-o --output", "Format: table, json or yaml.", kind="text", choices=("table", "json", "yaml"), default="table"
)

COMMANDS = (
    Command(
        "init",
        "kcfg.cli.init",
        "Write a small commented spec that validates, and its JSON Schema for editors.",
        examples=("kcfg init", "kcfg init --out clusters/kcfg.yaml --name acme"),
        options=(
            text("--name", "metadata.name of the spec. Default: the folder's name.", "NAME"),
            Option(
                "--out",
                "Where to write it; - is standard output, without the schema.",
                kind="text",
                default="kcfg.yaml",
                metavar="PATH",
                once=True,
                dash="itself",
            ),
        ),
    ),
    Command(
        "import",
        "kcfg.cli.import_",
        "Turn kubeconfigs into a spec: secrets into a store, certificates into files, the rest into kcfg.yaml.",
        examples=(
            "kcfg import ~/.kube/config --into acme",
            "kcfg import a.yaml b.yaml clusters.d --into acme --layout split --guess-labels",
            "kcfg import - --secrets keep-out < config",
            "kcfg import --unmanaged -f acme",
            "kcfg import --secrets-only ~/.kube/config -f acme",
            "kcfg import - --into fleet < secrets.yaml",
        ),
        more="Without files: KUBECONFIG's list, or ~/.kube/config. The kubeconfigs are only read, and no command in "
        "them is run. Objects of a hub (`kubectl get … -o yaml`) are read, too: kubeconfigs in Secrets, Argo CD's "
        "cluster Secrets, ClusterProfiles. In the end the spec is rendered, secrets resolved, and compared with what "
        "was read. Exit 1: something was left out, differs, or is missing still; each with the reason.",
        arguments=(
            Argument(
                "files",
                "kubeconfigs, or folders of them; - reads standard input",
                required=False,
                many=True,
                completes="file",
                dash="stdin",
            ),
        ),
        options=(
            Option(
                "--out --into",
                "The folder of the new spec.",
                kind="text",
                default=".",
                metavar="DIR",
                once=True,
            ),
            text("--name", "metadata.name of the spec. Default: the folder's name.", "NAME"),
            Option(
                "--layout",
                "single: one kcfg.yaml; split: a file for each section.",
                kind="text",
                choices=("single", "split"),
                default="single",
            ),
            Option(
                "--secrets",
                "Where secrets go: the OS keyring; env or keep-out: references only, you set them; a folder of files.",
                kind="text",
                choices=("keep-out",),
                others=new_stores,
                default="keyring",
            ),
            Option(
                "--certificates",
                "Public certificates as files below pki/, or as data in the spec.",
                kind="text",
                choices=("files", "data"),
                default="files",
            ),
            Option("--in-cluster", "Import the service account of the pod that kcfg runs in."),
            Option("--unmanaged", "Add what the spec does not know yet to the files it belongs in; comments stay."),
            Option(
                "--secrets-only", "Store what users of the spec refer to and have in the kubeconfig; write no file."
            ),
            SPEC_TO_CHANGE,
            ENVIRONMENT,
            Option("--guess-labels", "Label clusters env, region and provider by their names and servers."),
            PLAINTEXT,
            Option("--force", "Replace the kcfg.yaml that is there; with --secrets-only, stored values."),
            Option("--dry-run", "Say what would be written; store and write nothing."),
        ),
    ),
    Command(
        "validate",
        "kcfg.cli.validate",
        "Check a spec (or a kubeconfig): all problems at once, each with file:line:col.",
        examples=(
            "kcfg validate",
            "kcfg validate -f examples/environments -e prod",
            "kcfg validate -o json < kcfg.yaml -f -",
            "kcfg validate --kubeconfig ~/.kube/config",
        ),
        more="Exit 0: valid. 1: problems found. 2: the spec could not be parsed or read.",
        options=(
            *instead_of_kubeconfig(FILE.help),
            Option("-o --output", "Format: text or json.", kind="text", choices=("text", "json"), default="text"),
            PLAINTEXT,
            STRICT,
            Option(
                "--kubeconfig",
                "Check this kubeconfig instead: what kubectl finds wrong before it connects.",
                kind="text",
                metavar="FILE",
                dash="stdin",
                without=("allow_plaintext",),
            ),
            Option(
                "--context",
                "Only this context of the kubeconfig; repeat it, or use globs.",
                kind="list",
                metavar="NAME",
                completes="context",
                needs=("kubeconfig",),
            ),
        ),
    ),
    Command(
        "test",
        "kcfg.cli.test",
        "Run a spec's tests: which contexts an environment has, and where each leads.",
        examples=("kcfg test", "kcfg test -f examples/environments", "kcfg test kcfg.test.yaml -o junit > kcfg.xml"),
        more="Without files: *.test.yaml beside the spec. Each is `apiVersion: kcfg/v1`, `kind: SpecTest` and `cases`: "
        "`{environment: prod, context: prod-eu, expect: {server: …, user: …, proxy-url: null}}`, with cluster, "
        "namespace, protected and absent, too; or `{environment: prod, contexts: […]}`, all of them. `name` and "
        "`variables` may stand beside. No secret is read. Exit 1: a case failed. 2: no test, or an invalid spec.",
        arguments=(Argument("files", "files of tests", required=False, many=True, completes="file"),),
        options=(
            Option(
                "-o --output",
                "Format: text, json or junit.",
                kind="text",
                choices=("text", "json", "junit"),
                default="text",
            ),
            FILE,
            SET,
        ),
    ),
    Command(
        "get-environments",
        "kcfg.cli.get_environments",
        "List the environments of a spec: the kubeconfigs it stands for.",
        examples=("kcfg get-environments", "kcfg get-environments -f examples/environments -o wide"),
        arguments=(Argument("names", "only these; globs too", required=False, many=True, completes="environment"),),
        options=(LISTING, NO_HEADERS, FILE, SET),
    ),
    Command(
        "blame",
        "kcfg.cli.blame",
        "Show which line, matrix or patch gave each field of an entry its value.",
        examples=("kcfg blame context/prod-eu", "kcfg blame cluster/prod-eu -e ci"),
        more="Secrets are shown as references only.",
        arguments=(Argument("entry", "context/NAME, cluster/NAME or user/NAME", completes="declared"),),
        options=(_FORMAT, *IN_SPEC),
    ),
    Command(
        "graph",
        "kcfg.cli.graph",
        "Draw a spec's contexts, clusters and users as a diagram, for READMEs and reviews.",
        examples=("kcfg graph -o markdown >> README.md", "kcfg graph -e prod -o dot | dot -Tsvg > prod.svg"),
        options=(
            *IN_SPEC,
            Option(
                "-o --output",
                "Format: mermaid, markdown (mermaid in its fence), dot or json.",
                kind="text",
                choices=("mermaid", "markdown", "dot", "json"),
                default="mermaid",
            ),
            Option(
                "--context",
                "Only this context; repeat it, or use globs.",
                kind="list",
                metavar="NAME",
                completes="context",
            ),
            SELECTOR,
        ),
    ),
    Command(
        "fmt",
        "kcfg.cli.fmt",
        "Bring spec files into the canonical order and style; comments stay.",
        examples=(
            "kcfg fmt",
            "kcfg fmt --check",
            "kcfg fmt --diff",
            "kcfg fmt clusters/*.yaml",
            "kcfg fmt - < kcfg.yaml",
        ),
        more="Without files: the nearest spec and all it includes. Exit 1 with --check or --diff: a file would change.",
        arguments=(
            Argument(
                "files", "spec files; - reads standard input", required=False, many=True, completes="file", dash="stdin"
            ),
        ),
        options=(
            Option("--check", "Change nothing; name the files that would change."),
            DIFF,
            SPEC_TO_CHANGE,
        ),
    ),
    Command(
        "explain",
        "kcfg.cli.explain",
        "Explain a field of the spec, a rule, or what other clients make of a kubeconfig.",
        examples=(
            "kcfg explain",
            "kcfg explain clusters.server",
            "kcfg explain environments --recursive",
            "kcfg explain rules",
            "kcfg explain KCFG201",
            "kcfg explain clients",
            "kcfg explain clients kr8s",
        ),
        arguments=(
            Argument(
                "field",
                "its path, with dots; a rule's id; or `rules` or `clients`, for the list",
                required=False,
                completes="none",
            ),
            Argument("client", "after `clients`: only this one", required=False, completes="none"),
        ),
        options=(Option("--recursive", "Only the names and types of all fields below it."),),
    ),
    Command(
        "schema",
        "kcfg.cli.schema",
        "Print the JSON Schema of the spec, or of a kubeconfig.",
        examples=("kcfg schema > kcfg-spec.v1.schema.json", "kcfg schema kubeconfig"),
        arguments=(
            Argument("which", "spec (default) or kubeconfig", required=False, completes=("spec", "kubeconfig")),
        ),
    ),
)
