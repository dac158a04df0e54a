"""What the formats' own sources define, in our words: the facts that the rendered objects are checked against.

Each schema says where it was read. Nothing outside `properties` is allowed, so a misspelled field is a failure.
"""

DNS = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
TEXT = {"type": "string"}
TEXTS = {"type": "object", "additionalProperties": TEXT}


def closed(required=(), **properties):
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


NAME = {"type": "string", "pattern": DNS, "maxLength": 253}
LABELS = {
    "type": "object",
    "propertyNames": {"pattern": r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$"},
    "additionalProperties": {"type": "string", "pattern": r"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$"},
}
METADATA = closed(
    ["name"],
    name=NAME,
    namespace={"type": "string", "pattern": DNS, "maxLength": 63},
    labels=LABELS,
    annotations={"type": "object", "propertyNames": LABELS["propertyNames"], "additionalProperties": TEXT},
)

# kubernetes, api/core/v1 types.go: Secret.
SECRET = closed(
    ["apiVersion", "kind", "metadata", "type", "stringData"],
    apiVersion={"const": "v1"},
    kind={"const": "Secret"},
    metadata=METADATA,
    type={"enum": ["Opaque", "cluster.x-k8s.io/secret"]},
    stringData={
        "type": "object",
        "propertyNames": {"pattern": r"^[-._a-zA-Z0-9]{1,253}$"},
        "additionalProperties": TEXT,
    },
)

# argoproj/argo-cd v3.6.1, pkg/apis/application/v1alpha1/types.go (ClusterConfig, TLSClientConfig, AWSAuthConfig,
# ExecProviderConfig), util/db/cluster.go (SecretToCluster) and docs/operator-manual/declarative-setup.md (Clusters).
BASE64 = {"type": "string", "pattern": r"^[A-Za-z0-9+/]+={0,2}$"}
ARGOCD_CONFIG = closed(
    ["tlsClientConfig"],
    username=TEXT,
    password=TEXT,
    bearerToken=TEXT,
    tlsClientConfig=closed(
        ["insecure"], insecure={"type": "boolean"}, serverName=TEXT, caData=BASE64, certData=BASE64, keyData=BASE64
    ),
    awsAuthConfig=closed(clusterName=TEXT, roleARN=TEXT, profile=TEXT),
    execProviderConfig=closed(
        command=TEXT,
        args={"type": "array", "items": TEXT},
        env=TEXTS,
        apiVersion=TEXT,
        installHint=TEXT,
        provideClusterInfo={"type": "boolean"},
        config={"type": "object"},
    ),
    disableCompression={"type": "boolean"},
    proxyUrl=TEXT,
)
ARGOCD_DATA = closed(
    ["name", "server"],
    name=TEXT,
    server=TEXT,
    config=TEXT,
    project=TEXT,
    namespaces={"type": "string", "pattern": r"^[a-z0-9-]+(,[a-z0-9-]+)*$"},
    clusterResources={"enum": ["true", "false"]},
    shard={"type": "string", "pattern": "^[0-9]+$"},
)

# fluxcd/pkg apis/meta v1.38.0, reference_types.go: KubeConfigReference and the KubeConfigKey constants.
FLUX_ACCESS = {
    **closed(
        ["provider"],
        provider={"enum": ["aws", "azure", "gcp", "generic"]},
        cluster=TEXT,
        address={"type": "string", "pattern": "^https://[^/?]+/?$"},
        audiences={"type": "string", "pattern": r"^[^,\s]+(,[^,\s]+)*$"},
        serviceAccountName=NAME,
        **{"ca.crt": {"type": "string", "pattern": "^-----BEGIN CERTIFICATE-----"}},
    ),
    "anyOf": [
        {"required": ["cluster"]},
        {"required": ["address", "ca.crt"]},
        {"properties": {"provider": {"const": "generic"}}},
    ],
    "if": {"properties": {"provider": {"const": "generic"}}},
    "then": {"required": ["address"], "not": {"required": ["cluster"]}},
}
# sigs.k8s.io/cluster-inventory-api v0.1.0, pkg/access/config.go: SetupProviderFileFlag; the value is JSON, PROVIDERS.
PROVIDER_FILE = closed(["clusterprofile-provider-file.json"], **{"clusterprofile-provider-file.json": TEXT})
CONFIG_MAP = closed(
    ["apiVersion", "kind", "metadata", "data"],
    apiVersion={"const": "v1"},
    kind={"const": "ConfigMap"},
    metadata=METADATA,
    data={"oneOf": [FLUX_ACCESS, PROVIDER_FILE]},
)

# The same, Config and Provider; client-go v0.37.2, tools/clientcmd/api/types.go: ExecConfig.
PROVIDERS = closed(
    ["providers"],
    providers={
        "type": "array",
        "items": closed(
            ["name", "execConfig"],
            name={"type": "string", "minLength": 1},
            execConfig=closed(
                ["apiVersion", "command"],
                apiVersion={"enum": ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]},
                command=TEXT,
                args={"type": "array", "items": TEXT},
                env={"type": "array", "items": closed(["name", "value"], name=TEXT, value=TEXT)},
                provideClusterInfo={"type": "boolean"},
            ),
        ),
    },
)

# The same, config/crd/bases/multicluster.x-k8s.io_clusterprofiles.yaml, v1alpha1: the fields that kcfg writes. An
# extension is an object there, whatever a kubeconfig may have.
CLUSTER_PROFILE = closed(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "multicluster.x-k8s.io/v1alpha1"},
    kind={"const": "ClusterProfile"},
    metadata=METADATA,
    spec=closed(["clusterManager"], clusterManager=closed(["name"], name=TEXT), displayName=TEXT),
    status=closed(
        accessProviders={
            "type": "array",
            "items": closed(
                ["name"],
                name=TEXT,
                cluster=closed(
                    ["server"],
                    server=TEXT,
                    extensions={
                        "type": "array",
                        "items": closed(["extension", "name"], name=TEXT, extension={"type": "object"}),
                    },
                    **{
                        "certificate-authority-data": BASE64,
                        "proxy-url": TEXT,
                        "disable-compression": {"type": "boolean"},
                    },
                ),
            ),
        }
    ),
)

# external-secrets/external-secrets, config/crds/bases/external-secrets.io_externalsecrets.yaml at a5015f4b1616,
# version v1: the fields that kcfg writes.
STORE = closed(kind={"enum": ["SecretStore", "ClusterSecretStore"]}, name=NAME)
EXTERNAL_SECRET = closed(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "external-secrets.io/v1"},
    kind={"const": "ExternalSecret"},
    metadata=METADATA,
    spec=closed(
        secretStoreRef=STORE,
        data={
            "type": "array",
            "items": closed(
                ["remoteRef", "secretKey"],
                secretKey={"type": "string", "pattern": r"^[-._a-zA-Z0-9]+$", "maxLength": 253},
                remoteRef=closed(["key"], key=TEXT, property=TEXT),
                sourceRef={**closed(storeRef=STORE), "minProperties": 1, "maxProperties": 1},
            ),
        },
        target=closed(
            name=NAME,
            creationPolicy={"enum": ["Owner", "Orphan", "Merge", "None"]},
            template=closed(
                engineVersion={"enum": ["v2"]}, type=TEXT, data=TEXTS, metadata=closed(labels=LABELS, annotations=TEXTS)
            ),
        ),
    ),
)

# kubernetes.io, "kuberc (v1beta1)" as of kubectl 1.35, and kubectl pkg/config types.go: an allowlist belongs to the
# policy Allowlist alone, and is not empty. 1.36 also has `command`, at which 1.35 stops.
KUBERC = {
    **closed(
        ["apiVersion", "kind", "credentialPluginPolicy"],
        apiVersion={"const": "kubectl.config.k8s.io/v1beta1"},
        kind={"const": "Preference"},
        credentialPluginPolicy={"enum": ["AllowAll", "DenyAll", "Allowlist"]},
        credentialPluginAllowlist={
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": closed(["name"], name={"type": "string", "minLength": 1}),
        },
    ),
    "if": {"properties": {"credentialPluginPolicy": {"const": "Allowlist"}}},
    "then": {"required": ["credentialPluginAllowlist"]},
    "else": {"not": {"required": ["credentialPluginAllowlist"]}},
}
OBJECTS = {
    "Secret": SECRET,
    "ConfigMap": CONFIG_MAP,
    "ExternalSecret": EXTERNAL_SECRET,
    "ClusterProfile": CLUSTER_PROFILE,
    "Preference": KUBERC,
}
