"""Packages by name that the session's network covers: from registries of its repository's languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hooks.policy.additions import Additions

_VERSION = r"(?:\s*[<>=!~^]=?[\w.,*+!<>=~^ |-]*)?"
_PYTHON = re.compile(rf"[A-Za-z0-9][\w.-]*(?:\[[\w,. -]*\])?(?:@[\w.^~*+-]+)?{_VERSION}")
_NODE = re.compile(r"(?:[\w.-]+@npm:)?(?:@[\w.-]+/)?[A-Za-z0-9][\w.-]*(?:@[\w.^~<>=*|+ -]*)?")
_RUST = re.compile(r"[A-Za-z0-9][\w-]*(?:@[\w.^~<>=*+-]+)?")
_GO = re.compile(r"[a-z0-9][\w.-]*\.[a-z]{2,}(?:/[\w.~-]+)+(?:@[\w.+-]+)?")
_RUBY = re.compile(r"[A-Za-z0-9][\w.-]*(?::[\w.]+)?")
_PHP = re.compile(r"[a-z0-9][\w.-]*/[a-z0-9][\w.-]*(?::[\w.^~*<>=|@ -]+)?")
KINDS = {
    "pypi": (frozenset({"pip", "uv", "poetry", "pdm", "pipenv", "rye", "hatch"}), _PYTHON),
    "npm": (frozenset({"npm", "pnpm", "yarn", "bun"}), _NODE),
    "cargo": (frozenset({"cargo"}), _RUST),
    "go": (frozenset({"go"}), _GO),
    "rubygems": (frozenset({"gem", "bundle", "bundler"}), _RUBY),
    "packagist": (frozenset({"composer"}), _PHP),
}
"""By registry: the programs that install from it, and what is a package's name there and no address."""


def is_covered(program: str, names: Iterable[str], additions: Additions) -> bool:
    """Whether the session's network covers an install of all these packages by this program."""
    name = re.sub(r"(?<=^pip)[\d.]+$", "", program)
    for registry in additions.registries:
        programs, form = KINDS.get(registry, (frozenset[str](), None))
        if name in programs and form is not None:
            return all(form.fullmatch(each) and ".." not in each for each in names)
    return False
