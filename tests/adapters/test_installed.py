"""Which versions of tools are here, which is chosen for a repository, and what is said of those that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.installed import installations, select_tools
from bot.adapters.tools import Toolbox, find_tools
from tests.adapters.tool_homes import a_home


@pytest.fixture
def home() -> Iterator[Path]:
    with a_home() as made:
        yield made


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def toolbox(home: Path, *path: str) -> Toolbox:
    return find_tools(None, {"PATH": ":".join((*path, "/usr/bin", "/bin"))}, home=home)


MANAGED = {
    "pyenv": ("python", ".pyenv/versions/3.99.1/bin/python3", ".python-version", "3.99"),
    "uv": ("python", ".local/share/uv/python/cpython-3.99.1-linux-x86_64-gnu/bin/python3", ".python-version", "3.99.1"),
    "nvm": ("node", ".nvm/versions/node/v99.1.0/bin/node", ".nvmrc", "v99"),
    "fnm": ("node", ".local/share/fnm/node-versions/v99.1.0/installation/bin/node", ".node-version", "99.1.0"),
    "volta": ("node", ".volta/tools/image/node/99.1.0/bin/node", "package.json", '{"engines": {"node": ">=99"}}'),
    "asdf": ("node", ".asdf/installs/nodejs/99.1.0/bin/node", ".tool-versions", "nodejs 99.1.0"),
    "asdf's go": ("go", ".asdf/installs/golang/1.99.0/go/bin/go", "go.mod", "module x\ngo 1.99\n"),
    "mise": ("ruby", ".local/share/mise/installs/ruby/9.3.0/bin/ruby", "mise.toml", "[tools]\nruby = '9.3'"),
    "rbenv": ("ruby", ".rbenv/versions/9.3.0/bin/ruby", ".ruby-version", "ruby-9.3.0"),
    "chruby": ("ruby", ".rubies/ruby-9.3.0/bin/ruby", ".ruby-version", "9.3"),
    "sdkman": ("java", ".sdkman/candidates/java/99.0.2-tem/bin/java", ".java-version", "99"),
    "go's own": ("go", "sdk/go1.99.0/bin/go", "go.mod", "go 1.99\n"),
    "n": ("node", "n/n/versions/node/99.1.0/bin/node", ".nvmrc", "99"),
}


@pytest.mark.parametrize("name", MANAGED)
def test_the_version_that_a_repository_names_comes_first(home: Path, name: str) -> None:
    """Whichever manager has it."""
    tool, where, origin, text = MANAGED[name]
    made = program(home / where, "never asked")

    chosen = select_tools(toolbox(home), {origin: text}.get)

    assert chosen.path[0] == str(made.parent)
    assert chosen.missing == ()
    assert chosen.programs[tool] == made


def test_a_rust_toolchain_is_chosen_by_name(home: Path) -> None:
    """Its programs are rustup's: they take another one from a variable."""
    for name in ("stable", "1.75.0", "nightly-2024-05-01"):
        (home / f".rustup/toolchains/{name}-x86_64-unknown-linux-gnu/bin").mkdir(parents=True)
    program(home / ".cargo/bin/rustc", "rustc 1.95.0")
    known = {"1.75": "1.75.0", "nightly-2024-05-01": "nightly-2024-05-01", "stable": "stable"}

    for named, expected in known.items():
        chosen = select_tools(toolbox(home), {"rust-toolchain": named}.get)
        assert chosen.variables["RUSTUP_TOOLCHAIN"] == f"{expected}-x86_64-unknown-linux-gnu"
    missing = select_tools(toolbox(home), {"rust-toolchain": "1.60"}.get).missing
    assert [str(each) for each in missing] == [
        "rust 1.60 (`rust-toolchain`) is not installed here (there is stable, 1.75.0, nightly-2024-05-01)"
    ]


def test_links_of_rustup_without_a_toolchain_are_no_rust(home: Path) -> None:
    """They are there in no version, though PATH finds them; another program of this name is there in an unknown one."""
    links = program(home / ".cargo/bin/rustup", "").parent
    (links / "rustc").symlink_to("rustup")
    (home / ".rustup/toolchains").mkdir(parents=True)

    missing = select_tools(toolbox(home), {"rust-toolchain": "1.2.3"}.get).missing

    assert [str(each) for each in missing] == ["rust 1.2.3 (`rust-toolchain`) is not installed here"]
    (links / "rustc").unlink()
    program(links / "rustc", "unknown")
    assert select_tools(toolbox(home, str(links)), {"rust-toolchain": "1.2.3"}.get).missing == ()


def test_java_gets_its_home(home: Path) -> None:
    program(home / ".sdkman/candidates/java/99.0.2-tem/bin/java", "")

    chosen = select_tools(toolbox(home), {".java-version": "99"}.get)

    assert chosen.variables["JAVA_HOME"] == f"{home}/.sdkman/candidates/java/99.0.2-tem"


def test_what_path_finds_stays_where_it_fits(home: Path) -> None:
    """Though a newer one is here: it is what the operator uses."""
    own = program(home / "own/bin/node", "v98.1.0")
    program(home / ".nvm/versions/node/v99.1.0/bin/node", "v99.1.0")
    tools = toolbox(home, str(own.parent))

    assert select_tools(tools, {".nvmrc": ">=90"}.get).path == tools.path
    assert select_tools(tools, {".nvmrc": ">=99"}.get).path[0] == f"{home}/.nvm/versions/node/v99.1.0/bin"


@pytest.mark.parametrize(
    ("tool", "name", "says", "version"),
    [
        ("python", "python3", "Python 3.98.1", "3.98.1"),
        ("node", "node", "v98.1.0", "98.1.0"),
        ("go", "go", "go version go1.98.3 linux/amd64", "1.98.3"),
        ("ruby", "ruby", "ruby 9.8.1 (2099-01-01 revision abc) [x86_64-linux]", "9.8.1"),
        ("java", "java", 'openjdk version "98" 2099-03-01', "98"),
        ("java", "java", 'openjdk version "98.0.2" 2099-03-01 LTS', "98.0.2"),
        ("rust", "rustc", "rustc 1.98.0 (abc 2099-01-01)", "1.98.0"),
        ("php", "php", "PHP 9.8.1 (cli) (built: Jan 1 2099)", "9.8.1"),
        ("dotnet", "dotnet", "8.0.100 [/usr/share/dotnet/sdk]", "8.0.100"),
        ("pnpm", "pnpm", "98.1.0", "98.1.0"),
        ("deno", "deno", "deno 9.8.1 (release, x86_64-unknown-linux-gnu)", "9.8.1"),
    ],
)
def test_a_program_is_asked_for_its_version(home: Path, tool: str, name: str, says: str, version: str) -> None:
    """As each of them prints it."""
    made = program(home / "own/bin" / name, says)

    assert [found.version for found in installations(toolbox(home, str(made.parent)), tool)][-1] == version


def test_a_program_that_fails_or_is_unknown_has_no_version(home: Path) -> None:
    """It is there all the same: nothing is said of it."""
    program(home / "own/bin/node", "x").write_text("#!/bin/sh\nexit 1\n")
    program(home / "own/bin/shellcheck", "0.8.0")
    tools = toolbox(home, f"{home}/own/bin")

    assert list(installations(tools, "shellcheck")) == []
    assert select_tools(tools, {".tool-versions": "shellcheck 0.9\n"}.get).missing == ()


def test_what_is_missing_is_named_with_its_file(home: Path) -> None:
    program(home / ".pyenv/versions/3.99.1/bin/python3", "Python 3.99.1")
    tools = Toolbox(homes=(("pyenv", home / ".pyenv"),))

    missing = select_tools(tools, {".python-version": "3.98\n", ".tool-versions": "erlang 99\n"}.get).missing

    assert [each.tool.origin for each in missing] == [".tool-versions", ".python-version"]
    assert str(missing[0]) == "erlang 99 (`.tool-versions`) is not installed here"
    assert "3.98" in str(missing[1])
    assert "3.99.1" in str(missing[1])


def test_go_fetches_a_newer_version_of_itself(home: Path) -> None:
    """From 1.21 on, from the proxy of the modules; an older one cannot."""
    for version, count in (("1.21.0", 0), ("1.20.5", 1)):
        own = program(home / version / "bin/go", f"go version go{version} linux/amd64")
        assert len(select_tools(toolbox(home, str(own.parent)), {"go.mod": "go 1.99\n"}.get).missing) == count


def test_a_repository_that_names_nothing_gets_the_operators_tools(home: Path) -> None:
    own = program(home / "own/bin/node", "v98.1.0")
    tools = toolbox(home, str(own.parent))

    chosen = select_tools(tools, lambda _: None)

    assert (chosen.path, chosen.missing, chosen.named) == (tools.path, (), ())


def pythons(home: Path, *versions: str) -> Toolbox:
    """A host whose PATH finds 3.98.1, with these in pyenv."""
    own = program(home / "own/bin/python3", "Python 3.98.1")
    for version in versions:
        program(home / f".pyenv/versions/{version}/bin/python3", f"Python {version}")
    return toolbox(home, str(own.parent))


@pytest.mark.parametrize(
    ("origin", "text", "expected"),
    [
        (".python-version", "3.97", ".pyenv/versions/3.97.4/bin/python3"),
        (".python-version", "3.98.1", "own/bin/python3"),
        (".tool-versions", "python 3.97.4", ".pyenv/versions/3.97.4/bin/python3"),
        ("mise.toml", "[tools]\npython = '3.97'", ".pyenv/versions/3.97.4/bin/python3"),
        ("runtime.txt", "python-3.97.4", ".pyenv/versions/3.97.4/bin/python3"),
        ("Pipfile", "[requires]\npython_version = '3.97'", ".pyenv/versions/3.97.4/bin/python3"),
        ("pyproject.toml", "[project]\nrequires-python = '>=3.9'", ".pyenv/versions/3.99.2/bin/python3"),
        ("pyproject.toml", "[project]\nrequires-python = '>=3.9,<3.99'", "own/bin/python3"),
        ("pyproject.toml", "[project]\nrequires-python = '>=3.9,<3.98'", ".pyenv/versions/3.97.4/bin/python3"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '~3.97'", ".pyenv/versions/3.97.4/bin/python3"),
        ("setup.cfg", "[options]\npython_requires = !=3.99.*\n", "own/bin/python3"),
        ("setup.py", "setup(python_requires='>=3.99')", ".pyenv/versions/3.99.2/bin/python3"),
    ],
)
def test_an_environment_is_made_with_the_python_that_is_named(
    home: Path, origin: str, text: str, expected: str
) -> None:
    """With the newest of those that a range permits, and no version to come."""
    tools = pythons(home, "3.97.4", "3.99.2", "3.96.1", "3.100.0rc1")

    chosen = select_tools(tools, {origin: text}.get)

    assert chosen.programs["python"] == home / expected
    assert chosen.missing == ()


def test_a_python_that_makes_no_environment_is_not_chosen(home: Path) -> None:
    tools = pythons(home, "3.97.4")
    broken = home / ".pyenv/versions/3.99.2/bin/python3"
    program(broken, "x").write_text("#!/bin/sh\nexit 1\n")

    chosen = select_tools(tools, {"pyproject.toml": "[project]\nrequires-python = '>=3.9'"}.get)

    assert chosen.programs["python"] == home / "own/bin/python3"


def test_a_python_that_is_not_installed_is_missing(home: Path) -> None:
    """The environment is then made with what PATH finds, and the report says so."""
    tools = pythons(home, "3.97.4")

    chosen = select_tools(tools, {".python-version": "3.42"}.get)

    assert "python" not in chosen.programs
    (missing,) = map(str, chosen.missing)
    assert missing.startswith("python 3.42 (`.python-version`) is not installed here (there is ")
    assert missing.endswith("3.97.4, 3.98.1)")
