"""Every field of a kubeconfig, once, in the order of client-go's v1 structs: a new one is a row here.

A row is the name in the file, the kind of its value, and what else is true of it. Whoever reads, prints, hides, moves
or compares fields asks this table, and has rules for kinds and words only. Imports nothing: every command loads it.
"""

from __future__ import annotations

# Kinds: what client-go's struct holds. LISTS are lists of strings by name.
STRING, BOOL, BYTES, STRINGS, MAP, LISTS = "string", "bool", "bytes", "strings", "map", "lists"
EXEC, PROVIDER, ENV, PREFERENCES, EXTENSIONS, ENTRIES = (
    "exec",
    "provider",
    "env",
    "preferences",
    "extensions",
    "entries",
)
# What kubectl prints of a field that is always printed, and empty; null where none of these.
EMPTY: dict[str, object] = {STRING: "", BOOL: False}
# Words. ALWAYS: printed when it is empty, too. NEEDED: without it a plugin is refused, or client-go fills it in.
# SECRET: never shown. PATH: a file's, relative to the kubeconfig. URL: may hold a password. ENDPOINT: says who gets a
# credential, and how that one is known. AS: who a user pretends to be; in client-go's own words it is `act-NAME`.
ALWAYS, NEEDED, SECRET, PATH, URL, ENDPOINT, AS = "always", "needed", "secret", "path", "url", "endpoint", "as"

TOP, CLUSTERS, USERS, CONTEXTS = "", "clusters", "users", "contexts"
FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    TOP: (
        ("kind", STRING, ALWAYS),
        ("apiVersion", STRING, ALWAYS),
        ("preferences", PREFERENCES),
        (CLUSTERS, ENTRIES, ALWAYS),
        (USERS, ENTRIES, ALWAYS),
        (CONTEXTS, ENTRIES, ALWAYS),
        ("current-context", STRING, ALWAYS),
        ("extensions", EXTENSIONS),
    ),
    PREFERENCES: (("colors", BOOL), ("extensions", EXTENSIONS)),
    CLUSTERS: (
        ("server", STRING, ALWAYS, URL, ENDPOINT),
        ("tls-server-name", STRING, ENDPOINT),
        ("insecure-skip-tls-verify", BOOL, ENDPOINT),
        ("certificate-authority", STRING, PATH, ENDPOINT),
        ("certificate-authority-data", BYTES, ENDPOINT),
        ("proxy-url", STRING, URL, ENDPOINT),
        ("disable-compression", BOOL),
        ("extensions", EXTENSIONS),
    ),
    USERS: (
        ("client-certificate", STRING, PATH),
        ("client-certificate-data", BYTES),
        ("client-key", STRING, PATH),
        ("client-key-data", BYTES, SECRET),
        ("token", STRING, SECRET),
        ("tokenFile", STRING, PATH),
        ("as", STRING, AS),
        ("as-uid", STRING, AS),
        ("as-groups", STRINGS, AS),
        ("as-user-extra", LISTS, AS),
        ("username", STRING),
        ("password", STRING, SECRET),
        ("auth-provider", PROVIDER),
        ("exec", EXEC),
        ("extensions", EXTENSIONS),
    ),
    CONTEXTS: (
        ("cluster", STRING, ALWAYS),
        ("user", STRING, ALWAYS),
        ("namespace", STRING),
        ("extensions", EXTENSIONS),
    ),
    EXEC: (
        ("command", STRING, ALWAYS),
        ("args", STRINGS, ALWAYS),
        ("env", ENV, ALWAYS),
        ("apiVersion", STRING, NEEDED),
        ("installHint", STRING),
        ("provideClusterInfo", BOOL, ALWAYS),
        ("interactiveMode", STRING, NEEDED),
    ),
    ENV: (("name", STRING, ALWAYS), ("value", STRING, ALWAYS)),
    PROVIDER: (("name", STRING, ALWAYS), ("config", MAP, ALWAYS)),
}


def names(part: str, *wanted: str) -> tuple[str, ...]:
    """Return the fields of a part, in order: all, or those of any of these kinds and words."""
    return tuple([row[0] for row in FIELDS[part] if not wanted or not {*wanted}.isdisjoint(row[1:])])


def by_section(*wanted: str) -> dict[str, tuple[str, ...]]:
    """Return the same of clusters, users and contexts."""
    return {part: names(part, *wanted) for part in (CLUSTERS, USERS, CONTEXTS)}


PATH_FIELDS = by_section(PATH)
# What every stanza of kcfg says. It names no package index: kubeconfigs travel to people who have no kcfg.
# Short enough for one line of kubectl's YAML, which folds at 80.
INSTALL_HINT = "`kcfg-credential` comes with kcfg; see Install in its README"
IMPERSONATION = names(USERS, AS)
SECRETS = names(USERS, SECRET)
CERTIFICATES = tuple(name for name in (*names(CLUSTERS, BYTES), *names(USERS, BYTES)) if name not in SECRETS)
