"""Files that hold credentials, told by their names and by what is in them.

What a cell shows of the host's own folders goes through these two questions. A name that always stands for a credential
is enough; a settings file, such as pip's or Maven's, is hidden if it holds one.
"""

from __future__ import annotations

import re

LARGEST_SETTINGS = 1 << 20  # bytes; a larger file is no settings file

_ALWAYS = re.compile(
    r"""(?ix)
    \.?netrc | _netrc | \.git-credentials | \.pgpass | \.my\.cnf | \.mylogin\.cnf | \.htpasswd | \.?htdigest | \.pypirc
    | \.?credentials? | credentials?[._-].+ | .+[._-]credentials?(\.\w+)? | auth\.(json|toml|ini|ya?ml|conf)
    | \.?secrets? | \.?secrets?[._-].+ | .+[._-]secrets?(\.\w+)?
    | .*pass(wd|word|words|wds|phrase|file)? | .*pass(wd|word|phrase)s?[._-].+
    | .+[._-]tokens?(\.\w+)? | \.?tokens?(\.(txt|json))?
    | \.dockercfg | \.dockerconfigjson | kubeconfig | \.?env | \.env\..+ | .+\.env | \.?vault[-_](token|pass.*)
    | (ssh_host_|id_)(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk).*
    | .+\.(key|p12|pfx|jks|keystore|keytab|kdbx|gpg|asc|ppk|pk8)
    | .*private[._-]?key.* | g?shadow-? | .*sudoers.* | krb5\.keytab | htpasswd.* | chap-secrets | pap-secrets
    """
)
_HARMLESS = frozenset({"passwd"})  # the users; their passwords are in `shadow`
_PROGRAM = re.compile(
    r"(?i).+\.(py[ci]?|[cm]?[jt]sx?|rb|go|rs|[ch](pp)?|so(\.\d+)*|a|o|jar|class|java|php|pl|pm|md|rst|html?|exe|whl)"
)
_CONFIGURATION = re.compile(
    r"""(?ix)
    \.?(npm|yarn|pnpm|wget|curl|conda|mamba|bundle|gem|hg|cvs|boto)rc | \.?yarnrc\.ya?ml | \.?npmrc.* | rc
    | \.?bunfig\.toml | \.?pip(\.conf|\.ini) | \.?uv\.toml | \.?pydistutils\.cfg | \.?gitconfig | \.?gemrc | \.?boto
    | settings(-security)?\.xml | toolchains\.xml | gradle\.properties | init\.gradle(\.kts)? | nuget\.config
    | config(\.(toml|json|ya?ml|ini|cfg))? | hub | hosts\.ya?ml | .+\.(conf|cnf|ini|properties|repo)
    """
)
_CREDENTIAL = re.compile(
    rb"""(?imx)
    -----BEGIN[ ][A-Z0-9 ]*PRIVATE[ ]KEY
    | ://[^/\s:@"'<>$]+:[^/\s@"'<>$]{3,}@
    | ^(?![ \t]*(?:[#;*]|//[ \t]|<!--|[ ]\*))[^\n]{0,200}?
      (?:pass(?:w(?:or)?d|phrase)?|passwd|pwd|secret(?:[_-]?key)?|token|api[_-]?key|access[_-]?key|private[_-]?key
        |credentials?|_auth(?:token)?|_password|authorization)
      ["']?[ \t]*(?:(?:[=:]|=>)[ \t]*|>\s*)["']?(?!["'\s]|$|\$|%|none\b|null\b|true\b|false\b|no\b|yes\b|</)[^\s"'<]{4,}
    | ^(?![ \t]*[#;])[ \t]*machine[ \t]+\S+[\s\S]{0,200}?password[ \t]+\S
    """
)
_COMMENTS = re.compile(rb"<!--.*?-->", re.DOTALL)


def is_credential_file(path: str) -> bool:
    """Whether a file of this name holds a credential whatever is in it. Capitals count for nothing."""
    folder, _, name = path.rpartition("/")
    if name in _HARMLESS or _PROGRAM.fullmatch(name):
        return False
    in_docker = folder.endswith(("docker", ".kube")) and name in {"config.json", "config"}
    return in_docker or _ALWAYS.fullmatch(name) is not None


def may_hold_credential(path: str) -> bool:
    """Whether a file of this name is one of the settings in which people put a password or a token."""
    return _CONFIGURATION.fullmatch(path.rpartition("/")[2]) is not None


def shows_credential(content: bytes) -> bool:
    """Whether settings hold a password, a token or a private key: a key with a value, or one within an address.
    Comments, empty values and references to variables are none."""
    if b"\0" in content:
        return False
    return _CREDENTIAL.search(_COMMENTS.sub(b"", content)) is not None
