"""Secrets in an order, which lies in object storage: encrypted with PAYLOAD_KEY, which control plane and hosts hold.

AES-256-GCM. What is sealed for one attempt cannot be opened for another one.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class SealBroken(Exception):
    """It was sealed with a key that is not here, or for another attempt, or was changed since."""


def seal(keys: Sequence[bytes], name: str, secret: bytes) -> str:
    """`name`: of the attempt. The first of the keys is used."""
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(keys[0]).encrypt(nonce, secret, _purpose(name))).decode()


def unseal(keys: Sequence[bytes], name: str, sealed: str) -> bytes:
    """Raises SealBroken."""
    try:
        data = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise SealBroken("what is sealed in the order was changed") from None
    for key in keys:
        try:
            return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _purpose(name))
        except (InvalidTag, ValueError):
            continue
    raise SealBroken("PAYLOAD_KEY does not open what is sealed in the order")


def _purpose(name: str) -> bytes:
    return b"nightshift order\0" + name.encode()
