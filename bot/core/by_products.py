"""Environments, caches and outputs of builds that programs leave in a work tree: by-products, which are no work.

A folder is a by-product only by a sure sign, such as `pyvenv.cfg`, or `package.json` of an installed package: a folder
that is merely called `build` or `env` may hold source, and to lose work is worse than to publish too much. What is
written into `dist` has separate rules (`bot/core/build_outputs.py`). Below a folder of fixtures nothing but
compiled Python is one, since tests of package managers and bundlers need such files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from bot.core.build_outputs import OUTPUT, is_build_output, may_be_output

_READ = 4096  # bytes of a file in which a sign is looked for


class Folder(Protocol):
    """One folder, of a work tree or of a commit. No link is followed."""

    @property
    def names(self) -> Collection[str]:
        """All that lies in it."""

    def inside(self, name: str) -> Folder | None:
        """A folder in it; None if there is none of this name."""

    def read(self, name: str, limit: int) -> bytes:
        """The first bytes of a file in it, empty if there is none of this name; of a link its text."""

    def is_link(self, name: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class ByProduct:
    """`what` is shown to people. `names`: of the folder, as patterns, or of it and the one around it. `signs`: groups
    of which one has to hold, each a set of words that all have to hold: `a/b` lies in the folder, `../a` beside it,
    `a=text` is a file that holds the text (with `_` for a space). Without signs the name alone is sure."""

    what: str
    names: tuple[str, ...]
    signs: tuple[str, ...] = ()


_ANY = ("*",)
_PYTHON_PROJECT = ("../setup.py", "../pyproject.toml", "../setup.cfg")
_GRADLE = ("../build.gradle", "../build.gradle.kts", "../settings.gradle", "../settings.gradle.kts")


def _each(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Every pair of two lists of signs, as one group."""
    return tuple(f"{one} {two}" for one in first for two in second)


KINDS = (
    ByProduct("a Python environment", _ANY, ("pyvenv.cfg=home", "bin/activate bin/python*", "Scripts/activate*")),
    ByProduct("a Conda environment", _ANY, ("conda-meta/history",)),
    ByProduct("a cache", _ANY, ("CACHEDIR.TAG=Signature:_8a477f597d28d172789f06886806bc55",)),
    ByProduct("compiled Python", ("__pycache__",)),
    ByProduct("metadata of an installed package", ("*.egg-info",), ("PKG-INFO",)),
    ByProduct("metadata of an installed package", ("*.dist-info",), ("METADATA RECORD", "METADATA INSTALLER")),
    ByProduct(
        "a cache of Python tools", (".pytest_cache", ".mypy_cache", ".ruff_cache", ".pytype", ".pyre", ".hypothesis")
    ),
    ByProduct("environments of tox or nox", (".tox", ".nox")),
    ByProduct("packages of Python", (".eggs", "__pypackages__", "pip-wheel-metadata", ".pdm-build")),
    ByProduct("environments of pixi", (".pixi/envs",)),
    ByProduct("checkpoints of notebooks", (".ipynb_checkpoints",)),
    ByProduct(
        "a build of Python",
        ("build",),
        ("bdist.*", "lib ../*.egg-info", "lib ../src/*.egg-info", "lib.*-*", "temp.*-*"),
    ),
    ByProduct("distributions of Python", ("dist",), _each(("*.whl", "*.tar.gz"), _PYTHON_PROJECT)),
    ByProduct("a coverage report", ("htmlcov",), ("index.html", "status.json")),
    ByProduct(
        "installed packages",
        ("node_modules",),
        (
            *(".package-lock.json", ".yarn-integrity", ".yarn-state.yml", ".modules.yaml", ".bin", ".pnpm", ".vite"),
            *(".cache", "*/package.json", "@*/*/package.json"),
        ),
    ),
    ByProduct("installed packages", ("bower_components",), ("*/.bower.json", "*/bower.json")),
    ByProduct("packages of pnpm", (".pnpm-store",)),
    ByProduct("packages of Yarn", (".yarn/cache",), ("*.zip",)),
    ByProduct("packages of Yarn", (".yarn/unplugged",)),
    ByProduct(
        "a cache of JavaScript tools",
        (".nyc_output", ".parcel-cache", ".turbo", ".rollup.cache", ".rpt2_cache", ".sass-cache", ".wireit"),
    ),
    ByProduct("a build of Next.js", (".next",), ("BUILD_ID", "cache", "build-manifest.json", "server", "trace")),
    ByProduct("a build of Nuxt", (".nuxt",), ("nuxt.d.ts", "dist", "tsconfig.json")),
    ByProduct("a build of SvelteKit", (".svelte-kit",), ("generated", "tsconfig.json", "output")),
    ByProduct("a build of Nuxt", (".output",), ("nitro.json",)),
    ByProduct("a build of Vercel", (".vercel/output",), ("config.json",)),
    ByProduct("a cache of Wrangler", (".wrangler",), ("tmp", "state")),
    ByProduct("a build of Storybook", ("storybook-static",), ("iframe.html",)),
    ByProduct("a cache of Docusaurus", (".docusaurus",), ("globalData.json", "docusaurus.config.mjs")),
    ByProduct(
        "a build of MkDocs", ("site",), _each(("search/search_index.json", "sitemap.xml.gz"), ("../mkdocs.yml",))
    ),
    ByProduct("a build of Sphinx", ("_build", "build"), ("doctrees", "html/.buildinfo", ".buildinfo")),
    ByProduct("a build of mdBook", ("book",), ("book.js ../book.toml", "toc.html ../book.toml")),
    ByProduct("a build of Jekyll", ("_site",), ("index.html ../_config.yml", "feed.xml ../_config.yml")),
    ByProduct(
        "a build of Hugo",
        ("public",),
        _each(("sitemap.xml index.html",), ("../hugo.toml", "../hugo.yaml", "../hugo.json", "../archetypes")),
    ),
    ByProduct("a cache of Angular", (".angular/cache",)),
    ByProduct("a cache of Astro", (".astro",), ("types.d.ts", "settings.json", "content.d.ts")),
    ByProduct("a build of Create React App", ("build",), ("asset-manifest.json ../package.json",)),
    ByProduct("a build of Vite", ("dist",), (".vite/manifest.json",)),
    ByProduct(
        "a coverage report",
        ("coverage",),
        ("lcov.info", "lcov-report", "coverage-final.json", "coverage-summary.json", "clover.xml", ".last_run.json"),
    ),
    ByProduct("a build of Cargo", ("target",), (".rustc_info.json", "debug/deps", "release/deps")),
    ByProduct(
        "a build of Maven",
        ("target",),
        _each(("classes", "test-classes", "maven-status", "maven-archiver", "surefire-reports"), ("../pom.xml",)),
    ),
    ByProduct("a build of sbt", ("target",), ("streams", "scala-*")),
    ByProduct(
        "a cache of Gradle",
        (".gradle",),
        (
            *("buildOutputCleanup", "checksums", "fileHashes", "vcs-1", "file-system.probe", "*/fileHashes"),
            *("configuration-cache", "caches", "*/executionHistory"),
        ),
    ),
    ByProduct(
        "a build of Gradle",
        ("build",),
        _each(("classes", "tmp", "libs", "reports", "test-results", "kotlin", "generated"), _GRADLE),
    ),
    ByProduct("a cache of Scala tools", (".bloop", ".metals", ".bsp"), ("*.json", "*.db", "*.log")),
    ByProduct("a build of CMake", _ANY, ("CMakeCache.txt CMakeFiles",)),
    ByProduct("a build of Meson", _ANY, ("meson-private meson-info",)),
    ByProduct(
        "packages of Composer",
        ("vendor",),
        ("autoload.php composer/installed.json", "autoload.php composer/*_real.php"),
    ),
    ByProduct("packages of Bundler", ("vendor/bundle",), ("ruby/*/gems", "ruby/*/specifications")),
    ByProduct("a build of Elixir", ("_build",), _each(("dev", "test", "prod"), ("../mix.exs",))),
    ByProduct(
        "packages of Elixir",
        ("deps",),
        ("*/.hex ../mix.exs", "*/.fetch ../mix.exs", "*/hex_metadata.config ../mix.exs"),
    ),
    ByProduct("a build of Erlang", ("_build",), ("default/lib",)),
    ByProduct(
        "a build of .NET",
        ("obj",),
        ("project.assets.json", "*.nuget.g.props", "*.nuget.dgspec.json", "project.nuget.cache"),
    ),
    ByProduct("a build of .NET", ("bin",), _each(("Debug", "Release"), ("../*.csproj", "../*.fsproj", "../*.vbproj"))),
    ByProduct("a build of Swift", (".build",), ("workspace-state.json", "build.db", "manifest.db", "debug.yaml")),
    ByProduct("packages of CocoaPods", ("Pods",), ("Manifest.lock",)),
    ByProduct("a cache of Dart", (".dart_tool",), ("package_config.json", "package_graph.json", "version")),
    ByProduct("a build of Haskell", (".stack-work",)),
    ByProduct("a build of Haskell", ("dist-newstyle",), ("cache/plan.json", "packagedb", "build")),
    ByProduct("a cache of Zig", ("zig-cache", ".zig-cache"), ("o", "h", "z", "tmp")),
    ByProduct("a build of OCaml", ("_build",), ("default/.dune", "log .lock", ".db")),
    ByProduct("providers of Terraform", (".terraform",), ("providers", "modules", "terraform.tfstate")),
    ByProduct("an environment of direnv", (".direnv",)),
    ByProduct("machines of Vagrant", (".vagrant",), ("machines", "bundler", "rgloader")),
    ByProduct("packages of Serverless", (".serverless",), ("*.zip", "*.json")),
)

_LINKED_ENVIRONMENTS = frozenset({"node_modules", ".venv", "venv", "env", "vendor", "target", ".tox", "__pypackages__"})
_MAGIC = 16  # bytes at the start of a file


@dataclass(frozen=True, slots=True)
class FileKind:
    """A single file, by its name, by what it begins with, and by the source beside it from which it is made."""

    what: str
    name: str
    magic: bytes
    sources: tuple[str, ...] = ()


_C = (".c", ".cc", ".cpp", ".cxx", ".m", ".s", ".S", ".f90", ".rs")
_FILE_KINDS = (
    FileKind("compiled Python", "*.pyc", b"\r\n", (".py",)),
    FileKind("compiled Python", "*.pyo", b"\r\n", (".py",)),
    FileKind("a state of the TypeScript compiler", "*.tsbuildinfo", b"{"),
    FileKind("data of coverage", ".coverage", b"SQLite format 3"),
    FileKind("data of coverage", ".coverage.*", b"SQLite format 3"),
    FileKind("a view of macOS", ".DS_Store", b"Bud1"),
    FileKind("a swap file of Vim", "*.sw[op]", b"b0VIM"),
    FileKind("a compiled file", "*.o", b"\x7fELF", _C),
    FileKind("a compiled file", "*.class", b"\xca\xfe\xba\xbe", (".java", ".kt", ".scala")),
    FileKind("a compiled program", "a.out", b"\x7fELF"),
    FileKind("a core dump", "core", b"\x7fELF"),
    FileKind("a core dump", "core.[0-9]*", b"\x7fELF"),
)
_FIXTURES = frozenset({"fixtures", "fixture", "__fixtures__", "testdata", "test-data", "test_data", "testdatas"})
_TESTS = frozenset({"test", "tests", "__tests__", "spec"})
_DATA = frozenset({"data", "resources", "cases", "samples"})


def in_fixtures(folders: Sequence[str]) -> bool:
    """Whether files below these folders, the outermost first, are there for tests to read."""
    names = [name.lower() for name in folders]
    return any(
        name in _FIXTURES or (name in _DATA and around in _TESTS)
        for around, name in zip(["", *names], names, strict=False)
    )


def folder_kind(
    name: str,
    around: str,
    folder: Folder,
    parent: Folder,
    *,
    are_fixtures: bool = False,
    tracked: Callable[[], Collection[str]] = tuple,
) -> str | None:
    """What a folder is a by-product of, in words such as "a Python environment"; None if it is none, or may be work.
    `around`: the name of the folder that it lies in, which is `parent`; empty at the top. `tracked`: the names of all
    folders in which the base commit tracks files, which few folders need."""
    if are_fixtures:
        return "compiled Python" if name == "__pycache__" else None
    for kind in KINDS:
        if _is_named(kind, name, around) and _has_sign(kind, folder, parent):
            return kind.what
    return OUTPUT if may_be_output(name, parent) and is_build_output(name, folder, parent, tracked()) else None


def _is_named(kind: ByProduct, name: str, around: str) -> bool:
    return any(fnmatchcase(f"{around}/{name}" if "/" in pattern else name, pattern) for pattern in kind.names)


def file_kind(name: str, parent: Folder, *, are_fixtures: bool = False) -> str | None:
    """The same of a single file or link in `parent`."""
    if are_fixtures:
        return None
    if parent.is_link(name):
        return _link_kind(name, parent.read(name, _READ))
    for kind in _FILE_KINDS:
        if fnmatchcase(name, kind.name) and kind.magic in parent.read(name, _MAGIC) and _has_source(kind, name, parent):
            return kind.what
    return None


def _has_source(kind: FileKind, name: str, parent: Folder) -> bool:
    stem = name.removesuffix(kind.name.lstrip("*")).partition(".")[0].partition("$")[0]
    return not kind.sources or any(f"{stem}{source}" in parent.names for source in kind.sources)


def _link_kind(name: str, target: bytes) -> str | None:
    if target.startswith(b"/nix/store/"):
        return "a result of Nix"
    if name.startswith("bazel-") and b"/execroot/" in target:
        return "an output of Bazel"
    return "a link to an environment" if name in _LINKED_ENVIRONMENTS and target.startswith(b"/") else None


def _has_sign(kind: ByProduct, folder: Folder, parent: Folder) -> bool:
    return not kind.signs or any(all(_holds(sign, folder, parent) for sign in group.split(" ")) for group in kind.signs)


def _holds(sign: str, folder: Folder, parent: Folder) -> bool:
    if sign.startswith("../"):
        return _holds(sign[3:], parent, parent)
    first, _, rest = sign.partition("/")
    if rest:
        inner = (folder.inside(name) for name in _matching(folder, first))
        return any(_holds(rest, each, folder) for each in inner if each is not None)
    name, _, text = first.partition("=")
    if text:
        return name in folder.names and text.replace("_", " ").encode() in folder.read(name, _READ)
    return bool(_matching(folder, name))


def _matching(folder: Folder, pattern: str) -> list[str]:
    if not any(character in pattern for character in "*?["):
        return [pattern] if pattern in folder.names else []
    return [name for name in folder.names if fnmatchcase(name, pattern)]
