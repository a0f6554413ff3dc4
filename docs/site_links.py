"""What is wrong with the built site: links and anchors that lead nowhere, what a page would load from another host, and
Markdown that was not read as it was meant. Zensical itself checks links between pages alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src"}
_CODE = frozenset({"code", "pre", "script", "style"})
_UNREAD = re.compile(r"```|^\|.*\|$|^- |\]\(", re.MULTILINE)


@dataclass(eq=False)
class _Page(HTMLParser):
    """What a page links to and loads, its anchors, and its text outside of code."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    text: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.anchors |= {given[key] for key in ("id", "name") if key in given}
        if tag in _CODE:
            self.within.append(tag)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in _LOADED and _LOADED[tag] in given and given.get("rel") not in {"canonical", "prev", "next"}:
            self.loaded.append(given[_LOADED[tag]])

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not self.within:
            self.text.append(data)


def find_faults(site: Path) -> list[str]:
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    return [f"{path.relative_to(site)}: {fault}" for path in pages for fault in _faults(path, pages)]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text())
    return page


def _faults(path: Path, pages: dict[Path, _Page]) -> Iterator[str]:
    page = pages[path]
    for address in page.loaded:
        if urlsplit(address).netloc:
            yield f"loads {address}"
    if path.name != "404.html":  # its links are those of the place where it is served
        yield from (
            f"leads nowhere: {address}" for address in page.links + page.loaded if _is_dead(address, path, pages)
        )
    yield from (f"was not read as Markdown: {found[0]}" for found in _UNREAD.finditer("".join(page.text)))


def _is_dead(address: str, path: Path, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return True
    return bool(parts.fragment) and target in pages and unquote(parts.fragment) not in pages[target].anchors
