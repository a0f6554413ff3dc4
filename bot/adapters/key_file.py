"""Whether the files with private keys can be used: the GitHub App's, and the one that signs commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyKind:
    """`wanted`: the key, and `file`: the file of it, in words. `is_usable`: judges its content."""

    setting: str
    wanted: str
    file: str
    is_usable: Callable[[bytes], bool]


def find_key_mistakes(app_key: Path | None, signing_key: Path | None, *, by_github: bool) -> list[str]:
    """`by_github`: GitHub is to sign the commits."""
    mistakes = [*_find_mistakes(app_key, _APP_KEY), *_find_mistakes(signing_key, _SIGNING_KEY)]
    if app_key is not None and signing_key is not None:
        # GitHub knows the keys of people's accounts only: https://docs.github.com/en/authentication/managing-commit-signature-verification
        mistakes.append(
            "SIGNING_KEY_FILE: expected GITHUB_TOKEN beside it; an App's account can have no signing key. "
            "SIGNED_BY_GITHUB=on lets GitHub sign its commits"
        )
    if by_github and app_key is None:
        mistakes.append("SIGNED_BY_GITHUB: expected GITHUB_APP_ID beside it; GitHub signs the commits of Apps alone")
    return mistakes


def _find_mistakes(path: Path | None, kind: _KeyKind) -> list[str]:
    if path is None:
        return []
    try:
        key = path.read_bytes()
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or "it is not a path"
        return [f"{kind.setting}: {path} cannot be read ({why}); expected {kind.file}"]
    if mode & _OTHERS:
        return [f"{kind.setting}: others may read {path}; expected mode 0600 (chmod 600 {path})"]
    if not kind.is_usable(key):
        return [f"{kind.setting}: {path} holds no {kind.wanted}; expected {kind.file}"]
    return []


def _is_app_key(pem: bytes) -> bool:
    """Whether a request can be signed with it: without, the first one of the night would fail."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - a token needs none of it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        return isinstance(load_pem_private_key(pem, password=None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _is_ssh_key(text: bytes) -> bool:
    """Whether commits can be signed with it at night: a passphrase or a hardware token would need a person."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key  # noqa: PLC0415

    kinds = (ed25519.Ed25519PrivateKey, rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)
    try:
        return isinstance(load_ssh_private_key(text, password=None), kinds)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


_APP_KEY = _KeyKind(
    setting="GITHUB_APP_PRIVATE_KEY_FILE",
    wanted="RSA private key",
    file="the App's .pem file",
    is_usable=_is_app_key,
)
_SIGNING_KEY = _KeyKind(
    setting="SIGNING_KEY_FILE",
    wanted="SSH private key without a passphrase",
    file="what `ssh-keygen -t ed25519 -N ''` makes",
    is_usable=_is_ssh_key,
)
