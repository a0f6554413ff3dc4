"""Keeps the simulation's pages as plain HTML files, so that there is something to look at when it is gone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from bot.rehearsal.result import Address

_LINK = re.compile(r'href="([^"#]*)((?:#[^"]*)?)"')
_SECONDS = 10
_MOST_PAGES = 1000


def save_pages(web_url: str, folder: Path) -> dict[str, Path]:
    """Write every page that can be reached from the first one into `folder`, with links between them that work there.

    Returns the file of each address.
    """
    pages = _fetch_all(f"{web_url}/")
    files = {url: folder / _file_name(url) for url in pages}
    names = {url: file.name for url, file in files.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for url, page in pages.items():
        files[url].write_text(_rewrite_links(page, url, names), encoding="utf-8")
    return files


def local_addresses(addresses: Iterable[Address], files: Mapping[str, Path]) -> tuple[Address, ...]:
    """The addresses, those of saved pages as files."""
    return tuple(
        replace(address, url=files[address.url].as_uri()) if address.url in files else address for address in addresses
    )


def _fetch_all(first: str) -> dict[str, str]:
    """The text of each page, by its address."""
    pages: dict[str, str] = {}
    waiting, known = [first], {first}
    with requests.Session() as session:
        session.trust_env = False  # the operator's proxy is not for loopback
        while waiting and len(pages) < _MOST_PAGES:
            url = waiting.pop(0)
            answer = session.get(url, timeout=_SECONDS)
            if answer.ok and answer.headers["Content-Type"].startswith("text/html"):
                pages[url] = answer.text
                found = [link for link in _links(answer.text, url) if link not in known and link.startswith(first)]
                known.update(found)
                waiting.extend(found)
    return pages


def _links(page: str, url: str) -> list[str]:
    return list(dict.fromkeys(_address(match[1], url) for match in _LINK.finditer(page)))


def _address(link: str, url: str) -> str:
    return urljoin(url, html.unescape(link))


def _rewrite_links(page: str, url: str, names: Mapping[str, str]) -> str:
    """Links to saved pages point at their files; all others stay as they are."""

    def relink(match: re.Match[str]) -> str:
        name = names.get(_address(match[1], url)) if match[1] else None
        return f'href="{name}{match[2]}"' if name else match[0]

    return _LINK.sub(relink, page)


def _file_name(url: str) -> str:
    """`octo-clock-issues-3.html` for /octo/clock/issues/3, `index.html` for the first page."""
    parts = urlsplit(url)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{parts.path}-{parts.query}").strip("-.")
    return f"{plain or 'index'}.html"
