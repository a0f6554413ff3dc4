"""Which hosts a lockfile opens, and which it never does."""

from __future__ import annotations

import pytest

from bot.core.registries import LOCKFILES_LIMIT, Destination, lockfiles, registries

PYPI = {"pypi.org", "files.pythonhosted.org"}


def hosts(path: str, content: str) -> set[str]:
    return {destination.host for destination in registries(path, content.encode())}


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("package-lock.json", "{}", {"registry.npmjs.org"}),
        (
            "web/package-lock.json",
            '"resolved": "https://npm.corp.example/a/-/a-1.tgz"',
            {"registry.npmjs.org", "npm.corp.example"},
        ),
        (
            "yarn.lock",
            'a@^1:\n  resolved "https://r.example/a.tgz#1"',
            {"registry.yarnpkg.com", "registry.npmjs.org", "r.example"},
        ),
        ("pnpm-lock.yaml", "resolution: {tarball: https://t.example/a.tgz}", {"registry.npmjs.org", "t.example"}),
        ("requirements.txt", f"a==1 --hash=sha256:{'0' * 64}", PYPI),
        (
            "requirements-dev.lock",
            f"--index-url https://i.example/simple\na==1 --hash=sha256:{'0' * 64}",
            {*PYPI, "i.example"},
        ),
        ("poetry.lock", 'url = "https://p.example/simple"', {*PYPI, "p.example"}),
        ("uv.lock", 'source = { registry = "https://pypi.org/simple" }', PYPI),
        ("Pipfile.lock", '"url": "https://q.example/simple"', {*PYPI, "q.example"}),
        (
            "Cargo.lock",
            'source = "sparse+https://c.example/index/"',
            {"index.crates.io", "static.crates.io", "crates.io", "c.example"},
        ),
        ("go.sum", "", {"proxy.golang.org", "sum.golang.org"}),
        ("Gemfile.lock", "GEM\n  remote: https://g.example/", {"rubygems.org", "index.rubygems.org", "g.example"}),
        ("composer.lock", "{}", {"repo.packagist.org", "packagist.org"}),
    ],
)
def test_a_lockfile_opens_its_registries(path: str, content: str, expected: set[str]) -> None:
    """The usual one, and those that it names."""
    assert hosts(path, content) == expected


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("requirements.txt", "a==1"),
        ("package.json", '"resolved": "https://x.example/"'),
        ("README.md", "https://x.example/"),
    ],
)
def test_what_pins_nothing_opens_nothing(path: str, content: str) -> None:
    assert hosts(path, content) == set()


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/r",
        "https://codeload.github.com/o/r/tar.gz/1",
        "https://gitlab.com/o/r",
        "http://plain.example/a.tgz",
        "https://user:secret@mixed.example/a.tgz",
        "https://[broken/a.tgz",
        "https://x.example:99999/a.tgz",
    ],
)
def test_a_host_that_everybody_can_write_to_is_no_registry(url: str) -> None:
    """Nor one without TLS, with a password in its address, or without an address that can be read."""
    assert hosts("package-lock.json", f'"resolved": "{url}"') == {"registry.npmjs.org"}


def test_other_addresses_in_a_lockfile_open_nothing() -> None:
    """Such as where to send money."""
    assert hosts("package-lock.json", '"funding": {"url": "https://fund.example/"}') == {"registry.npmjs.org"}


def test_a_port_counts() -> None:
    (other,) = registries("package-lock.json", b'"resolved": "https://r.example:8443/a"') - {
        Destination("registry.npmjs.org")
    }

    assert str(other) == "r.example:8443"


def test_only_a_repositorys_own_lockfiles_count() -> None:
    """Not those of a vendored package or of test data; a monorepo's are read up to a limit, the root's first."""
    own = [f"packages/p{number:02}/package-lock.json" for number in range(2 * LOCKFILES_LIMIT)]

    found = lockfiles([*own, "go.sum", "node_modules/a/package-lock.json", "vendor/b/go.sum", "tests/fixtures/uv.lock"])

    assert found[0] == "go.sum"
    assert len(found) == LOCKFILES_LIMIT
    assert set(found) <= {*own, "go.sum"}


@pytest.mark.parametrize("url", ["ftp://x.example/", "https:///nowhere", "nonsense"])
def test_an_address_without_a_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not an http or https address"):
        Destination.of(url)
