"""What is sealed for an attempt is read with the key, for that attempt, as it was."""

from __future__ import annotations

import base64

import pytest

from bot.adapters.sealing import SealBroken, seal, unseal

OLD, NEW, OTHER = b"a" * 32, b"b" * 32, b"c" * 32
NAME = "octo.clock-1-1-1"
SEALED = seal([OLD], NAME, b"ghs_token")


def test_it_is_opened_by_any_of_the_keys_and_hides_what_it_holds() -> None:
    sealed = seal([OLD], "octo.clock-1-1-1", b"ghs_token")

    assert unseal([NEW, OLD], "octo.clock-1-1-1", sealed) == b"ghs_token"
    assert b"ghs_token" not in base64.b64decode(sealed)
    assert seal([OLD], "octo.clock-1-1-1", b"ghs_token") != sealed


def change(sealed: str) -> str:
    return sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]


@pytest.mark.parametrize(
    ("key", "name", "sealed"),
    [
        (OTHER, NAME, SEALED),
        (OLD, "octo.clock-2-1-1", SEALED),
        (OLD, NAME, change(SEALED)),
        (OLD, NAME, "AAAA"),
        (OLD, NAME, "no base64!"),
    ],
    ids=["another key", "another attempt", "changed", "short", "not base64"],
)
def test_anything_else_is_refused(key: bytes, name: str, sealed: str) -> None:
    with pytest.raises(SealBroken):
        unseal([key], name, sealed)
