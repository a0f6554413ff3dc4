"""What Temporal keeps of us is encrypted before it leaves this process: inputs, results, heartbeats and errors.

AES-256-GCM under a key that control plane and hosts hold, and the engine does not. Each payload names its key, so that
keys can be replaced: the first of PAYLOAD_KEY encrypts, each of them decrypts.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    PayloadCodec,
)

from bot.core.payload_keys import name_key

_ENCRYPTED = b"binary/encrypted"
_NONCE_BYTES = 12
_PURPOSE = b"nightshift payload"  # a text that was encrypted for something else is refused
_PLAIN = b"json/plain"
_IN_THE_CLEAR = "nightshift-in-the-clear"


class UnreadablePayload(Exception):
    """Encrypted with a key that is not here, or damaged."""


class InTheClear(str):
    """A text that Temporal's pages show: the address of a task's page. All else is encrypted."""

    __slots__ = ()


def converter_of(keys: Sequence[bytes]) -> DataConverter:
    return dataclasses.replace(
        DataConverter.default,
        payload_converter_class=_Converter,
        payload_codec=Encryption(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


class Encryption(PayloadCodec):
    """`keys`: at least one; the first encrypts."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {name_key(key): AESGCM(key) for key in keys}
        self._newest = name_key(keys[0])

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [each if _IN_THE_CLEAR in each.metadata else self._encrypt(each) for each in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises UnreadablePayload."""
        return [self._decrypt(each) if each.metadata.get("encoding") == _ENCRYPTED else each for each in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        data = self._ciphers[self._newest].encrypt(nonce, payload.SerializeToString(), _PURPOSE)
        return Payload(metadata={"encoding": _ENCRYPTED, "key": self._newest.encode()}, data=nonce + data)

    def _decrypt(self, payload: Payload) -> Payload:
        key = payload.metadata.get("key", b"").decode(errors="replace")
        if (cipher := self._ciphers.get(key)) is None:
            held = ", ".join(self._ciphers)
            raise UnreadablePayload(f"it is encrypted with the key {key}, and PAYLOAD_KEY holds {held}")
        try:
            data = cipher.decrypt(payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:], _PURPOSE)
        except (InvalidTag, ValueError):
            raise UnreadablePayload("it was damaged since it was encrypted") from None
        return Payload.FromString(data)


class _ClearText(EncodingPayloadConverter):
    @property
    def encoding(self) -> str:
        return _IN_THE_CLEAR

    def to_payload(self, value: Any) -> Payload | None:
        if not isinstance(value, InTheClear):
            return None
        metadata: Mapping[str, bytes] = {"encoding": _PLAIN, _IN_THE_CLEAR: b"1"}
        return Payload(metadata=metadata, data=json.dumps(value).encode())

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ARG002 - the SDK's signature
        return json.loads(payload.data)


class _Converter(CompositePayloadConverter):
    def __init__(self) -> None:
        super().__init__(_ClearText(), *DefaultPayloadConverter.default_encoding_payload_converters)
