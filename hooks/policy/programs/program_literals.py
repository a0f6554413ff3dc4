"""String literals of programs in any language."""

from __future__ import annotations

import re

STRING = re.compile(
    r"\"\"\"(.*?)\"\"\"|'''(.*?)'''|\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`", re.DOTALL
)
READ_FILE = re.compile(r"(?:open|Path|pathlib\.Path)\(\s*['\"]([^'\"]+)['\"][^)]*\)\.read(?:_text|_bytes)?\([^)]*\)")


def literals(code: str) -> list[str]:
    """The string literals of a program, adjacent ones joined by `+` counted as one as well."""
    return ["".join(groups) for groups in STRING.findall(code)]


def only_literal(arguments: str) -> str | None:
    """The text of arguments that are one literal, with nothing in it that is replaced when the program runs."""
    found = STRING.fullmatch(arguments)
    return None if found is None or "${" in arguments or "#{" in arguments else "".join(filter(None, found.groups()))


def file_read_by(arguments: str) -> str | None:
    """The name in `open("x.py").read()`."""
    found = READ_FILE.match(arguments)
    return found[1] if found else None
