"""The keys that encrypt what an engine keeps of us, as PAYLOAD_KEY lists them."""

from __future__ import annotations

import base64
import binascii
import hashlib

KEY_BYTES = 32


def read_keys(text: str) -> tuple[bytes, ...]:
    """Keys in base64, with commas between; the first encrypts, each decrypts. Raises ValueError."""
    keys = [_read_key(each.strip()) for each in text.split(",") if each.strip()]
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ValueError("expected 32 bytes in base64, as `openssl rand -base64 32` prints them")
    return tuple(keys)


def name_key(key: bytes) -> str:
    """A name that does not give the key away."""
    return hashlib.sha256(b"name of a key\0" + key).hexdigest()[:12]


def _read_key(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
