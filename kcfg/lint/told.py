"""The rules that `validate` and `render` have of their own: what is found, where not, and what to do instead."""

from __future__ import annotations

from kcfg.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """The words about a rule, and the examples that are its tests.

    An example is what follows the head of a spec, or all of it where it has its own `apiVersion`. After `---` comes
    base.yaml, which it includes.
    `by` is the command that reports it. The line of the finding ends in `# here`, if a comment may stand there.
    """

    id: str
    title: str
    explanation: str
    remedy: str
    bad: str
    good: str
    by: str = "validate"
    level: str = "error"


HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n"
_A = "clusters:\n- {name: a, server: 'https://a.example.com', labels: {env: dev}}\n"
_U = "users:\n- {name: u, as: someone}\ncontexts:\n- {name: a, cluster: a, user: u}\n"
_ENV = "secretStores:\n- {name: ci, provider: env, env: {prefix: CI_}}\n"
_BASE = "---\napiVersion: kcfg/v1\nkind: KubeconfigSpec\n" + _A.replace("labels:", "tls-server-name: x, labels:")
_REF = "ref+default://u/token"


def _user(*lines: str, stores: str = "", context: str = "contexts:\n- {name: a, cluster: a, user: u}\n") -> str:
    return stores + _A + "users:\n- name: u\n" + "".join(f"  {line}\n" for line in lines) + context


_SPEC = (
    Told(
        "KCFG001",
        "not YAML",
        "The text cannot be parsed: the message says where and why. Nothing else of this file can be judged.",
        "Mend the place that is named; a quote, a bracket or an indent is usually missing.",
        "clusters: [{name: a, server: 'https://a.example.com'}\n",
        "clusters: [{name: a, server: 'https://a.example.com'}]\n",
    ),
    Told(
        "KCFG002",
        "unknown field",
        "Nothing reads a field of this name there: a typing error, or data of another tool.",
        "Take the name that the hint says, or move foreign data below `extensions` of the entry.",
        "clusters:\n- name: a\n  sever: https://a.example.com  # here\n",
        "clusters:\n- name: a\n  server: https://a.example.com\n",
    ),
    Told(
        "KCFG003",
        "wrong type",
        "A list where a text belongs, a number that YAML made of an unquoted word, an empty file, and the like.",
        "Write what the message expects; quote a text that looks like a number, a date or a yes.",
        "clusters:\n- name: 1.20  # here\n  server: https://a.example.com\n",
        'clusters:\n- name: "1.20"\n  server: https://a.example.com\n',
    ),
    Told(
        "KCFG004",
        "required field is missing",
        "An entry cannot be without it: a cluster's server, a context's cluster, the root file's metadata.name.",
        "Add the field that is named.",
        "clusters:\n- name: a  # here\n",
        "clusters:\n- name: a\n  server: https://a.example.com\n",
    ),
    Told(
        "KCFG005",
        "value that is not allowed",
        "Too short, too long, or none of the values that may stand there.",
        "`kcfg explain FIELD` says which values a field takes.",
        _A + "users:\n- {name: u, as: x}\ncontexts:\n- {name: a, cluster: a, user: u, namespace: My_Team}  # here\n",
        _A + "users:\n- {name: u, as: x}\ncontexts:\n- {name: a, cluster: a, user: u, namespace: my-team}\n",
    ),
    Told(
        "KCFG006",
        "duplicate key",
        "A mapping has a key twice. YAML readers keep one of the two in silence, and not all the same one.",
        "Keep one of them.",
        "clusters:\n- name: a\n  server: https://a.example.com\n  server: https://b.example.com  # here\n",
        "clusters:\n- name: a\n  server: https://a.example.com\n- name: b\n  server: https://b.example.com\n",
    ),
    Told(
        "KCFG007",
        "include that leads nowhere",
        "It matches no file, leads out of the repository, or leads back to a file that includes it.",
        "Paths and globs start at the folder of the file that includes; name a file, or a folder with a kcfg.yaml.",
        "include: [clusters/*.yaml]  # here\n" + _A,
        _A,
    ),
    Told(
        "KCFG008",
        "not a kcfg spec",
        "A spec says `apiVersion: kcfg/v1` and `kind: KubeconfigSpec`; every included file does, too.",
        "Add both lines; `kcfg import FILE` makes a spec of a kubeconfig, `validate --kubeconfig FILE` judges one.",
        "apiVersion: v1\nkind: Config  # here\nclusters: []\n",
        HEAD + _A,
    ),
    Told(
        "KCFG101",
        "name declared twice",
        "Two entries of one file, or of files of which neither includes the other, have one name.",
        "Rename one; or declare it in a file that includes the other: what includes goes first.",
        _A + "- {name: a, server: 'https://b.example.com'}  # here\n",
        _A + "- {name: b, server: 'https://b.example.com'}\n",
    ),
    Told(
        "KCFG110",
        "variable without a declaration or a value",
        "A text or an environment names a variable that `variables` does not declare, or that nothing gives a value.",
        "Declare it under `variables:`, with a default; `--set NAME=VALUE` and environments give values, too.",
        "clusters:\n- name: a\n  server: https://api.${domain}  # here\n",
        "variables: {domain: {default: example.com}}\nclusters:\n- name: a\n  server: https://api.${domain}\n",
    ),
    Told(
        "KCFG112",
        "environment that extends nothing",
        "`extends` names an environment that is not declared, or leads in a circle.",
        "Name a declared one; `kcfg get-environments` lists them.",
        _A + _U + "environments:\n- {name: dev}\n- {name: ci, extends: dve}  # here\n",
        _A + _U + "environments:\n- {name: dev}\n- {name: ci, extends: dev}\n",
    ),
    Told(
        "KCFG113",
        "environment without a context",
        "Its `select` matches no context: its kubeconfig would be empty.",
        "Compare the labels and names with `kcfg get-contexts -f . -o wide`; --allow-empty renders none on purpose.",
        _A + _U + "environments:\n- {name: prod, select: {matchLabels: {env: prod}}}  # here\n",
        _A + _U + "environments:\n- {name: dev, select: {matchLabels: {env: dev}}}\n",
    ),
    Told(
        "KCFG114",
        "patch that cannot be applied",
        "Its target matches no entry, an operation leads nowhere, or it would rename the entry.",
        "Name an entry, a glob or labels that match; change a name where the entry is declared.",
        _A
        + _U
        + "environments:\n- name: dev\n  patches:\n"
        + "  - {target: {kind: Cluster, name: b}, merge: {proxy-url: null}}  # here\n",
        _A
        + _U
        + "environments:\n- name: dev\n  patches:\n"
        + "  - {target: {kind: Cluster, name: a}, merge: {proxy-url: null}}\n",
    ),
    Told(
        "KCFG115",
        "matrix that cannot be expanded",
        "A text of `generate` names a value that `forEach` lacks, or there are too many combinations.",
        "Name one of forEach's values; a brace that is meant as one is written twice: `{{`.",
        "generate:\n- forEach: {region: [eu, us]}\n"
        "  cluster: {name: 'c-{regoin}', server: 'https://{region}.example.com'}  # here\n",
        "generate:\n- forEach: {region: [eu, us]}\n"
        "  cluster: {name: 'c-{region}', server: 'https://{region}.example.com'}\n",
    ),
    Told(
        "KCFG119",
        "outputs that are one file",
        "Two environments name one `output`, or their names are one where case does not count.",
        "Give each environment an output of its own.",
        _A + _U + "environments:\n- {name: dev, output: out/config}\n- {name: ci, output: out/config}  # here\n",
        _A + _U + "environments:\n- {name: dev, output: out/dev}\n- {name: ci, output: out/ci}\n",
    ),
    Told(
        "KCFG111",
        "file that is not on this machine",
        "A private key, a token file, or a path of another machine's folder is missing here. The kubeconfig can be "
        "rendered: only kubectl needs the file. A missing certificate of the spec itself is KCFG105, an error.",
        "Nothing, if kubectl runs elsewhere; --strict makes it an error. `render --flatten` needs every file.",
        _user("tokenFile: /run/secrets/absent-token  # here"),
        _user(f"token: {_REF}"),
        level="warning",
    ),
    Told(
        "KCFG120",
        "included entry replaced",
        "A file declares an entry that it includes again, as a whole: what the other file says of it is gone, and with "
        "it a safeguard, a certificate authority for instance.",
        "`merge: true` lays it over the included entry; or say the lost field here, too.",
        "include: [base.yaml]\n" + "clusters: [{name: a, server: 'https://b.example.com'}]  # here\n" + _BASE,
        "include: [base.yaml]\nclusters: [{name: a, server: 'https://b.example.com', merge: true}]\n" + _BASE,
        level="warning",
    ),
    Told(
        "KCFG202",
        "secret reference that cannot be understood",
        "It is neither ref+STORE://KEY, ref+STORE://KEY#PROPERTY nor a `secretRef` with a key.",
        "Write ref+STORE://KEY or {secretRef: {key: KEY}}; keys are lower-case letters, digits and . _ - /.",
        _user("token: ref+default://  # here"),
        _user(f"token: {_REF}"),
    ),
    Told(
        "KCFG203",
        "two keys, one variable",
        "An `env` store reads both keys from the same environment variable: both users would get one secret.",
        "Rename one of the keys, or give its store another prefix.",
        _ENV + "users:\n- {name: u, token: 'ref+ci://a.b'}\n- {name: v, token: 'ref+ci://a/b'}  # here\n",
        _ENV + "users:\n- {name: u, token: 'ref+ci://a/b'}\n- {name: v, token: 'ref+ci://a/c'}\n",
    ),
    Told(
        "KCFG301",
        "credential that exec cannot give",
        "The exec protocol has a token or a client certificate, and no user name and password.",
        "Give the user a token; or `credentials: inline`, `kcfg exec`, or `credentials: keep` for another tool's user.",
        _user("username: me", "password: ref+default://u/password  # here"),
        _user(f"token: {_REF}"),
        by="render",
    ),
    Told(
        "KCFG302",
        "reference that exec cannot deliver",
        "An auth-provider takes no secret from a plugin, and a secret among a plugin's arguments is seen by all.",
        "Use `exec:` or `auth:`; let a plugin read its secret from a variable (`exec.env`), which may be a reference.",
        _user("auth-provider: {name: oidc, config: {id-token: 'ref+default://u/id-token'}}  # here"),
        _user(f"token: {_REF}"),
        by="render",
    ),
    Told(
        "KCFG303",
        "credential beside a reference",
        "kubectl prefers what stands in the user itself, and would never run the plugin for the reference.",
        "Remove one of the two, or make it two users.",
        _user("token: ref+default://u/token  # here", "client-key-data: ref+default://u/client-key"),
        _user(f"token: {_REF}"),
        by="render",
    ),
)
_TARGETS = (
    Told(
        "KCFG701",
        "secret that a target would show",
        "What --to writes is kept by others, in git for instance: the value would stand in it, or in an argument.",
        "--to external-secrets leaves the value in the cluster's store; --credentials inline writes it on purpose.",
        _user(f"token: {_REF}  # here"),
        _user("exec: {apiVersion: client.authentication.k8s.io/v1, command: argocd-k8s-auth, interactiveMode: Never}"),
        by="render --to argocd",
    ),
    Told(
        "KCFG702",
        "sign-in that a target cannot do",
        "The tool runs no credential plugins, or not this one.",
        "Give it a user with a token or a client certificate; --plugin names what your own image of Argo CD has.",
        _user("exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never}  # here"),
        _user("exec: {apiVersion: client.authentication.k8s.io/v1, command: argocd-k8s-auth, interactiveMode: Never}"),
        by="render --to argocd",
    ),
    Told(
        "KCFG703",
        "field that a target does not know",
        "What the field says would be lost: the tool would do something else than the spec.",
        "Leave the context out with --context or -l, or declare a user for this tool.",
        _user("as: someone  # here"),
        _user("exec: {apiVersion: client.authentication.k8s.io/v1, command: argocd-k8s-auth, interactiveMode: Never}"),
        by="render --to argocd",
    ),
    Told(
        "KCFG704",
        "two users for one cluster",
        "Contexts reach one cluster as different users; the tool has one credential for each cluster.",
        "Choose one of them with --context or -l.",
        _user(
            context="- {name: v}\n"
            "contexts:\n- {name: a, cluster: a, user: u}\n- {name: b, cluster: a, user: v}  # here\n"
        ),
        _user(context="contexts:\n- {name: a, cluster: a, user: u}\n- {name: b, cluster: a, user: u}\n"),
        by="render --to argocd",
    ),
    Told(
        "KCFG705",
        "label that Kubernetes refuses",
        "Keys and values of labels become those of an object: at most 63 of A-Z a-z 0-9 - _ . and a prefix for keys.",
        "Rename the label; labels that only select contexts follow the same form.",
        "clusters:\n- {name: a, server: 'https://a.example.com', labels: {owner: 'the team'}}  # here\n"
        "users:\n- {name: u}\ncontexts:\n- {name: a, cluster: a, user: u}\n",
        "clusters:\n- {name: a, server: 'https://a.example.com', labels: {owner: the-team}}\n"
        "users:\n- {name: u}\ncontexts:\n- {name: a, cluster: a, user: u}\n",
        by="render --to argocd",
    ),
    Told(
        "KCFG706",
        "secret out of an operator's reach",
        "The operator reads the store in its cluster: an item of this machine's keyring, or a certificate that only "
        "the store here has, is not in it.",
        "Refer to a key of a store that the cluster has, too; write the client-certificate, which is public.",
        _user("client-key-data: ref+default://u/client-key  # here"),
        _user(f"token: {_REF}"),
        by="render --to external-secrets --secret-store vault",
    ),
)
_ONE_URL = (
    "clusters:\n- {name: a, server: 'https://a.example.com'}\n- {name: b, server: 'https://a.example.com'%s\n"
    "contexts:\n- {name: a, cluster: a}\n- {name: b, cluster: b}\n"
)
_OF_A = "contexts:\n- {name: a, cluster: a}\n"
_ENGINES = (
    Told(
        "KCFG707",
        "two clusters with one address",
        "Argo CD knows a cluster by its URL: of two with one, the first that it finds serves both with its credential.",
        "Leave one out with --context or -l; or give one argocd: {server: URL?__uid=NAME}, another text for the place.",
        _ONE_URL % "}  # here",
        _ONE_URL % ", argocd: {server: 'https://a.example.com?__uid=b'}}",
        by="render --to argocd",
    ),
    Told(
        "KCFG708",
        "address of this machine in an engine",
        "Engines run in a pod of another cluster: localhost there is that pod, whatever this machine has.",
        "Give the address that the engine reaches; the patch of an environment can do so.",
        "clusters:\n- {name: a, server: 'https://127.0.0.1:6443'}  # here\n" + _OF_A,
        "clusters:\n- {name: a, server: 'https://192.0.2.1:6443'}\n" + _OF_A,
        by="render --to argocd",
        level="warning",
    ),
    Told(
        "KCFG709",
        "settings of an engine that do not fit the cluster",
        "What `argocd` or `flux` of a cluster says contradicts the cluster or its user, has another form than the "
        "engine takes, or is read by nobody.",
        "Take the form that the hint has; `kcfg explain clusters.argocd` and `clusters.flux` have all fields.",
        "clusters:\n- {name: a, server: 'https://a.example.com', argocd: {server: 'https://b.example.com'}}  # here\n"
        + _OF_A,
        "clusters:\n- {name: a, server: 'https://a.example.com', argocd: {project: shop}}\n" + _OF_A,
    ),
)
TOLD: dict[str, Told] = {each.id: each for each in (*_SPEC, *_TARGETS, *_ENGINES)}
