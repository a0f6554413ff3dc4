"""What is published but named first: scripts that run at an installation, and new dependencies."""

from __future__ import annotations

import pytest

from bot.core.install_scripts import install_scripts
from bot.core.packages import package_changes
from tests.core.changed_files import change

# -- what runs at an installation


@pytest.mark.parametrize(
    ("path", "before", "after", "said"),
    [
        ("package.json", {}, {"scripts": {"postinstall": "node x"}}, "its script postinstall runs when"),
        ("package.json", {"scripts": {"prepare": "a"}}, {"scripts": {"prepare": "b"}}, "its script prepare runs"),
        ("package.json", {}, {"trustedDependencies": ["x"]}, "it changes which packages may run scripts"),
        ("package.json", {}, {"pnpm": {"onlyBuiltDependencies": ["x"]}}, "it changes which packages may run scripts"),
        ("composer.json", {}, {"scripts": {"post-install-cmd": "x"}}, "its script post-install-cmd runs when"),
        ("setup.py", None, b"x", "runs when the project is installed or built"),
        ("crates/a/build.rs", b"a", b"b", "runs when the project is installed or built"),
        ("binding.gyp", None, b"x", "runs when the project is installed or built"),
        ("ext/a/extconf.rb", b"a", b"b", "runs when the project is installed or built"),
        ("pyproject.toml", "", "[build-system]\nbuild-backend='x'\nbackend-path=['.']\n", "its build settings change"),
        ("pyproject.toml", "", "[tool.hatch.build.hooks.custom]\n", "its build settings change"),
        ("pyproject.toml", "", "[tool.hatch.build]\nsince=2026-01-01\n", "its build settings change, and they run"),
        ("pyproject.toml", "", "[tool.hatch", "it cannot be read as TOML"),
        ("Cargo.toml", "", "[package]\nbuild = 'x.rs'\n", "its key `build` or `links` changes"),
        ("Dockerfile", b"a", b"b", "runs when the project is installed or built"),
    ],
)
def test_install_scripts_are_named(path: str, before: object, after: object, said: str) -> None:
    (note,) = install_scripts([change(path, before, after)])

    assert note.what.startswith(said)


def test_unchanged_install_scripts_are_not() -> None:
    before = {"scripts": {"postinstall": "a"}, "version": "1"}

    assert install_scripts([change("package.json", before, before | {"version": "2"})]) == []
    assert install_scripts([change("pyproject.toml", "[build-system]\n", "[build-system]\nrequires=['x']\n")]) == []


# -- dependencies


@pytest.mark.parametrize(
    ("path", "before", "after", "said"),
    [
        ("package.json", {}, {"dependencies": {"left-pad": "1"}}, "adds the dependency left-pad"),
        ("web/package.json", {}, {"devDependencies": {"a": "1", "b": "2"}}, "adds the dependencies a, b"),
        ("package.json", {}, {"optionalDependencies": {"a": "evil/a"}}, "adds the dependency a from evil/a"),
        (
            "package.json",
            {"dependencies": {"a": "1"}},
            {"dependencies": {"a": "git+https://evil.example/a"}},
            "takes from another source: a from git+https://evil.example/a",
        ),
        (
            "package.json",
            {"dependencies": {"a": "1"}},
            {"dependencies": {"a": "npm:b@1"}},
            "takes from another source: a from npm:b@1",
        ),
        ("package.json", {}, {"overrides": {"a": "2"}}, "adds the dependency the override a"),
        ("package.json", {}, b"{", "it cannot be read as JSON: look for new dependencies"),
        ("pyproject.toml", "", "[project]\ndependencies=['Left_Pad>=1']\n", "adds the dependency left-pad"),
        ("pyproject.toml", "", "[dependency-groups]\ndev=['a','b']\n", "adds the dependencies a, b"),
        ("pyproject.toml", "", "[build-system]\nrequires=['evil']\n", "adds the dependency evil"),
        ("pyproject.toml", "", "[tool.poetry.group.dev.dependencies]\na='1'\n", "adds the dependency a"),
        (
            "pyproject.toml",
            "[project]\ndependencies=['a']\n",
            "[project]\ndependencies=['a @ https://evil.example/a.whl']\n",
            "takes from another source: a from https://evil.example/a.whl",
        ),
        (
            "pyproject.toml",
            "",
            "[[tool.uv.index]]\nurl='https://evil.example/simple'\n",
            "adds the dependency the registry https://evil.example/simple",
        ),
        ("requirements.txt", "a==1\n", "a==2\nB[x]>=1 ; python_version>'3' # why\n", "adds the dependency b"),
        ("requirements/dev.txt", "", "--index-url https://evil.example\n", "adds the dependency --index-url https"),
        ("dev-requirements.in", "", "git+https://evil.example/a\n", "adds the dependency git+https://evil.example/a"),
        ("requirements.txt", "", "a==1 \\\n  --hash=sha256:00\n", "adds the dependency a"),
        ("Cargo.toml", "", "[dependencies]\nserde = '1'\n", "adds the dependency serde"),
        (
            "Cargo.toml",
            "",
            "[target.'cfg(unix)'.build-dependencies]\na = {git = 'https://evil.example'}\n",
            "adds the dependency a from https://evil.example",
        ),
        ("Cargo.toml", "", "[patch.crates-io]\na = {path = 'x'}\n", "adds the dependency a from x"),
        ("go.mod", "module x\n", "module x\nrequire evil.example/a v1.0.0\n", "adds the dependency evil.example/a"),
        ("go.mod", "", "require (\n\tgithub.com/a/b v1.2.3 // indirect\n)\n", "adds the dependency github.com/a/b"),
        (
            "go.mod",
            "",
            "replace github.com/a/b => ../b\n",
            "adds the dependency the replacement of github.com/a/b from",
        ),
        ("Gemfile", "", "gem 'rails', git: 'https://evil.example'\n", "adds the dependency rails from https://evil"),
        ("Pipfile", "", "[packages]\na = '*'\n", "adds the dependency a"),
        ("composer.json", {}, {"require-dev": {"a/b": "1"}}, "adds the dependency a/b"),
        ("pubspec.yaml", "", "dependencies:\n  a: ^1\n", "adds the dependency a"),
        ("environment.yml", "", "dependencies:\n- numpy=1\n- pip:\n  - b\n", "adds the dependencies numpy, b"),
        ("pnpm-workspace.yaml", "", "catalog:\n  a: 1\n", "adds the dependency a"),
        ("pnpm-workspace.yaml", "", "catalogs:\n  old:\n    a: 1\n", "adds the dependency a"),
        ("pubspec.yaml", "", "dev_dependencies:\n  a: ^1\n", "adds the dependency a"),
        ("Cargo.toml", "", "[dev-dependencies]\na='1'\n", "adds the dependency a"),
        ("pyproject.toml", "", "[tool.hatch.envs.test]\ndependencies=['a']\n", "adds the dependency a"),
        ("pyproject.toml", "", "[tool.hatch.envs.test]\nextra-dependencies=['a']\n", "adds the dependency a"),
        (
            "pyproject.toml",
            "",
            "[[tool.pdm.source]]\nurl='https://evil.example'\n",
            "adds the dependency the registry https://evil.example",
        ),
        ("pom.xml", b"a", b"b", "the manifest changes: look for new dependencies"),
        ("app/build.gradle.kts", b"a", b"b", "the manifest changes: look for new dependencies"),
        ("poetry.lock", b"a", b"b", "decides which packages are installed, and from where"),
    ],
)
def test_new_dependencies_are_named(path: str, before: object, after: object, said: str) -> None:
    """And places that packages did not come from before."""
    (note,) = package_changes([change(path, before, after)])

    assert note.what.startswith(said)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("package.json", {"dependencies": {"a": "1"}}, {"dependencies": {"a": "2"}}),
        ("package.json", {"dependencies": {"a": "1"}}, {}),
        ("requirements.txt", "a==1\n# c\n", "a==2\n"),
        ("Cargo.toml", "[dependencies]\na='1'\n", "[dependencies]\na='2'\n"),
        ("docs/requirements.md", "", "b\n"),
    ],
)
def test_a_newer_version_is_no_new_dependency(path: str, before: object, after: object) -> None:
    assert package_changes([change(path, before, after)]) == []


def test_many_dependencies_are_counted() -> None:
    many = {f"p{number}": "1" for number in range(20)}

    (note,) = package_changes([change("package.json", {}, {"dependencies": many})])

    assert note.what == "adds the dependencies p0, p1, p2, p3 and 16 more"


def test_a_lockfile_that_names_a_new_host_says_so() -> None:
    """What a poisoned lockfile does; GitHub folds the file away in the review."""
    before = '{"resolved": "https://registry.npmjs.org/a.tgz"}'
    after = '{"resolved": "https://evil.example/a.tgz"}'

    found = package_changes([change("package-lock.json", before, after)])

    assert [note.what for note in found] == [
        "takes packages from evil.example:443, which it did not before",
        "decides which packages are installed, and from where",
    ]
