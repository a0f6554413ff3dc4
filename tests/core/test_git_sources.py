"""Which repositories of code hosts a base commit's files name as the source of a package."""

from __future__ import annotations

import json

import pytest

from bot.core.environment.git_sources import GitSource, find_git_sources

SHA = "0123456789abcdef0123456789abcdef01234567"
OWN = GitSource("github.com", "own/x")
PACKAGE = json.dumps(
    {
        "main": "dist/index.js",
        "repository": {"type": "git", "url": "git+https://github.com/own/itself.git"},
        "funding": [{"type": "github", "url": "https://github.com/sponsors/own"}],
        "files": ["own/lib"],
        "dependencies": {"a": "own/x#main", "b": "^1.0", "c": "gitlab:team/c", "d": "file:../own/d"},
        "optionalDependencies": {"f": "git+ssh://git@github.com/own/f.git#main"},
        "devDependencies": {"e": "github:own/e"},
    }
)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("requirements.txt", "x @ git+https://github.com/own/x@v1.2\n", {OWN}),
        ("requirements.txt", "-e git+ssh://git@github.com/own/x.git@main#egg=x\n", {OWN}),
        ("requirements.txt", "x @ git+https://gitlab.com/team/part/x.git\n", {GitSource("gitlab.com", "team/part/x")}),
        ("requirements.txt", "x==1.0  # see https://github.com/own/x\n", set()),
        ("requirements.txt", "x @ git+https://code.example.org/own/x\n", set()),
        ("pyproject.toml", 'x = { git = "https://github.com/own/x", branch = "main" }', {OWN}),
        ("uv.lock", f'source = {{ git = "https://github.com/own/x?rev=v1#{SHA}" }}', {OWN}),
        ("Pipfile", 'x = {ref = "main", git = "https://github.com/own/x.git"}', {OWN}),
        ("setup.cfg", "    x @ git+https://github.com/own/x.git\n", {OWN}),
        ("Cargo.toml", 'x = { git = "https://github.com/own/x" }', {OWN}),
        ("Cargo.toml", 'repository = "https://github.com/own/x"', set()),
        ("Cargo.lock", f'source = "git+https://github.com/own/x?branch=main#{SHA}"', {OWN}),
        ("Gemfile", 'gem "x", git: "https://github.com/own/x"', {OWN}),
        ("Gemfile", "gem 'x', :github => 'own/x'", {OWN}),
        ("Gemfile.lock", f"GIT\n  remote: https://github.com/own/x\n  revision: {SHA}\n", {OWN}),
        ("mix.exs", '{:x, github: "own/x", tag: "v1"}', {OWN}),
        ("mix.lock", f'"x": {{:git, "https://github.com/own/x.git", "{SHA}", []}}', {OWN}),
        ("composer.json", '{"repositories": [{"type": "vcs", "url": "https:\\/\\/github.com\\/own\\/x"}]}', {OWN}),
        ("go.mod", "require (\n\tgithub.com/own/x/v2 v2.0.1\n\tgolang.org/x/net v0.1.0\n)\n", {OWN}),
        ("main.txt", "\tgithub.com/own/x/v2 v2.0.1\n", set()),
        ("package.json", PACKAGE, {OWN, GitSource("gitlab.com", "team/c"), GitSource("github.com", "own/e"),
                                   GitSource("github.com", "own/f")}),
        ("package.json", '{"dependencies": [', set()),
        ("package-lock.json", f'{{"resolved": "git+ssh://git@github.com/own/x.git#{SHA}"}}', {OWN}),
        ("package-lock.json", '{"funding": {"type": "github", "url": "https://github.com/sponsors/own"}}', set()),
        ("package-lock.json", '{"funding": {"type": "git", "url": "https://github.com/sponsors/own.git"}}', set()),
        ("composer.lock", '{"funding": [{"url": "https://github.com/sponsors/own.git", "type": "git"}]}', set()),
        ("composer.lock", '{"packages": [{"source": {"type": "git", "url": "https://github.com/own/x"}}]}', {OWN}),
        ("composer.lock", '{"packages": [{"support": {"source": "https://github.com/own/x.git"}}]}', set()),
        ("composer.lock", '{"packages": [{"homepage": "https://github.com/own/x.git"}]}', set()),
        ("package-lock.json", '{"packages": {"a": {"deprecated": "see git+https://github.com/own/x"}}}', set()),
        ("pnpm-lock.yaml", "  a@1.0.0:\n    deprecated: >-\n      See\n      git+https://github.com/own/x\n", set()),
        ("pnpm-lock.yaml", "  a@1.0.0:\n    resolution: {type: git, repo: 'https://github.com/own/x.git'}\n", {OWN}),
        ("poetry.lock", 'description = "See git+https://github.com/own/x"\n', set()),
        (".github/nightshift.yml", "setup:\n  - pip install git+https://github.com/own/x\n", {OWN}),
        (".openhands/setup.sh", "git clone --depth 1 https://github.com/own/x /tmp/x\n", {OWN}),
        ("requirements.txt", "x @ git+https://github.com.example.org/own/x\n", set()),
        ("requirements.txt", "x @ git+https://github.com/../x\n", set()),
    ],
)  # fmt: skip
def test_a_source_is_found_in_each_form(path: str, text: str, expected: set[GitSource]) -> None:
    """Below the top as at it. What only mentions a repository opens none."""
    assert find_git_sources({f"sub/{path}" if "." in path[1:] else path: text.encode()}) == expected


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("requirements.txt", "x @ git+ssh://git@git.corp.example/group/team/x.git@v1\n", "group/team/x"),
        ("Cargo.toml", 'x = { git = "https://git.corp.example/team/x" }', "team/x"),
        ("go.mod", "require git.corp.example/team/x v1.2.0\n", "team/x"),
        ("package.json", '{"dependencies": {"x": "git+https://git.corp.example/team/x.git#v1"}}', "team/x"),
        ("Cargo.toml", 'x = { git = "https://git.other.example/team/x" }', ""),
    ],
)
def test_hosts_of_the_operators_count_as_well(path: str, text: str, found: str) -> None:
    """Without the operator no other host does."""
    contents, host = {path: text.encode()}, "git.corp.example"
    assert find_git_sources(contents, {host}) == ({GitSource(host, found)} if found else set())
    assert find_git_sources(contents) == set()
