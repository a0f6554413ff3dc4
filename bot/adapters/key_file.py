"""Whether the file with the private key of a GitHub App can be used."""

from __future__ import annotations

from pathlib import Path

_OTHERS = 0o077


def find_key_mistakes(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        key = path.read_bytes()
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or "it is no path"
        return [f"GITHUB_APP_PRIVATE_KEY_FILE: {path} cannot be read ({why}); expected the App's .pem file"]
    if mode & _OTHERS:
        return [f"GITHUB_APP_PRIVATE_KEY_FILE: others may read {path}; expected mode 0600 (chmod 600 {path})"]
    if not _is_private_key(key):
        return [f"GITHUB_APP_PRIVATE_KEY_FILE: {path} holds no RSA private key; expected the App's .pem file"]
    return []


def _is_private_key(pem: bytes) -> bool:
    """Whether a request can be signed with it: without, the first one of the night would fail."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - a token needs none of it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        return isinstance(load_pem_private_key(pem, password=None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
