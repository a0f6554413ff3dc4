"""Keeps the simulation's pages as plain HTML files, so that there is something to look at when it is gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import requests

from bot.rehearsal.outcome import Address

_LINK = re.compile(r'(href|src)="([^"#]*)((?:#[^"]*)?)"')
_SECONDS = 10


def save_pages(addresses: Iterable[Address], folder: Path) -> tuple[Address, ...]:
    """Write each page into `folder`, with links between them that work there. Returns where they are now."""
    wanted = tuple(addresses)
    folder.mkdir(parents=True, exist_ok=True)
    names = {urlsplit(address.url).path: _file_name(address.url) for address in wanted}
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the operator's is not meant for loopback
        for address in wanted:
            page = session.get(address.url, timeout=_SECONDS)
            page.raise_for_status()
            (folder / _file_name(address.url)).write_text(_relinked(page.text, names), encoding="utf-8")
    return tuple(replace(address, url=(folder / _file_name(address.url)).as_uri()) for address in wanted)


def _file_name(url: str) -> str:
    """`octo-clock-issues-3.html` for /octo/clock/issues/3."""
    return urlsplit(url).path.strip("/").replace("/", "-") + ".html"


def _relinked(page: str, names: Mapping[str, str]) -> str:
    """Links to saved pages point at their files; all others stay as they are."""

    def relink(match: re.Match[str]) -> str:
        name = names.get(urlsplit(match[2]).path)
        return f'{match[1]}="{name}{match[3]}"' if name else match[0]

    return _LINK.sub(relink, page)
