"""Where private keys stand in a text, and where they end."""

from __future__ import annotations

import pytest

from bot.core.private_keys import LONGEST_KEY, key_spans

LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"
BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


def rest(text: str) -> str:
    """The text without its keys."""
    covered = {index for start, end in key_spans(text) for index in range(start, end)}
    return "".join(char for index, char in enumerate(text) if index not in covered)


@pytest.mark.parametrize(
    "key",
    [
        f"{BEGIN}\n{LINE}\n{LINE}\nabc=\n{END}",
        f"{BEGIN}\\n{LINE}\\nabc=\\n{END}",
        f"{BEGIN}\n{LINE}\n{LINE}\nabc=",
        f"{BEGIN}\n{LINE[:20]} {LINE[:20]}\n{LINE[:20]} {LINE[:20]}",
        f"{LINE}\n{LINE}\nabc=\n{END}",
        f"{BEGIN.replace('PRIVATE', 'RSA PRIVATE')}\nProc-Type: 4,ENCRYPTED\n\n{LINE}",
        f"PuTTY-User-Key-File-3: x\n{LINE}\nabc=\nPrivate-MAC: 0af3",
    ],
)
def test_a_key_is_found_whole(key: str) -> None:
    """Cut at either end, too."""
    assert rest(f"before\n{key}\nafter it\n") in ("before\n\nafter it\n", "before\nafter it\n")


def test_a_key_ends_at_its_own_footer() -> None:
    text = f"{BEGIN}\n{LINE}\n{END}\nbetween them\n{BEGIN}\n{LINE}\n{END}\nand after\n"

    assert rest(text) == "\nbetween them\n\nand after\n"


def test_a_key_without_an_end_is_followed_so_far() -> None:
    """The rest may be a file of another kind that is as long as one likes."""
    ((start, end),) = key_spans(f"{BEGIN}\n" + f"{LINE}\n" * 3000)

    assert start == 0
    assert LONGEST_KEY - 100 < end - len(BEGIN) <= LONGEST_KEY


@pytest.mark.parametrize("text", ["no key", BEGIN, f"{BEGIN} is how one begins", "PRIVATE KEY"])
def test_a_header_alone_is_no_key(text: str) -> None:
    assert rest(text) == text
