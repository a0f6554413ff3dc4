"""Packages of npm that fetch a binary while they are installed, and where it is.

A row for each place, as the packages' own install scripts name it. What runs there is what the package's maker has put
there, as in the package itself. Buckets of S3 are left out: a name that its maker gives up may become another's, and
what was kept there is built from source.
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
    Download("edgedl.me.gvt1.com", r"/edgedl/chrome/chrome-for-testing/[\w./-]+"),  # Puppeteer 20 and 21
)
_CHROMEDRIVER = Download("chromedriver.storage.googleapis.com", _ANY)  # up to version 114
# Playwright's newer versions ask the first two, those before 1.50 the last.
_PLAYWRIGHT = tuple(
    Download(host, _ANY)
    for host in ("cdn.playwright.dev", "playwright.download.prss.microsoft.com", "playwright.azureedge.net")
)
_CYPRESS = tuple(Download(host, _ANY) for host in ("download.cypress.io", "cdn.cypress.io"))
_MONGODB = ("mongodb-memory-server", "mongodb-memory-server-global")
_ELSEWHERE: dict[str, tuple[Download, ...]] = {
    "puppeteer": _CHROME,
    "chromedriver": (*_CHROME, _CHROMEDRIVER),
    **dict.fromkeys(("playwright", "playwright-core", "@playwright/test"), _PLAYWRIGHT),
    "cypress": _CYPRESS,
    **dict.fromkeys(_MONGODB, (Download("fastdl.mongodb.org", _ANY),)),
    "@sentry/cli": (Download("downloads.sentry-cdn.com", r"/sentry-cli/[\w./%+-]+"),),
    **dict.fromkeys(("prisma", "@prisma/engines"), (Download("binaries.prisma.sh", _ANY),)),
    **dict.fromkeys(("grpc", "grpc-tools"), (Download("node-precompiled-binaries.grpc.io", _ANY),)),
    "geckodriver": (Download("raw.githubusercontent.com", r"/mozilla/geckodriver/release/Cargo\.toml"),),
}
_RELEASES = {
    "electron": ("electron/electron",),
    "electron-nightly": ("electron/nightlies",),
    "better-sqlite3": ("WiseLibs/better-sqlite3",),
    "sqlite3": ("TryGhost/node-sqlite3",),
    "canvas": ("Automattic/node-canvas",),
    "sharp": ("lovell/sharp-libvips", "lovell/sharp"),  # up to version 0.32; newer ones are packages of npm
    "node-sass": ("sass/node-sass",),
    "bcrypt": ("kelektiv/node.bcrypt.js",),
    "keytar": ("atom/node-keytar",),
    "re2": ("uhop/node-re2",),
    "geckodriver": ("mozilla/geckodriver",),
    "ffmpeg-static": ("eugeneware/ffmpeg-static",),
    "phantomjs-prebuilt": ("Medium/phantomjs",),
    "libxmljs": ("libxmljs/libxmljs",),
    "libxmljs2": ("marudor/libxmljs2",),
    "protoc-gen-grpc-web": ("grpc/grpc-web",),
    **dict.fromkeys(("hugo-bin", "hugo-extended"), ("gohugoio/hugo",)),
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
        for repository in _RELEASES.get(name, ()):
            yield Download(_GITHUB, rf"/{re.escape(repository)}/releases/download/[\w./%+-]+")
            yield from OF_ASSETS
