"""Texts that a Python program computes from literals: joined, split, formatted, decoded, reversed."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import shlex
from collections.abc import Callable
from dataclasses import dataclass

UNKNOWN_PART = "{unknown}"
"""How a text has a part that is not known: `read_literal` takes it so."""
TEXT_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Named:
    """A function or a module, by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A function with its first arguments: `partial(os.system, "ls")`."""

    function: object
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A program as the modules sh and plumbum give it: `sh.git`, `local["git"]["push"]`."""

    words: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A dictionary: what its keys lead to."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """What only running tells."""


UNCLEAR = Unclear()
Values = tuple[object, ...]


def as_text(value: object) -> str:
    """A value within a text."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else UNKNOWN_PART


def compute(operator: ast.operator, left: object, right: object) -> object:
    """`a + b`, `a % b`, `a * 2` of texts and lists."""
    if isinstance(operator, ast.Add):
        if isinstance(left, tuple) and isinstance(right, tuple):
            return left + right
        if isinstance(left, tuple) or isinstance(right, tuple):
            return left if isinstance(left, tuple) else right  # the other list is not known
        known = isinstance(left, str) or isinstance(right, str)
        return f"{as_text(left)}{as_text(right)}"[:TEXT_LIMIT] if known else UNCLEAR
    if isinstance(operator, ast.Mod) and isinstance(left, str):
        return _fill_in(left, right if isinstance(right, tuple) else (right,))
    return UNCLEAR


def _fill_in(template: str, given: Values) -> object:
    try:
        return (template % tuple(map(as_text, given)))[:TEXT_LIMIT]
    except (TypeError, ValueError, OverflowError, MemoryError):
        return UNCLEAR


def call_method(value: object, method: str, given: Values) -> object:
    """What a method of a text gives, or a function of a module that decodes."""
    known = tuple(each for each in given if isinstance(each, str | int | tuple))
    try:
        if isinstance(value, Named):
            decode = DECODERS.get(f"{value.name}.{method}")
            return decode(*known) if decode and len(known) == len(given) else UNCLEAR
        if method == "join" and isinstance(value, str) and given and isinstance(given[0], tuple):
            return value.join(map(as_text, given[0]))[:TEXT_LIMIT]
        if method == "format" and isinstance(value, str):
            return value.format(*map(as_text, given))[:TEXT_LIMIT]
        if isinstance(value, str) and method in SAME_METHODS and len(known) == len(given):
            found = getattr(value, method)(*known)
            return tuple(found) if isinstance(found, list) else found[:TEXT_LIMIT]
    except (TypeError, ValueError, IndexError, KeyError, LookupError, AttributeError, OverflowError, MemoryError):
        return UNCLEAR
    return value if method in {"encode", "decode"} else UNCLEAR


SAME_METHODS = frozenset({
    "split", "rsplit", "splitlines", "replace", "lower", "upper", "strip", "lstrip", "rstrip", "title", "swapcase",
    "removeprefix", "removesuffix",
})  # fmt: skip


def _decode_base64(text: str, *_: object) -> str:
    return base64.b64decode(text.encode(), altchars=None, validate=False).decode("utf-8", "replace")


def _decode_hex(text: str) -> str:
    return binascii.unhexlify(text.replace(" ", "")).decode("utf-8", "replace")


def _decode(text: str, name: str = "utf-8", *_: object) -> str:
    return _decode_hex(text) if name == "hex" else codecs.decode(text, "rot13") if "rot" in name else text


DECODERS: dict[str, Callable[..., object]] = {
    "base64.b64decode": _decode_base64,
    "base64.urlsafe_b64decode": _decode_base64,
    "base64.standard_b64decode": _decode_base64,
    "base64.decodebytes": _decode_base64,
    "bytes.fromhex": _decode_hex,
    "bytearray.fromhex": _decode_hex,
    "binascii.unhexlify": _decode_hex,
    "binascii.a2b_hex": _decode_hex,
    "binascii.a2b_base64": _decode_base64,
    "codecs.decode": _decode,
    "shlex.split": lambda text, *_: tuple(shlex.split(text)),
    "os.fsdecode": lambda text: text,
    "os.fsencode": lambda text: text,
}
"""Functions of modules whose result follows from a literal."""


def from_numbers(numbers: object) -> object:
    """`bytes([114, 109])`, as a text."""
    if isinstance(numbers, tuple) and all(isinstance(each, int) and 0 <= each < 256 for each in numbers):  # noqa: PLR2004
        return bytes(each for each in numbers if isinstance(each, int)).decode("utf-8", "replace")
    return numbers if isinstance(numbers, str) else UNCLEAR
