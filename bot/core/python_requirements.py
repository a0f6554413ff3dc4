"""Which packages a Python project's files name as requirements: not in settings of linters, comments or prose."""

from __future__ import annotations

import re

_NAME = r"{name}(?:[-_][\w-]+)?"
_AFTER = r"\s*(?:\[[^\]\n]*\]\s*)?(?:[<>=!~;,@ ].*)?$"


def names_requirement(path: str, text: str, name: str) -> bool:
    """Whether the file at `path` requires this package or one whose name begins with it: `pytest-cov` brings pytest.
    Python files and makefiles count if they hold the word: what installs it there is code."""
    file = path.rpartition("/")[2]
    wanted = _NAME.format(name=re.escape(name))
    if file.endswith((".py", "Makefile")):
        return re.search(rf"\b{re.escape(name)}\b", text) is not None
    if file.endswith(".toml") or file == "Pipfile":
        # A string of a list of requirements, or a key of Poetry's and Pipenv's tables.
        strings = re.finditer(r"\"([^\"\n]*)\"|'([^'\n]*)'", text)
        if any(re.fullmatch(wanted + _AFTER, found[1] or found[2] or "") for found in strings):
            return True
        return re.search(rf"^\s*[\"']?{wanted}[\"']?\s*=\s*[\"'{{]", text, re.MULTILINE) is not None
    return re.search(rf"^\s*(?:[\w!{{}},.-]+:\s+|\w+\s*=\s*)?{wanted}{_AFTER}", text, re.MULTILINE) is not None
