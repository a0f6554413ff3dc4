"""Code that a program evaluates, where it is there in full: one literal, or a file that is named."""

from __future__ import annotations

import re

from hooks.policy.programs.text_files import STRING

READ_FILE = re.compile(r"(?:open|Path|pathlib\.Path)\(\s*['\"]([^'\"]+)['\"][^)]*\)\.read(?:_text|_bytes)?\([^)]*\)")


def only_literal(arguments: str) -> str | None:
    """The text of arguments that are one literal, with nothing in it that is replaced when the program runs."""
    found = STRING.fullmatch(arguments)
    return None if found is None or "${" in arguments or "#{" in arguments else "".join(filter(None, found.groups()))


def file_read_by(arguments: str) -> str | None:
    """The name in `open("x.py").read()`."""
    found = READ_FILE.match(arguments)
    return found[1] if found else None
