"""The versions that a repository's files name, and which installed version fits one."""

from __future__ import annotations

import pytest

from bot.core.tool_homes import version_order
from bot.core.tool_versions import Tool, find_missing, named_versions, newest_fitting
from bot.core.version_files import VERSION_FILES
from bot.core.version_ranges import fits


def named(**files: str) -> dict[str, str]:
    return {tool.name: tool.version for tool in named_versions({**files}.get)}


@pytest.mark.parametrize(
    ("path", "text", "tools"),
    [
        (".python-version", "3.13\n", {"python": "3.13"}),
        (".python-version", "# ours\npython-3.12.1  # the newest\n3.11\n", {"python": "3.12.1"}),
        (".python-version", "pypy3.10-7.3.12\n", {"python": "pypy3.10-7.3.12"}),
        (".nvmrc", "v20.11.0", {"node": "v20.11.0"}),
        (".nvmrc", "lts/iron\r\n", {"node": "lts/iron"}),
        (".node-version", "\ufeff18\n", {"node": "18"}),
        (
            ".tool-versions",
            "nodejs 20.1.0 # x\npython 3.12 3.11\ngolang 1.22\n",
            {"node": "20.1.0", "python": "3.12", "go": "1.22"},
        ),
        (".tool-versions", "node path:/opt/node\nruby ref:abc\n", {}),
        (
            "mise.toml",
            "[tools]\nnode = '20'\npython = ['3.12', '3.11']\ngo = {version = '1.22'}\n",
            {"node": "20", "python": "3.12", "go": "1.22"},
        ),
        (".mise.toml", "[tools]\n'npm:prettier' = '3'\n'core:node' = '22'\n", {"node": "22"}),
        ("mise.toml", "[tools", {}),
        (
            "package.json",
            '{"packageManager": "pnpm@9.1.0+sha512.abc", "engines": {"node": ">=18"}}',
            {"pnpm": "9.1.0", "node": ">=18"},
        ),
        (
            "package.json",
            '{"volta": {"node": "20.1.0"}, "engines": {"node": ">=18", "npm": ">=9"}}',
            {"node": "20.1.0"},
        ),
        ("package.json", '{"engines": ["node"], "packageManager": 1}', {}),
        ("package.json", "[]", {}),
        ("rust-toolchain", "nightly-2024-05-01\n", {"rust": "nightly-2024-05-01"}),
        ("rust-toolchain", "[toolchain]\nchannel = '1.75'\n", {"rust": "1.75"}),
        ("rust-toolchain.toml", "[toolchain]\nchannel = 'stable'\ncomponents = ['clippy']\n", {"rust": "stable"}),
        ("rust-toolchain.toml", "[toolchain]\npath = '/x'\n", {}),
        ("go.mod", "module x\n\ngo 1.22.3\n\ntoolchain go1.23.0\n", {"go": ">=1.22.3"}),
        ("go.work", "go 1.21\nuse ./a\n", {"go": ">=1.21"}),
        (".ruby-version", "ruby-3.2.2\n", {"ruby": "3.2.2"}),
        ("Gemfile", 'source "x"\nruby "3.3.0"\n', {"ruby": "3.3.0"}),
        ("Gemfile", "ruby '>= 3.1', '< 3.4'\n", {"ruby": ">= 3.1 < 3.4"}),
        ("Gemfile", 'ruby file: ".ruby-version"\n', {}),
        (".java-version", "17.0\n", {"java": "17.0"}),
        (".sdkmanrc", "# x\njava=21.0.2-tem\nmaven=3.9.6\n", {"java": "21.0.2-tem", "maven": "3.9.6"}),
        ("global.json", '{"sdk": {"version": "8.0.100"}}', {"dotnet": ">=8.0.100 <8.0.200"}),
        ("global.json", '// x\n{"sdk": {"version": "8.0.100", "rollForward": "latestMajor"}}', {"dotnet": ">=8.0.100"}),
        ("composer.json", '{"require": {"php": "^8.1|^8.2"}}', {"php": "^8.1||^8.2"}),
        ("pyproject.toml", "[project]\nrequires-python = '>=3.9,<4'\n", {"python": ">=3.9,<4"}),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.10'\n", {"python": "^3.10"}),
        ("runtime.txt", "python-3.12.1\n", {"python": "3.12.1"}),
        ("Pipfile", '[requires]\npython_version = "3.12"\n', {"python": "3.12"}),
        ("Pipfile", '[requires]\npython_version = "3.12"\npython_full_version = "3.12.1"\n', {"python": "3.12.1"}),
        ("setup.cfg", "[options]\npackages = find:\npython_requires = >=3.9, <4\n", {"python": ">=3.9, <4"}),
        ("setup.py", "setup(name='x',\n    python_requires='>=3.9',\n)\n", {"python": ">=3.9"}),
        ("setup.py", "# python_requires='>=3.9'\nsetup()\n", {}),
        (".bun-version", "1.1.0", {"bun": "1.1.0"}),
        (".python-version", "", {}),
        (".nvmrc", "\0\0\x1b[31m", {}),
        (".tool-versions", f"node {'9' * 500}\n", {}),
    ],
)
def test_each_file_is_read_as_its_own_tool_reads_it(path: str, text: str, tools: dict[str, str]) -> None:
    """What cannot be read names nothing: it is no reason to end a task."""
    assert named(**{path: text}) == tools


def test_the_file_that_decides_comes_first() -> None:
    """A version manager's is exact; a package's own range is kept for those who have none."""
    files = {
        "pyproject.toml": "[project]\nrequires-python='>=3.9'",
        ".python-version": "3.12",
        ".tool-versions": "node 20",
    }
    files["package.json"] = '{"engines": {"node": ">=16"}}'

    assert named(**files) == {"node": "20", "python": "3.12"}
    assert [tool.origin for tool in named_versions(files.get)] == [".tool-versions", ".python-version"]


@pytest.mark.parametrize("path", VERSION_FILES)
@pytest.mark.parametrize(
    "text", ["{", "[]", "null", "[x]\n", "\0", "a" * 100_000, "{}", "1", '"x"', "= =", "[tools]\nx=1"]
)
def test_no_file_ends_a_task(path: str, text: str) -> None:
    """Whatever it holds."""
    for tool in named_versions({path: text}.get):
        assert len(str(tool)) < 200


@pytest.mark.parametrize(
    ("version", "wanted", "tool"),
    [
        *(
            ("3.12.1", wanted, "python")
            for wanted in ("3.12", "3.12.1", ">=3.9", ">=3.9,<4", "~=3.10", "^3.10", "3", "3.12.*", "==3.12", "")
        ),
        *(("3.12.1", wanted, "python") for wanted in ("==3.12.*", ">=3.8,!=3.9.1", "<3.13", "system", "3.x")),
        *(
            ("20.11.0", wanted, "node")
            for wanted in ("20", "v20", "v20.11.0", "20.x", ">=18", "18 || 20", "^20.1.0", "~20.11.0")
        ),
        *(
            ("20.11.0", wanted, "node")
            for wanted in ("lts/iron", "lts/*", "node", "18 - 22", ">= 18 < 21", "*", "latest")
        ),
        *(
            ("17.0.15", wanted, "java")
            for wanted in ("17", "17.0", "temurin-17", "17.0.15-tem", "openjdk-17", "zulu-17.0")
        ),
        *(("3.2.2", wanted, "ruby") for wanted in ("ruby-3.2.2", "~> 3.2.0", "~> 3.1", ">= 3.1 < 3.4")),
        *(("1.22.3", wanted, "go") for wanted in (">=1.22", ">=1.21.0", "1.22", "go1.22.3")),
        ("1.8.0", "8", "java"),
        ("8.0.392", "1.8", "java"),
        ("stable", "stable", "rust"),
        ("nightly-2024-05-01", "nightly-2024-05-01", "rust"),
        ("1.75.0", "1.75", "rust"),
        ("1.63.0", "stable", "rust"),
        ("8.0.111", ">=8.0.100 <8.0.200", "dotnet"),
        ("pypy3.10-7.3.12", "pypy3.10", "python"),
        ("3.14.0rc1", "3.14.0rc1", "python"),
        ("3.14-dev", "3.14-dev", "python"),
        ("8.2.36", "^8.1||^8.2", "php"),
        ("0.2.5", "^0.2.3", "node"),
    ],
)
def test_versions_that_fit(version: str, wanted: str, tool: str) -> None:
    assert fits(version, wanted, tool)


@pytest.mark.parametrize(
    ("version", "wanted", "tool"),
    [
        *(("3.12.1", wanted, "python") for wanted in ("3.13", "3.1", "3.12.10", ">=3.13", "<3.12", "~=3.11.0", "2")),
        *(("3.12.1", wanted, "python") for wanted in ("pypy3.12", "!=3.12.1", "^4", "nonsense", "${VERSION}")),
        *(
            ("20.11.0", wanted, "node")
            for wanted in ("2", "18", "lts/hydrogen", "^18", "~20.10", ">20.11.0", "18 || 22", "1 - 18")
        ),
        *(("17.0.15", wanted, "java") for wanted in ("1.7", "21", "17.0.2-tem", "11")),
        *(("3.2.2", wanted, "ruby") for wanted in ("~> 3.3", "~> 3.2.3", "jruby-3.2.2")),
        *(("stable", wanted, "rust") for wanted in ("nightly", "1.75", "beta")),
        ("nightly", "nightly-2024-05-01", "rust"),
        ("21.0.0", "lts/*", "node"),
        ("3.14.0rc1", ">=3.9", "python"),
        ("pypy3.10-7.3.12", "3.10", "python"),
        ("0.3.0", "^0.2.3", "node"),
        ("8.0.205", ">=8.0.100 <8.0.200", "dotnet"),
    ],
)
def test_versions_that_do_not(version: str, wanted: str, tool: str) -> None:
    """What cannot be read fits nothing but itself."""
    assert not fits(version, wanted, tool)


def test_the_newest_that_fits_is_chosen() -> None:
    python = Tool(name="python", version="3", origin=".python-version")
    versions = sorted(["3.9.18", "3.10.13", "3.13.0rc1", "3.8.1", "2.7.18"], key=version_order)

    assert versions == ["2.7.18", "3.8.1", "3.9.18", "3.10.13", "3.13.0rc1"]
    assert newest_fitting(python, versions) == "3.10.13"


def test_a_missing_version_is_named_with_those_that_are_here() -> None:
    """Where it was asked for, and what could be used instead. Of a tool in an unknown version nothing is said."""
    tools = (
        Tool(name="python", version="3.14", origin=".python-version"),
        Tool(name="go", version=">=1.22", origin="go.mod"),
        Tool(name="shellcheck", version="0.9", origin=".tool-versions"),
        Tool(name="node", version="20", origin=".nvmrc"),
    )
    missing = find_missing(tools, {"python": ("3.11.7", "3.12.1"), "shellcheck": (), "node": ("20.1.0",)})

    assert [str(each) for each in missing] == [
        "python 3.14 (`.python-version`) is not installed here (there is 3.11.7, 3.12.1)",
        "go >=1.22 (`go.mod`) is not installed here",
    ]
    assert missing[0].what == "asks for python 3.14, which is not installed here (there is 3.11.7, 3.12.1)"
