"""Whether a file holds the private key of a GitHub App."""

from __future__ import annotations


def is_private_key(pem: bytes) -> bool:
    """Whether a request can be signed with it: without, the first one of the night would fail."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - a token needs none of it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        return isinstance(load_pem_private_key(pem, password=None), RSAPrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
