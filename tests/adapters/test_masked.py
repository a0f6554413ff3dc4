"""What is found as a secret in a text is masked in that text before it is shown."""

from __future__ import annotations

import base64
import json
import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.masking import mask_start, shown_end
from bot.adapters.secrets import mask_secrets, secrets_in
from bot.core.changes import FileChange

# Put together here, so that no file of this repository holds what looks like a secret.
CHANCE = random.Random(20260131)  # noqa: S311 - made-up keys
LETTERS = string.ascii_letters + string.digits


def token(length: int, alphabet: str = LETTERS) -> str:
    return "".join(CHANCE.choices(alphabet, k=length))


BODY = [token(64, LETTERS + "+/") for _ in range(12)] + [token(22) + "=="]
DASHES = "-" * 5


def armoured(name: str, *, fields: str = "", end: str = "\n", footer: bool = True) -> str:
    lines = [f"{DASHES}BEGIN {name}{DASHES}", *fields.split("\n"), *BODY]
    closing = [f"{DASHES}END {name}{DASHES}"] if footer else []
    return end.join([*filter(None, lines), *closing])


RSA, OPENSSH = "RSA PRIVATE" + " KEY", "OPENSSH PRIVATE" + " KEY"
PGP = "PGP PRIVATE" + " KEY BLOCK"
SSH2 = "-" * 4 + " BEGIN SSH2 ENCRYPTED PRIVATE" + " KEY " + "-" * 4 + "\nComment: mine\n" + "\n".join(BODY)
PUTTY = (
    "PuTTY-User-Key-" + "File-2: ssh-rsa\nEncryption: none\nComment: mine\nPublic-Lines: 6\n" + "\n".join(BODY[:6])
) + ("\nPrivate-Lines: 6\n" + "\n".join(BODY[6:]) + "\nPrivate-MAC: " + token(40, "0123456789abcdef"))
WRAPPED = base64.b64encode(armoured(RSA).encode()).decode()

KEYS = {
    "RSA": armoured(RSA),
    "OpenSSH": armoured(OPENSSH),
    "PKCS #8": armoured("PRIVATE" + " KEY"),
    "encrypted": armoured("ENCRYPTED PRIVATE" + " KEY"),
    "with fields": armoured(RSA, fields=f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{token(32, 'ABCDEF0123')}"),
    "PGP": armoured(PGP, fields="Version: GnuPG v2\nComment: mine").replace("mine\n", "mine\n\n"),
    "SSH2": SSH2,
    "PuTTY": PUTTY,
    "CRLF": armoured(RSA, end="\r\n"),
    "CR": armoured(RSA, end="\r"),
    "vertical tabs": armoured(RSA, end="\x0b"),
    "line separators": armoured(RSA, end="\u2028"),
    "next lines": armoured(RSA, end="\x85"),
    "on one line": armoured(RSA, end=" "),
    "indented": "key: |\n    " + armoured(RSA, end="\n    "),
    "quoted": "> " + armoured(RSA, end="\n> "),
    "in a diff": "+" + armoured(RSA, end="\n+"),
    "in code": '"' + armoured(RSA, end='\\n"\n    "') + '"',
    "in a log": "12:00:01 key " + armoured(RSA, end="\n12:00:01 key "),
    "in JSON": json.dumps({"private_key": armoured(RSA) + "\n"}),
    "in JSON in JSON": json.dumps(json.dumps({"private_key": armoured(RSA, end="\r\n")})),
    "without its footer": armoured(RSA, footer=False),
    "in JSON, cut": json.dumps(armoured(RSA))[:300],
    "cut within a line": armoured(RSA)[:400],
    "without its header": armoured(RSA).partition("\n")[2],
    "cut at its front": armoured(RSA)[150:],
    "wrapped": f"client-key-data: {WRAPPED}",
    "wrapped on lines": "\n".join(WRAPPED[start : start + 76] for start in range(0, len(WRAPPED), 76)),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("around", ["{}", "It said:\n\n{}\n\nThat was all.", "$ cat key\n{}\nexit 0"])
def test_no_part_of_a_private_key_is_shown(key: str, around: str) -> None:
    """Whole or cut, on many lines or one; the words around it stay."""
    told = mask_secrets(around.format(key))

    written = [*BODY, *(WRAPPED[start : start + 40] for start in range(0, len(WRAPPED) - 40, 40))]
    assert not [part for part in written for start in range(0, len(part) - 12, 4) if part[start : start + 12] in told]
    assert "***" in told
    for words in around.split("{}"):
        assert words in told


@pytest.mark.parametrize(
    "text",
    [
        f"if text.startswith('{DASHES}BEGIN {RSA}{DASHES}'):\n    return True\n",
        f"grep -rc 'BEGIN {RSA}' src",
        f"The header is `{DASHES}BEGIN {RSA}{DASHES}`.",
        f"{DASHES}BEGIN CERTIFICATE{DASHES}\n" + "\n".join(BODY[:2]) + f"\n{DASHES}END CERTIFICATE{DASHES}",
        "Comment: nothing\n\nPrivate-Lines: 6",
    ],
)
def test_what_only_speaks_of_keys_stays(text: str) -> None:
    assert mask_secrets(text) == text


SECRETS = (
    *("AKIA" + token(16, string.ascii_uppercase + string.digits), "ghp_" + token(36), "sk-ant-" + token(60)),
    *("xoxb-" + "2444333222111-2444333222112-" + token(24), "github_pat_" + token(82)),
    "AGE-SECRET-" + "KEY-1" + "Q7ZT2LX" * 8,
    *(f"https://bob:{token(20)}@example.org/x", f"password = '{token(20)}'", f"api_key: {token(14)}"),
    *(f"SECRET_KEY := \"{token(24)}\"", f'const token = "{token(40)}";', f"x = '{token(40, LETTERS + '+/')}'"),
    "eyJ" + token(40) + "." + "eyJ" + token(80) + "." + token(43),
    *KEYS.values(),
)  # fmt: skip
FILLER = st.text(alphabet="ab \t'\"=:\n\r\x0b\x0c\x1c\x85\u2028,;{}()\\`*", max_size=12)
PATHS = (
    *("a.py", "a.go", "a.cs", "a.cpp", "a.java", "a.js", "a.yml", "a.toml", "a.ini", ".env", ".npmrc", "Dockerfile"),
    *("notes.md", "tests/test_a.py", "package-lock.json", "id_rsa", "a.swift", "a.tf", "a.m", "a.properties", "x"),
)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(FILLER | st.sampled_from(SECRETS) | st.text(max_size=20), min_size=1, max_size=6),
    st.sampled_from(PATHS),
    st.sampled_from([0, 0, 0, 2900, 3690, 3950, 3999]),
)
def test_whatever_is_found_is_hidden(parts: list[str], path: str, before: int) -> None:
    """Under any path that the text may have, however it is cut into pieces."""
    text = "x" * before + "".join(parts).encode(errors="replace").decode()
    change = FileChange(path=path, old_path=path, before=None, after=text.encode())
    values = [found.value for found in secrets_in([change]) if found is not None]

    told = mask_secrets(text)

    assert not [value for value in values if value in told]


@pytest.mark.parametrize("path", ["a.py", "a.go", ".env", "package-lock.json"])
@pytest.mark.parametrize("secret", SECRETS[:14])
def test_whatever_is_found_is_hidden_where_pieces_meet(secret: str, path: str) -> None:
    """A minified file is one line, looked at in pieces."""
    for before in range(2880, 4010, 113):
        text = "x " * (before // 2) + secret + " y" * 1500
        change = FileChange(path=path, old_path=path, before=None, after=text.encode())

        told = mask_secrets(text)

        assert not [found for found in secrets_in([change]) if found and found.value in told]


def test_a_token_that_spans_pieces_is_hidden_to_its_end() -> None:
    long = "eyJ" + token(40) + "." + "eyJ" + token(3000) + "." + token(2000)

    told = mask_secrets("x" * 2500 + " " + long + " end")

    assert told == "x" * 2500 + " *** end"


def test_values_that_overlap_and_repeat_are_hidden_whole() -> None:
    """Neither does a short one that is a part of a longer one leave the rest, nor the second occurrence anything."""
    short, long = "tr0ub4dor&3", "tr0ub4dor&3" + token(20)
    text = f"password = '{short}'\npassword = '{long}'\necho {long} {short} {long}"

    told = mask_secrets(text)

    assert short not in told
    assert long[11:] not in told


@pytest.mark.parametrize(
    "text",
    ["ghp_" + token(20), "sk-ant-" + token(12) + "…", "AKIA" + token(9, string.ascii_uppercase), "npm_" + token(9)],
)
def test_a_token_that_was_cut_is_hidden(text: str) -> None:
    """Its detector wants the whole; most of it is bad enough."""
    assert mask_secrets(f"{text}; stderr").removesuffix("; stderr").removesuffix("…") == "***"


def test_a_secret_is_no_file_name() -> None:
    """A name is published too; and where it stands, it is not said."""
    secret = "ghp_" + token(36)
    change = FileChange(path=f"src/{secret}.txt", old_path=f"src/{secret}.txt", before=None, after=b"x\n")

    (found,) = [str(each) for each in secrets_in([change]) if each]

    assert "line 0: GitHub Token" in found
    assert secret not in found


def test_nul_characters_hide_nothing() -> None:
    """What is found in UTF-16 is hidden in it."""
    secret = "ghp_" + token(36)

    assert mask_secrets("\0".join(f"x {secret} y")) == "x *** y"


@pytest.mark.parametrize("limit", range(20, 1400, 97))
@pytest.mark.parametrize("key", [KEYS["RSA"], KEYS["in JSON"], SECRETS[3], "password = " + token(30)])
def test_what_is_cut_is_masked_before(limit: int, key: str) -> None:
    """Neither the end of a check's output nor the beginning of a command shows a part of what was cut apart."""
    text = f"before\n{key}\nafter"

    for told in (mask_start(text, limit), shown_end(text, limit)):
        assert len(told) <= limit
        assert not [
            start
            for start in range(0, len(key) - 9)
            if _is_secret(key[start : start + 9]) and key[start : start + 9] in told
        ]


def _is_secret(part: str) -> bool:
    return part.isalnum() and not part.isalpha()


HOSTILE = {
    "headers": f"{DASHES}BEGIN {RSA}{DASHES}\n" * 6000,
    "footers": f"{DASHES}END {RSA}{DASHES}\n{'M' * 60}\n" * 3000,
    "wrapped": f"{WRAPPED[:70]}\n" * 3000,
    "one token": f"{SECRETS[1]} " * 5000,
    "tokens": "\n".join("ghp_" + token(36) for _ in range(4000)),
    "dashes": "-" * 200_000,
    "words": "BEGIN A A A A " * 15_000,
    "one line": "a" * 200_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_masked_in_time(text: str) -> None:
    started = time.thread_time()  # what other processes take does not count

    mask_secrets(text)

    assert time.thread_time() - started < 20
