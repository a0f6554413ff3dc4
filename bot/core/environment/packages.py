"""Which versions a set-up installed where no lockfile says so: as the package managers list them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.ecosystem_table import Ecosystem

LISTINGS = {
    Ecosystem.PYPI: "python -m pip list --format=freeze --exclude-editable 2>/dev/null",
    Ecosystem.NPM: "npm ls --depth=0 --parseable --long 2>/dev/null || true",
}
"""What lists the installed packages."""
_FORMS = {
    Ecosystem.PYPI: re.compile(r"^([A-Za-z0-9][\w.-]*)==([\w.+!-]+)$", re.MULTILINE),
    Ecosystem.NPM: re.compile(r"^/[^:\n]*/node_modules/[^:\n]*:(@?[\w./-]+)@([\w.+-]+)", re.MULTILINE),
}
_OWN = frozenset({"pip", "setuptools", "wheel"})
_MOST = 500


def parse_listing(ecosystem: Ecosystem, output: str) -> Iterator[str]:
    """`name==version` of each package; what every environment has is left out."""
    found = (match.groups() for match in _FORMS[ecosystem].finditer(output))
    named = [f"{name}=={version}" for name, version in found if name not in _OWN]
    yield from named[:_MOST]
