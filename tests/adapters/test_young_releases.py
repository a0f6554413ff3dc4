"""What was published a short time ago reaches no session: not by an index, and not by the address of a file."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.egress import Egress
from bot.adapters.outside import Outside, PrivateRegistry
from bot.adapters.process import run
from bot.core.ecosystem_table import TABLE, Ecosystem
from bot.core.environment.ecosystems import hosts
from bot.core.environment.release_age import INDEXES, ReleaseAgeRule, pins_of
from tests.adapters.public_registries import BEFORE, SIMPLE, PublicRegistries, public_registries
from tests.adapters.real_registries import HOSTS, can_be_reached, real
from tests.adapters.services import served


@pytest.fixture(scope="module")
def running() -> Iterator[PublicRegistries]:
    with public_registries() as made:
        yield made


@pytest.fixture
def registries(running: PublicRegistries) -> PublicRegistries:
    running.asked.clear()
    running.failing.clear()
    return running


INDEX_OF = [
    ("pypi.org", "/simple/own-tool/"),
    ("pypi.org", "/pypi/own-tool/json"),
    ("registry.npmjs.org", "/own"),
    ("registry.npmjs.org", "/@own%2ftool"),
    ("registry.yarnpkg.com", "/own"),
    ("proxy.golang.org", "/example.org/!own/@v/list"),
    ("index.crates.io", "/3/o/own"),
    ("rubygems.org", "/info/own"),
    ("repo.packagist.org", "/p2/own/tool.json"),
    ("jsr.io", "/@own/tool/meta.json"),
]


@pytest.mark.parametrize(("host", "path"), INDEX_OF)
def test_an_index_has_no_young_release(registries: PublicRegistries, tmp_path: Path, host: str, path: str) -> None:
    with registries.egress(tmp_path) as egress:
        status, kind, body = registries.get(egress, host, path, accept=f"{SIMPLE}, */*")

    assert status == 200
    assert re.search(rb"1\.0", body)
    assert not re.search(rb"\b[v-]?2\.0", body)
    assert kind


OLD_FILES = [
    ("files.pythonhosted.org", "/packages/aa/own_tool-1.0-py3-none-any.whl"),
    ("files.pythonhosted.org", "/packages/aa/own_tool-1.0-py3-none-any.whl.metadata"),
    ("registry.npmjs.org", "/own/-/own-1.0.0.tgz"),
    ("registry.yarnpkg.com", "/own/-/own-1.0.0.tgz"),
    ("registry.npmjs.org", "/@own/tool/-/tool-1.0.0.tgz"),
    ("registry.npmjs.org", "/@own%2ftool/-/tool-1.0.0.tgz"),
    ("proxy.golang.org", "/example.org/!own/@v/v1.0.0.zip"),
    ("proxy.golang.org", "/example.org/!own/@v/v1.0.0.info"),
    ("static.crates.io", "/crates/own/1.0.0/download"),
    ("static.crates.io", "/crates/own/own-1.0.0.crate"),
    ("crates.io", "/api/v1/crates/own/1.0.0/download"),
    ("rubygems.org", "/gems/own-1.0.gem"),
    ("rubygems.org", "/gems/own-1.0-x86_64-linux.gem"),
    ("rubygems.org", "/downloads/own-1.0.gem"),
    ("jsr.io", "/@own/tool/1.0.0/mod.ts"),
    ("jsr.io", "/@own/tool/1.0.0_meta.json"),
]


@pytest.mark.parametrize(("host", "path"), OLD_FILES)
def test_a_young_file_is_refused_by_whatever_path(
    registries: PublicRegistries, tmp_path: Path, host: str, path: str
) -> None:
    """A lockfile that the session wrote names files, and asks no index. An old release's file is passed on."""
    young = path.replace("1.0", "2.0", 1)
    with registries.egress(tmp_path) as egress:
        old = registries.get(egress, host, path)
        status, _, words = registries.get(egress, host, young)
        hidden, _, _ = registries.get(egress, host, young.replace("2.0", "%32.0", 1))
        head, _, _ = registries.get(egress, host, young, method="HEAD")

    assert old[0] == 200
    assert (status, hidden, head) == (403, 403, 403)
    assert b"packages_older_than" in words
    assert any("is too young" in note for note in egress.refused)
    assert young.endswith(".info") or (host, "GET", young) not in registries.asked


def test_a_release_that_no_index_lists_is_young(registries: PublicRegistries, tmp_path: Path) -> None:
    with registries.egress(tmp_path) as egress:
        assert registries.get(egress, "registry.npmjs.org", "/own/-/own-3.0.0.tgz")[0] == 403


def test_tags_lead_to_the_newest_version_that_is_left(registries: PublicRegistries, tmp_path: Path) -> None:
    """`latest` to a finished one: none asked for a version to come."""
    with registries.egress(tmp_path) as egress:
        document = json.loads(registries.get(egress, "registry.npmjs.org", "/own")[2])

    assert document["dist-tags"] == {"latest": "1.0.0", "next": "1.0.0"}
    assert set(document["time"]) == {"created", "modified", "1.0.0", "1.1.0-rc.1"}


def test_a_client_that_reads_html_gets_html(registries: PublicRegistries, tmp_path: Path) -> None:
    with registries.egress(tmp_path) as egress:
        _, kind, body = registries.get(egress, "pypi.org", "/simple/own-tool/", accept="text/html")

    assert kind == "text/html"
    assert re.findall(r"<a href=\"([^\"]+)\"", body.decode()) == [
        f"https://files.pythonhosted.org/packages/aa/own_tool-1.0-py3-none-any.whl#sha256={'0' * 64}"
    ]


def test_a_short_form_is_written_out(registries: PublicRegistries, tmp_path: Path) -> None:
    """In Packagist's, a version holds what differs from the one before, which may be left out."""
    with registries.egress(tmp_path) as egress:
        document = json.loads(registries.get(egress, "repo.packagist.org", "/p2/own/tool.json")[2])

    (version,) = document["packages"]["own/tool"]
    assert (version["name"], version["version"], "require" in version) == ("own/tool", "1.0.0", False)
    assert "minified" not in document


WHEEL, GEM, CRATE = OLD_FILES[0][1], "/gems/own-1.0.gem", "/crates/own/1.0.0/download"
PLAIN, SCOPED = "/own/-/own-1.0.0.tgz", "/@own/tool/-/tool-1.0.0.tgz"
PINNED = [
    ("uv.lock", '[[package]]\nname = "own-tool"\nversion = "2.0"\n', "files.pythonhosted.org", WHEEL),
    ("requirements.txt", "own_tool==2.0\n", "files.pythonhosted.org", WHEEL),
    ("Pipfile.lock", '{"default": {"own-tool": {"version": "==2.0"}}}', "files.pythonhosted.org", WHEEL),
    ("package-lock.json", '{"x": {"node_modules/own": {"version": "2.0.0"}}}', "registry.npmjs.org", PLAIN),
    ("yarn.lock", 'own@^2.0:\n  version "2.0.0"\n', "registry.yarnpkg.com", PLAIN),
    ("yarn.lock", '"@own/tool@npm:^2.0":\n  version: 2.0.0\n', "registry.npmjs.org", SCOPED),
    ("pnpm-lock.yaml", "packages:\n\n  '@own/tool@2.0.0':\n", "registry.npmjs.org", SCOPED),
    ("pnpm-lock.yaml", "packages:\n\n  /own@2.0.0(x@1.0.0):\n", "registry.npmjs.org", PLAIN),
    ("bun.lock", '{"packages": {"own": ["own@2.0.0", "", {}]}}', "registry.npmjs.org", PLAIN),
    ("go.sum", "example.org/Own v2.0.0 h1:x=\n", "proxy.golang.org", "/example.org/!own/@v/v1.0.0.zip"),
    ("Cargo.lock", '[[package]]\nname = "own"\nversion = "2.0.0"\n', "static.crates.io", CRATE),
    ("Gemfile.lock", "GEM\n  specs:\n    own (2.0)\n", "rubygems.org", GEM),
    ("deno.lock", '{"jsr": {"@own/tool@2.0.0": {"integrity": "x"}}}', "jsr.io", "/@own/tool/1.0.0/mod.ts"),
]


@pytest.mark.parametrize(("lockfile", "text", "host", "path"), PINNED)
def test_what_a_lockfile_of_the_base_commit_pins_is_passed_on(
    registries: PublicRegistries, tmp_path: Path, *, lockfile: str, text: str, host: str, path: str
) -> None:
    with registries.egress(tmp_path, pins=pins_of(f"web/{lockfile}", text.encode())) as egress:
        assert registries.get(egress, host, path.replace("1.0", "2.0", 1))[0] == 200


def test_a_pin_is_of_one_version(registries: PublicRegistries, tmp_path: Path) -> None:
    with registries.egress(tmp_path, pins=frozenset({("own", "2.0.1"), ("other", "2.0.0")})) as egress:
        assert registries.get(egress, "registry.npmjs.org", "/own/-/own-2.0.0.tgz")[0] == 403


@pytest.mark.parametrize("host", ["registry.npmjs.org", "index.crates.io", "rubygems.org"])
def test_without_an_answer_on_the_age_nothing_is_passed_on(
    registries: PublicRegistries, tmp_path: Path, host: str
) -> None:
    path = {"registry.npmjs.org": "/own/-/own-1.0.0.tgz", "rubygems.org": "/gems/own-1.0.gem"}.get(host, "")
    registries.failing.add(host)
    with registries.egress(tmp_path) as egress:
        status, _, _ = registries.get(
            egress, host if path else "static.crates.io", path or "/crates/own/1.0.0/download"
        )

    assert status == 502


def test_an_ecosystem_with_a_registry_of_the_operators_is_not_looked_into(tmp_path: Path) -> None:
    mirror = PrivateRegistry(ecosystem=Ecosystem.NPM, url="https://npm.corp.example/")
    outside = Outside(folder=tmp_path, registries=(mirror,))
    outside = outside.with_cooldown(ReleaseAgeRule(before=BEFORE), frozenset({Ecosystem.NPM, Ecosystem.GO}))

    assert outside.cooldown is not None
    assert outside.cooldown.index_of("registry.npmjs.org") is None
    assert outside.cooldown.index_of("proxy.golang.org") is not None


def test_the_key_of_the_authority_is_on_no_disk(registries: PublicRegistries, tmp_path: Path) -> None:
    with registries.egress(tmp_path) as egress:
        registries.get(egress, "pypi.org", "/simple/own-tool/")

    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not any(b"PRIVATE KEY" in content for content in written)


def test_each_host_that_is_looked_into_is_one_of_its_ecosystem() -> None:
    more = {"npm.jsr.io"}
    for ecosystem, index in INDEXES.items():
        assert set(index.hosts) - more <= set(TABLE[ecosystem].hosts)
        assert index.index in index.hosts


def test_real_clients_get_old_releases_and_write_down_the_registrys_own_addresses(tmp_path: Path) -> None:
    """Their lockfiles are published: no address of Nightshift's may be in one."""
    if not can_be_reached(*HOSTS):
        pytest.skip("neither PyPI nor npm's registry can be reached from here")
    outside = replace(real(tmp_path), registries=(), folder=tmp_path / "outside")
    rule = ReleaseAgeRule(before=datetime(2024, 1, 1, tzinfo=UTC), pins=frozenset({("is-number", "7.0.0")}))
    outside = outside.with_cooldown(rule, frozenset({Ecosystem.PYPI, Ecosystem.NPM}))
    (tmp_path / "package.json").write_text('{"name": "own", "version": "1.0.0"}')

    allowed = hosts([Ecosystem.PYPI, Ecosystem.NPM])
    with Egress(allowed, own=outside.own, outside=outside) as egress:
        host, port = served(egress)
        variables = {"HTTPS_PROXY": f"http://{host}:{port}", **outside.variables()}
        given = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables}
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--isolated", "-d", "wheels", "idna"]
        done = [
            run(command, cwd=tmp_path, env=given, seconds=300, codes=None)
            for command in (pip, ["npm", "install", "--ignore-scripts", "is-number"])
        ]

    assert [each.code for each in done] == [0, 0], done
    assert [path.name for path in (tmp_path / "wheels").iterdir()] == ["idna-3.6-py3-none-any.whl"]
    assert '"resolved": "https://registry.npmjs.org/is-number/-/' in (tmp_path / "package-lock.json").read_text()
