"""Known plugins: which of their settings is a secret and which only sounds like one. Data.

Checked in November 2026 against what each row names: `source` is the program's own code, `docs` its published
reference, `man` a manual page. A row has the flags of all versions that were found. A flag is written as on the command
line, without its dashes. What a row does not name is judged by its name.
"""

Row = tuple[frozenset[str], frozenset[str]]

# Plugin → (flags whose value is a secret, flags whose value is none). A short flag means what the plugin says it means.
_FLAGS = {
    # source: oci-cli, its global options
    "oci": ("", "auth auth-purpose profile config-file cli-rc-file cluster-id region endpoint cert-bundle"),
    # docs: Azure/kubelogin and int128/kubelogin, which have the same name on the disk; the flags of both. A header of
    # int128's may be any header, also one that signs in.
    "kubelogin": (
        "client-secret client-certificate-password password oidc-client-secret oidc-request-header",
        "login l server-id client-id tenant-id t environment e client-certificate username legacy token-cache-dir "
        "cache-dir federated-token-file authority-host identity-resource-id pop-enabled pop-claims redirect-url "
        "login-hint use-azurerm-env-vars azure-pipelines-service-connection-id "
        "oidc-issuer-url oidc-client-id oidc-redirect-url oidc-redirect-url-hostname oidc-extra-scope oidc-use-pkce "
        "oidc-pkce-method oidc-use-access-token oidc-auth-request-extra-params token-cache-storage grant-type "
        "listen-address certificate-authority certificate-authority-data local-server-cert local-server-key "
        "browser-command authentication-timeout-sec open-url-after-authentication force-refresh skip-open-browser",
    ),
    # docs: aws eks get-token
    "aws": ("", "region profile cluster-name cluster-id role-arn output endpoint-url ca-bundle query"),
    # source: its token command
    "aws-iam-authenticator": (
        "",
        "i cluster-id r role s session-name e external-id forward-session-name token-only cache",
    ),
    # source: its main
    "gke-gcloud-auth-plugin": ("", "use_application_default_credentials use_edge_cloud location cluster"),
    # source: `az login`; docs: `az account get-access-token`
    "az": (
        "p password federated-token",
        "u username t tenant s subscription resource resource-type scope query o output client-id certificate",
    ),
    # docs: its global flags
    "doctl": ("t access-token", "c config u api-url context o output version http-retry-max"),
    # docs: its global flags; source: tsh kube credentials
    "tsh": (
        "",
        "auth kube-cluster teleport-cluster proxy user l login i identity ttl mfa-mode k add-keys-to-agent "
        "J jumphost cert-format",
    ),
    # source: oc get-token; docs: oc login
    "oc": (
        "p password t token client-secret",
        "u username s server n namespace issuer-url client-id extra-scopes callback-address "
        "certificate-authority auto-open-browser",
    ),
    # source: rancher token; docs: rancher login
    "rancher": ("t token", "server user cluster auth-provider cacerts"),
    # man: ibmcloud login
    "ibmcloud": ("apikey p cr-token", "u a r region g c profile vpc-cri"),
    # source: pinniped login oidc, pinniped login static
    "pinniped": (
        "token",
        "token-env credential-cache session-cache debug-session-cache issuer client-id scopes listen-port "
        "request-audience ca-bundle ca-bundle-data enable-concierge concierge-authenticator-name "
        "concierge-authenticator-type concierge-endpoint concierge-ca-bundle-data concierge-api-group-suffix "
        "concierge-namespace upstream-identity-provider-name upstream-identity-provider-type "
        "upstream-identity-provider-flow",
    ),
    # source: vcluster platform access-key; docs: its global flags
    "vcluster": ("access-key", "config context project virtual-cluster n namespace s silent"),
    # docs: its global flags
    "talosctl": ("", "talosconfig context cluster c nodes n endpoints e siderov1-keys-dir"),
    # kcfg's own: its arguments say where a credential is.
    "kcfg-credential": (
        "",
        "kind keyring username env file command store key property certificate-data spec environment user",
    ),
}
# source: `kubectl oidc-login` is int128's, and `tanzu pinniped-auth login` takes pinniped's flags.
_ALSO = {"kubectl-oidc_login": "kubelogin", "tanzu": "pinniped"}

# Environment variables mean the same to every plugin. source: oci-cli, Azure/kubelogin (`env`), tanzu-cli, omnictl, the
# IBM Cloud CLI; docs: the AWS CLI, gcloud, tsh, doctl. Vault's are what its users set for plugins of their own.
_HIDDEN_VARIABLES = (
    "OCI_CLI_KEY_CONTENT OCI_CLI_PASSPHRASE "
    "AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_PASSWORD ARM_CLIENT_SECRET ARM_OIDC_TOKEN "
    "ARM_CLIENT_CERTIFICATE_PASSWORD SYSTEM_ACCESSTOKEN "
    "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD "
    "AAD_USER_PRINCIPAL_PASSWORD "
    "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN "
    "CLOUDSDK_AUTH_ACCESS_TOKEN GOOGLE_OAUTH_ACCESS_TOKEN GOOGLE_CREDENTIALS DIGITALOCEAN_ACCESS_TOKEN "
    "IBMCLOUD_API_KEY BLUEMIX_API_KEY IBMCLOUD_CR_TOKEN PINNIPED_PASSWORD OMNI_SERVICE_ACCOUNT_KEY TANZU_API_TOKEN "
    "VAULT_TOKEN VAULT_SECRET_ID"
)
_HARMLESS_VARIABLES = (
    "OCI_CLI_AUTH OCI_CLI_PROFILE OCI_CLI_KEY_FILE OCI_CLI_SECURITY_TOKEN_FILE OCI_CLI_CONFIG_FILE OCI_CLI_FINGERPRINT "
    "AZURE_CLIENT_ID AZURE_TENANT_ID AZURE_USERNAME ARM_CLIENT_ID ARM_TENANT_ID ARM_CLIENT_CERTIFICATE_PATH "
    "SYSTEM_OIDCREQUESTURI AZURE_FEDERATED_TOKEN_FILE AZURE_CLIENT_CERTIFICATE_PATH AZURE_AUTHORITY_HOST "
    "AAD_LOGIN_METHOD AAD_SERVICE_PRINCIPAL_CLIENT_ID AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE AAD_USER_PRINCIPAL_NAME "
    "AWS_ACCESS_KEY_ID AWS_PROFILE AWS_REGION AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE "
    "AWS_SHARED_CREDENTIALS_FILE AWS_CREDENTIAL_EXPIRATION AWS_CONTAINER_CREDENTIALS_RELATIVE_URI "
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE "
    "GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE CLOUDSDK_AUTH_ACCESS_TOKEN_FILE "
    "CLOUDSDK_CORE_PROJECT CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT DIGITALOCEAN_CONTEXT "
    "TELEPORT_AUTH TELEPORT_PROXY TELEPORT_IDENTITY_FILE TELEPORT_ADD_KEYS_TO_AGENT IBMCLOUD_CR_PROFILE "
    "PINNIPED_USERNAME PINNIPED_DEBUG TALOSCONFIG SIDEROV1_KEYS_DIR OMNI_ENDPOINT SSH_AUTH_SOCK"
)

# Provider of `auth-provider` → settings, as for a plugin. The gcp ones are JSON paths into what `gcloud` prints.
_PROVIDERS = {
    "gcp": ("access-token", "token-key expiry-key cmd-path cmd-args expiry scopes time-fmt project"),
    "azure": ("access-token refresh-token", "apiserver-id client-id tenant-id config-mode environment expires-on"),
    "oidc": (
        "id-token refresh-token client-secret",
        "client-id idp-issuer-url idp-certificate-authority idp-certificate-authority-data extra-scopes "
        "auth-request-extra-params",
    ),
}


def _row(secret: str, harmless: str) -> Row:
    return frozenset(secret.split()), frozenset(harmless.split())


# Name → (what is a secret, what is none).
FLAGS = {name: _row(*texts) for name, texts in _FLAGS.items()}
FLAGS |= {name: FLAGS[other] for name, other in _ALSO.items()}
VARIABLES = _row(_HIDDEN_VARIABLES, _HARMLESS_VARIABLES)
PROVIDERS = {name: _row(*texts) for name, texts in _PROVIDERS.items()}
