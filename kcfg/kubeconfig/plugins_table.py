"""Known plugins: which of their settings is a secret and which only sounds like one. Data, from the plugins' own pages.

A flag is written as on the command line, without its dashes. What a row does not name is judged by its name.
"""

Row = tuple[frozenset[str], frozenset[str]]

# Plugin → (flags whose value is a secret, flags whose value is none). A short flag means what the plugin says it means.
_FLAGS = {
    "oci": ("passphrase", "auth auth-purpose profile p config-file cluster-id region endpoint cert-bundle"),
    # Azure/kubelogin and int128/kubelogin have the same name on the disk; the flags of both.
    "kubelogin": (
        "client-secret client-certificate-password password oidc-client-secret",
        "login l server-id client-id tenant-id t environment client-certificate username legacy token-cache-dir "
        "cache-dir federated-token-file authority-host identity-resource-id pop-enabled pop-claims redirect-url "
        "login-hint use-azurerm-env-vars azure-pipelines-service-connection-id "
        "oidc-issuer-url oidc-client-id oidc-redirect-url oidc-extra-scope oidc-use-pkce oidc-pkce-method "
        "oidc-use-access-token oidc-auth-request-extra-params token-cache-storage grant-type listen-address "
        "certificate-authority certificate-authority-data local-server-cert local-server-key browser-command "
        "authentication-timeout-sec open-url-after-authentication force-refresh skip-open-browser",
    ),
    "aws": ("", "region profile cluster-name cluster-id role role-arn output endpoint-url ca-bundle query"),
    "aws-iam-authenticator": (
        "",
        "i cluster-id r role s session-name e external-id forward-session-name token-only cache region k kubeconfig",
    ),
    "gke-gcloud-auth-plugin": (
        "",
        "use_application_default_credentials use_edge_cloud impersonate_service_account project location cluster",
    ),
    "az": (
        "p password federated-token",
        "u username t tenant s subscription resource resource-type scope query o output client-id certificate",
    ),
    "doctl": ("t access-token", "c config u api-url context o output version http-retry-max"),
    "tsh": (
        "",
        "auth kube-cluster teleport-cluster proxy user l login i identity ttl mfa-mode k add-keys-to-agent "
        "jumphost request-id cert-format",
    ),
    "oc": (
        "p password t token client-secret",
        "u username s server n namespace issuer-url client-id extra-scopes callback-address callback-port "
        "certificate-authority auto-open-browser exec-plugin",
    ),
    "rancher": ("t token bearer-token", "server user cluster auth-provider cacert c config"),
    "ibmcloud": ("apikey p cr-token passcode", "u a r region g c profile vpc-cri cluster"),
    "pinniped": (
        "token",
        "token-env credential-cache session-cache debug-session-cache issuer client-id scopes listen-port "
        "request-audience ca-bundle ca-bundle-data enable-concierge concierge-authenticator-name "
        "concierge-authenticator-type concierge-endpoint concierge-ca-bundle-data concierge-api-group-suffix "
        "upstream-identity-provider-name upstream-identity-provider-type upstream-identity-provider-flow",
    ),
    "vcluster": ("access-key", "config project virtual-cluster space cluster n namespace s silent"),
    "talosctl": ("", "talosconfig context cluster c nodes n endpoints e siderov1-keys-dir"),
    # kcfg's own: its arguments say where a credential is.
    "kcfg-credential": ("", "kind keyring username env file command key property certificate-data"),
}
_ALSO = {"kubectl-oidc_login": "kubelogin", "tanzu": "pinniped", "loft": "vcluster"}

# Environment variables mean the same to every plugin.
_HIDDEN_VARIABLES = (
    "OCI_CLI_KEY_CONTENT OCI_CLI_PASSPHRASE "
    "AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_PASSWORD ARM_CLIENT_SECRET ARM_OIDC_TOKEN "
    "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD "
    "AAD_USER_PRINCIPAL_PASSWORD "
    "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN "
    "CLOUDSDK_AUTH_ACCESS_TOKEN GOOGLE_OAUTH_ACCESS_TOKEN GOOGLE_CREDENTIALS DIGITALOCEAN_ACCESS_TOKEN "
    "IBMCLOUD_API_KEY BLUEMIX_API_KEY IBMCLOUD_CR_TOKEN PINNIPED_PASSWORD OMNI_SERVICE_ACCOUNT_KEY TANZU_API_TOKEN "
    "VAULT_TOKEN VAULT_SECRET_ID"
)
_HARMLESS_VARIABLES = (
    "OCI_CLI_AUTH OCI_CLI_PROFILE OCI_CLI_KEY_FILE OCI_CLI_SECURITY_TOKEN_FILE OCI_CLI_CONFIG_FILE OCI_CLI_FINGERPRINT "
    "AZURE_CLIENT_ID AZURE_TENANT_ID AZURE_FEDERATED_TOKEN_FILE AZURE_CLIENT_CERTIFICATE_PATH AZURE_AUTHORITY_HOST "
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
