"""Which files hold credentials, by their names and by what is in them."""

from __future__ import annotations

import pytest

from bot.core.credential_files import is_credential_file, may_hold_credential, shows_credential

ALWAYS = [
    ".netrc",
    "netrc",
    "_netrc",
    ".git-credentials",
    ".pgpass",
    ".my.cnf",
    ".htpasswd",
    ".pypirc",
    "credentials",
    "credentials.toml",
    "credentials.json",
    ".credentials",
    "aws_credentials",
    "auth.json",
    "auth.toml",
    "auth.ini",
    "secrets.yml",
    ".secrets",
    "client_secret.json",
    "db-secrets.yaml",
    ".docker/config.json",
    "docker/config.json",
    ".kube/config",
    "kubeconfig",
    ".env",
    ".env.production",
    "prod.env",
    ".vault-token",
    "vault-password",
    "id_rsa",
    "id_ed25519",
    "id_rsa.pub",
    "ssh_host_ed25519_key",
    "server.key",
    "tls.KEY",
    "store.p12",
    "release.jks",
    "debug.keystore",
    "krb5.keytab",
    "shadow",
    "shadow-",
    "gshadow",
    "sudoers",
    "sudoers.d",
    "rndc.pass",
    "dbpass",
    "mysql_password",
    "postgres.password",
    "sasl_passwd",
    "passphrase.txt",
    "api_token.txt",
    "npm-token",
    ".token",
    "private_key.pem",
    "my-private-key",
    "chap-secrets",
    "htpasswd.users",
    "keys.kdbx",
    "backup.gpg",
]
NEVER = [
    "passwd",
    "group",
    "hosts",
    "java.security",
    "settings.xml",
    "token.py",
    "tokens.js",
    "secrets.rb",
    "credentials.go",
    "password.html",
    "auth.ts",
    "libpasswd.so.1",
    "m2.conf",
    "php.ini",
    "cacerts",
    "python3",
    "gem",
    "npm",
    "config.json",
    "bin/config",
    "LICENSE",
    "README.md",
    "compile_commands.json",
    "keymap",
    "monkey",
    "tokenizer.json",
    "environment",
    "Makeconf",
    "passenger.conf",
]


@pytest.mark.parametrize("path", [*ALWAYS, *(f"some/where/{name}" for name in ALWAYS), *map(str.upper, ALWAYS)])
def test_names_that_stand_for_a_credential(path: str) -> None:
    """Wherever they lie, in small letters and in capitals."""
    is_in_docker = "config" in path.lower() and path.isupper()  # folders are compared as they are
    assert is_credential_file(path) or is_in_docker


@pytest.mark.parametrize("path", NEVER)
def test_names_of_other_files(path: str) -> None:
    """Sources are no credentials, whatever their subject."""
    assert not is_credential_file(path)


@pytest.mark.parametrize(
    "path",
    [
        *("npmrc", ".npmrc", ".yarnrc.yml", "pip.conf", ".pip/pip.conf", "conf/settings.xml", "settings-security.xml"),
        *("gradle.properties", ".condarc", "config.toml", "NuGet.Config", ".bunfig.toml", ".gitconfig", ".git/config"),
        *("hosts.yml", "wgetrc", ".curlrc", "bundle/config", "odbc.ini", "app.properties", "internal.repo"),
    ],
)
def test_settings_in_which_people_keep_one(path: str) -> None:
    assert may_hold_credential(path)


@pytest.mark.parametrize(
    "text",
    [
        *("//registry.npmjs.org/:_authToken=npm_0123456789abcdef", "_auth = dXNlcjpwYXNz", "password = hunter22"),
        *("index-url = https://ada:hunter22@pypi.example.org/simple", "extra-index-url=http://t0ken:x-oauth@h/simple"),
        *("<password>hunter22</password>", "<server>\n  <password>\n{COQLCE6DU6}</password>", "api_key: abcdef0123"),
        *("machine pypi.example.org\nlogin ada\npassword hunter22", 'token = "abcdef0123"', '"auth-token": "abcdef01"'),
        *("mavenPassword=hunter22", "export DB_PASSWORD=hunter22", "AWS_SECRET_ACCESS_KEY=abcdef0123", "pwd: hunter22"),
        *(
            "-----BEGIN PRIVATE KEY-----\nMIIE",
            "-----BEGIN RSA PRIVATE KEY-----",
            "\turl = https://x:ghp_1@github.com/o/r",
        ),
        *("mysqli.default_pw = \nmysqli.password = hunter22", "proxy=http://user:example-word@proxy.example:3128"),
    ],
)
def test_settings_that_hold_one(text: str) -> None:
    assert shows_credential(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        *("", "password =", "#password = hunter22", "; password = hunter22", "<!-- <password>repopwd</password> -->"),
        *("index-url = https://pypi.example.org/simple", "https://ada@pypi.example.org", "token = ${NPM_TOKEN}"),
        *("//registry/:_authToken=$NPM_TOKEN", "password: null", "keystore.type=pkcs12", "# machine x password y"),
        *("mysqli.default_pw =", "// api_key: abcdef0123", "<password></password>", "password = %(secret)s"),
    ],
)
def test_settings_that_hold_none(text: str) -> None:
    """Comments, empty values and references to variables."""
    assert not shows_credential(text.encode())


def test_a_program_holds_no_settings() -> None:
    assert not shows_credential(b"\x7fELF\0password = hunter22")
