"""The binaries of packages of npm are open where the packages' install scripts ask for them, and nowhere beside."""

from __future__ import annotations

import re

import pytest

from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.binaries import find_binaries


def permits(package: str, address: str) -> bool:
    manifest = f'{{"devDependencies": {{"{package}": "^1"}}}}'.encode()
    host, _, path = address.partition("/")
    found = find_binaries({Ecosystem.NPM}, {"package.json": manifest})
    return any(each.host == host and re.fullmatch(each.path, f"/{path}") for each in found)


# As the scripts of these versions make them.
@pytest.mark.parametrize(
    ("package", "address"),
    [
        ("electron", "github.com/electron/electron/releases/download/v41.7.1/electron-v41.7.1-linux-x64.zip"),
        ("electron-nightly", "github.com/electron/nightlies/releases/download/v42.0.0/electron-v42.0.0-linux-x64.zip"),
        ("puppeteer", "storage.googleapis.com/chrome-for-testing-public/148.0.1/linux64/chrome-linux64.zip"),
        ("puppeteer", "edgedl.me.gvt1.com/edgedl/chrome/chrome-for-testing/119.0.1/linux64/chrome-linux64.zip"),
        ("puppeteer", "storage.googleapis.com/chromium-browser-snapshots/Linux_x64/938248/chrome-linux.zip"),
        ("chromedriver", "googlechromelabs.github.io/chrome-for-testing/known-good-versions-with-downloads.json"),
        ("chromedriver", "chromedriver.storage.googleapis.com/100.0.4896.20/chromedriver_linux64.zip"),
        ("playwright", "cdn.playwright.dev/dbazure/download/playwright/builds/chromium/1200/chromium-linux.zip"),
        ("playwright", "playwright.azureedge.net/builds/chromium/1091/chromium-linux.zip"),
        ("cypress", "download.cypress.io/desktop/15.3.0"),
        ("@sentry/cli", "downloads.sentry-cdn.com/sentry-cli/2.20.0/sentry-cli-Linux-x86_64"),
        ("prisma", "binaries.prisma.sh/all_commits/a1/debian-openssl-3.0.x/schema-engine.gz"),
        ("grpc-tools", "node-precompiled-binaries.grpc.io/grpc-tools/v1.13.1/linux-x64.tar.gz"),
        ("sharp", "github.com/lovell/sharp-libvips/releases/download/v8.14.5/libvips-8.14.5-linux-x64.tar.br"),
        ("sharp", "github.com/lovell/sharp/releases/download/v0.32.6/sharp-v0.32.6-napi-v7-linux-x64.tar.gz"),
        ("re2", "github.com/uhop/node-re2/releases/download/1.24.0/linux-x64-137.br"),
        ("geckodriver", "raw.githubusercontent.com/mozilla/geckodriver/release/Cargo.toml"),
        ("geckodriver", "github.com/mozilla/geckodriver/releases/download/v0.36.0/geckodriver-v0.36.0-linux64.tar.gz"),
        ("ffmpeg-static", "github.com/eugeneware/ffmpeg-static/releases/download/b6.1.1/ffmpeg-linux-x64.gz"),
        ("phantomjs-prebuilt", "github.com/Medium/phantomjs/releases/download/v2.1.1/phantomjs-2.1.1-linux.tar.bz2"),
        ("hugo-bin", "github.com/gohugoio/hugo/releases/download/v0.149.2/hugo_0.149.2_linux-amd64.tar.gz"),
    ],
)
def test_what_the_install_script_asks_for_is_open(package: str, address: str) -> None:
    assert permits(package, address)
    assert not permits("left-pad", address)


@pytest.mark.parametrize(
    ("package", "address"),
    [
        ("sharp", "github.com/lovell/other/releases/download/v1/x.tar.gz"),
        ("sharp", "github.com/lovell/sharp/issues/new"),
        ("chromedriver", "storage.googleapis.com/my-bucket/x"),
        ("@sentry/cli", "downloads.sentry-cdn.com/other/x"),
        ("geckodriver", "raw.githubusercontent.com/own/x/main/y"),
        ("sqlite3", "mapbox-node-binary.s3.amazonaws.com/sqlite3/v5.0.2/napi-v3-linux-x64.tar.gz"),
    ],
)
def test_nothing_else_is(package: str, address: str) -> None:
    """A bucket of S3 may belong to another account one day; node-gyp builds what was kept there."""
    assert not permits(package, address)
