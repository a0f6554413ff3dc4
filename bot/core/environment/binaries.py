"""Packages of npm that fetch a binary while they are installed, and where it is.

A row for each place. What runs there is what the package's maker has put there, as in the package itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.download import OF_ASSETS, Download

_GITHUB, _GOOGLE = "github.com", "storage.googleapis.com"
_ANY = r"/[\w./%+@-]+"
_HEADERS = Download(
    "nodejs.org", r"/(?:dist|download/release)/v\d[\w.]*/(?:node-v\d[\w.]*-headers\.tar\.gz|SHASUMS256\.txt)"
)
"""What node-gyp asks for, which builds a package without a binary for this system."""
_CHROME = (
    Download(_GOOGLE, r"/(?:chrome-for-testing-public|chromium-browser-snapshots)/[\w./-]+"),
    Download("googlechromelabs.github.io", r"/chrome-for-testing/[\w.-]+"),
)
_PLAYWRIGHT = tuple(Download(host, _ANY) for host in ("cdn.playwright.dev", "playwright.download.prss.microsoft.com"))
_CYPRESS = tuple(Download(host, _ANY) for host in ("download.cypress.io", "cdn.cypress.io"))
_ELSEWHERE: dict[str, tuple[Download, ...]] = {
    **dict.fromkeys(("puppeteer", "chromedriver"), _CHROME),
    **dict.fromkeys(("playwright", "playwright-core", "@playwright/test"), _PLAYWRIGHT),
    "cypress": _CYPRESS,
    "mongodb-memory-server": (Download("fastdl.mongodb.org", _ANY),),
}
_RELEASES = {
    "electron": "electron/electron",
    "better-sqlite3": "WiseLibs/better-sqlite3",
    "sqlite3": "TryGhost/node-sqlite3",
    "canvas": "Automattic/node-canvas",
    "sharp": "lovell/sharp-libvips",
    "node-sass": "sass/node-sass",
    "bcrypt": "kelektiv/node.bcrypt.js",
    "keytar": "atom/node-keytar",
    "re2": "uhop/node-re2",
    "geckodriver": "mozilla/geckodriver",
}
"""The repositories on GitHub with whose releases the binaries are."""
_NAMED = re.compile(rf"[\"'\s/]({'|'.join(map(re.escape, (*_ELSEWHERE, *_RELEASES)))})[\"'@:]")


def find_binaries(ecosystems: Collection[Ecosystem], contents: Mapping[str, bytes]) -> Iterator[Download]:
    """`contents`: of manifests and lockfiles of the base commit."""
    if Ecosystem.NPM not in ecosystems:
        return
    yield _HEADERS
    for name in {found for content in contents.values() for found in _NAMED.findall(content.decode(errors="replace"))}:
        yield from _ELSEWHERE.get(name, ())
        if repository := _RELEASES.get(name):
            yield Download(_GITHUB, rf"/{re.escape(repository)}/releases/download/[\w./+-]+")
            yield from OF_ASSETS
