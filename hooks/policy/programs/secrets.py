"""Printing the environment, and the stores in which credentials lie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, named
from hooks.policy.programs.anything import NOT_SECRET, SECRET_VARIABLE

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def is_secret_variable(name: str) -> bool:
    """Whether an environment variable of this name is likely to hold a secret."""
    return SECRET_VARIABLE.search(name) is not None and NOT_SECRET.search(name) is None


def printenv(command: Command, shell: Shell) -> None:
    """`printenv`: one harmless variable by name."""
    names = parse(command.arguments).operands
    if not names and not set(command.arguments) & {"--help", "--version"}:
        shell.refuse("secrets.environment", command.argv)
    for name in names:
        if is_secret_variable(name):
            shell.refuse("secrets.environment", name)


def declared(command: Command, shell: Shell) -> None:
    """`set`, `declare`, `export`, `typeset` without names print everything."""
    words = command.arguments
    options = [word for word in words if word.startswith("-") or word.startswith("+")]
    names = [word for word in words if word not in options]
    if command.program == "set":
        if not words:
            shell.refuse("secrets.environment", command.argv)
        return
    letters = "".join(options)
    for name in names:
        if "p" in letters and is_secret_variable(name.partition("=")[0]):
            shell.refuse("secrets.environment", name)
    if not names and not set(letters) & set("fF"):
        shell.refuse("secrets.environment", command.argv)


def compgen(command: Command, shell: Shell) -> None:
    """`compgen -v` names variables, which is harmless; values it does not print."""
    if "-W" in command.arguments:
        for word in command.arguments:
            shell.prose(word)


def processes(command: Command, shell: Shell) -> None:
    """`ps e` prints every process's environment."""
    for word in command.arguments:
        if re.fullmatch(r"[axuwfjlvsTtr]*e[axuwefjlvsTtr]*w*", word) and "e" in word:
            shell.refuse("secrets.environment", command.argv)


VAULTS = {
    "security": r"(find|dump|export|unlock)\S*.*", "pass": r"(?!(ls|list|find|search|help|version|git (log|status))\b).+", "gopass": r"(?!(ls|list|find|version)\b).*",
    "bw": r"(get|export|unlock|login|list|send).*", "lpass": r"(show|export|login).*", "keepassxc-cli": r"(show|export|clip|open).*", "secret-tool": r".*",
    "kwallet-query": r".*", "keyring": r"(get|set|del).*", "doppler": r"(secrets|run|configure|me).*", "infisical": r"(secrets|export|run|user).*", "chamber": r"(read|export|env|exec|write|list_).*",
    "sops": r".*(-d|--decrypt|decrypt|exec-env|exec-file|edit).*", "age": r".*(-d|--decrypt).*", "gpg": r".*(--export-secret|--decrypt|-d\b|--delete|--send-keys|--import|--gen-revoke|--edit-key|--symmetric_).*",
    "gpg2": r".*(--export-secret|--decrypt|-d\b|--delete|--send-keys).*", "aws-vault": r"(exec|export|login|add|remove|rotate).*", "gcloud-auth": r".*", "ssh-add": r"(-L|.*id_.*|-s .*)", "git-credential": r".*", "ansible-vault": r"(decrypt|view|edit|rekey|create).*",
    "berglas": r"(access|exec|create|update|delete).*", "conjur": r".*", "teller": r"(show|export|run|env).*", "envchain": r".*", "dotenv-vault": r"(pull|push|open|decrypt|keys|build).*", "dotenvx": r"(get|decrypt|keypair|run).*", "git-crypt": r"(unlock|export-key|init|add-gpg-user).*", "blackbox_decrypt_all_files": r".*|", "credstash": r".*", "eyaml": r"(decrypt|edit).*", "kubeseal": r".*--recovery-unseal.*", "browser-cookie3": r".*|", "ykman": r".*", "transcrypt": r".*",
}  # fmt: skip


def vault(command: Command, shell: Shell) -> None:
    """Password managers and decrypting tools."""
    if re.fullmatch(VAULTS[command.program], " ".join(command.arguments), re.DOTALL):
        shell.refuse("secrets.vault", command.argv)


CLOUD_SECRETS = re.compile(
    r"aws (\S+ )*(secretsmanager (get-secret-value|batch-get-secret-value|get-random-password_)|ssm get-parameters?(-by-path)?\b.*--with-decryption|sts (get-session-token|assume-role\S*|get-federation-token)"
    r"|ecr get-login(-password)?|configure (get|export-credentials)\b.*(secret|key|token|export)?|iam create-access-key|kms decrypt|sso get-role-credentials|codeartifact get-authorization-token|ec2 get-password-data|rds generate-db-auth-token|eks get-token|lightsail get-\S*key\S*|configure export-credentials)\b"
    r"|gcloud (\S+ )*(auth (application-default )?(print-access-token|print-identity-token)|secrets versions access|config config-helper|sql generate-login-token|container clusters get-credentials|iam service-accounts keys create)\b"
    r"|az (\S+ )*(account get-access-token|keyvault (secret|key|certificate) (show|download|list_)|storage account keys list|ad sp create|acr (login|credential)|aks get-credentials|\S+ list-keys|webapp deployment list-publishing\S*|cosmosdb (keys|list-keys|list-connection-strings)|redis list-keys|\S+ keys list|functionapp keys list|storage account show-connection-string)"
    r"|(kubectl|oc|k) .*\b(get|describe|edit)\b.*\b(secrets?)(/\S+)?\b.*(-o|--output|--template|jsonpath|yaml|json).*|(kubectl|oc) (\S+ )*(config view .*--raw.*|create token\b.*)"
    r"|vault (\S+ )*(read|kv get|write|unwrap|token create|print token|login|operator unseal|operator init)\b.*|heroku (\S+ )*(config(:get)?|auth:token|pg:credentials\S*)\b(?!:set)(?!:unset).*"
    r"|fly(ctl)? (\S+ )*(auth token|tokens \S+|secrets reveal)\b.*|vercel (\S+ )*env pull.*|netlify (\S+ )*(env:(get|list)|api listSiteEnv\S*).*|wrangler (\S+ )*(secret:?\s?(get|bulk_)).*|terraform (\S+ )*output (-\S+ )*(-raw|-json)\b.*(secret|password|token|key).*"
    r"|npm (\S+ )*token (list|create).*|op (\S+ )*(read|item get|document get|inject|run|signin)\b.*|railway (\S+ )*variables.*|supabase (\S+ )*secrets list.*|gh (\S+ )*secret list_|doctl (\S+ )*auth (init|token)\b.*|docker (\S+ )*(secret inspect|config inspect_).*|pulumi (\S+ )*(config get \S*(secret|password|token|key)\S*|stack output .*--show-secrets|config .*--show-secrets).*|argocd (\S+ )*(admin initial-password|account generate-token).*|snow (\S+ )*connection.*|render (\S+ )*env.*|doppler .*|stripe (\S+ )*config --list.*|firebase (\S+ )*(login:ci|functions:secrets:access|functions:config:get).*|consul (\S+ )*(kv get -recurse_).*|eksctl (\S+ )*utils write-kubeconfig.*|databricks (\S+ )*(auth token|secrets get-secret|tokens create).*|turso (\S+ )*(db tokens create|auth token).*|gpg .*--export-secret.*|circleci (\S+ )*setup.*|glab (\S+ )*auth (token|status .*-t).*",
    re.IGNORECASE | re.DOTALL,
)


def cloud_secrets(command: Command, shell: Shell) -> None:
    """Reading a credential through a cloud's own client."""
    if CLOUD_SECRETS.fullmatch(" ".join((command.program, *command.arguments))) or CLOUD_SECRETS.match(
        " ".join((command.program, *command.arguments)) + " "
    ):
        shell.refuse("secrets.vault", command.argv)


TABLE: Table = {
    "printenv": printenv,
    **named("set declare typeset export local readonly", declared),
    "compgen": compgen,
    "ps": processes,
    **dict.fromkeys(VAULTS, vault),
}

CLOUD_CLIENTS = (
    "aws",
    "gcloud",
    "az",
    "kubectl",
    "oc",
    "k",
    "vault",
    "heroku",
    "fly",
    "flyctl",
    "vercel",
    "netlify",
    "wrangler",
    "terraform",
    "tofu",
    "npm",
    "op",
    "railway",
    "supabase",
    "gh",
    "doctl",
    "docker",
    "pulumi",
    "argocd",
    "snow",
    "render",
    "doppler",
    "stripe",
    "firebase",
    "consul",
    "eksctl",
    "databricks",
    "turso",
    "gpg",
    "circleci",
    "glab",
)
