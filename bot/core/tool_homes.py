"""Where version managers and installers put language tools, and what of it a cell may see.

Only the folders that hold programs are named, not the managers' settings beside them: Cargo's credentials lie beside
its programs, uv's beside its Pythons, rye's beside its shims.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolHome:
    """One manager. `folders`: beneath HOME, the first that exists is its own; `variable`: the one that names another,
    which is set in the cells too if `exports`. `shown`: what of it cells see, `.` for all. `path`: folders of programs,
    in order. `versions`: where it keeps each version, by the name of the tool; the name `*` stands in the pattern."""

    name: str
    folders: tuple[str, ...]
    variable: str = ""
    exports: bool = True
    shown: tuple[str, ...] = (".",)
    path: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def _versions(tool: str, name: str, folder: str, variable: str) -> ToolHome:
    """One of the managers that are built as rbenv is."""
    return ToolHome(
        name=name,
        folders=(folder,),
        variable=variable,
        path=("@version", "shims", "bin"),
        versions={tool: "versions/{version}"},
    )


TOOL_HOMES = (
    _versions("python", "pyenv", ".pyenv", "PYENV_ROOT"),
    _versions("ruby", "rbenv", ".rbenv", "RBENV_ROOT"),
    _versions("node", "nodenv", ".nodenv", "NODENV_ROOT"),
    _versions("go", "goenv", ".goenv", "GOENV_ROOT"),
    _versions("java", "jenv", ".jenv", "JENV_ROOT"),
    _versions("php", "phpenv", ".phpenv", "PHPENV_ROOT"),
    _versions("perl", "plenv", ".plenv", "PLENV_ROOT"),
    ToolHome(
        name="asdf",
        folders=(".asdf",),
        variable="ASDF_DATA_DIR",
        path=("installs/*/*/bin", "installs/*/*/go/bin", "shims", "bin"),
        versions={"*": "installs/{tool}/{version}"},
    ),
    ToolHome(
        name="mise",
        folders=(".local/share/mise", ".local/share/rtx"),
        variable="MISE_DATA_DIR",
        shown=("installs", "shims", "plugins"),
        path=("installs/*/*/bin", "shims"),
        versions={"*": "installs/{tool}/{version}"},
    ),
    ToolHome(
        name="rustup",
        folders=(".rustup",),
        variable="RUSTUP_HOME",
        versions={"rust": "toolchains/{version}-{platform}"},
    ),
    ToolHome(name="cargo", folders=(".cargo",), variable="CARGO_HOME", exports=False, shown=("bin",), path=("bin",)),
    ToolHome(
        name="nvm",
        folders=(".nvm", ".config/nvm"),
        variable="NVM_DIR",
        shown=("versions", "alias", "nvm.sh", "nvm-exec"),
        path=("@alias/default", "versions/node/*/bin"),
        versions={"node": "versions/node/v{version}"},
    ),
    ToolHome(
        name="fnm",
        folders=(".local/share/fnm", ".fnm"),
        variable="FNM_DIR",
        shown=("node-versions", "aliases", "fnm"),
        path=("aliases/default/bin", "node-versions/*/installation/bin"),
        versions={"node": "node-versions/v{version}/installation"},
    ),
    ToolHome(
        name="volta",
        folders=(".volta",),
        variable="VOLTA_HOME",
        shown=("bin", "tools"),
        path=("tools/image/node/*/bin", "tools/image/yarn/*/bin", "tools/image/pnpm/*/bin", "bin"),
        versions={"*": "tools/image/{tool}/{version}"},
    ),
    ToolHome(
        name="n",
        folders=("n", ".n"),
        variable="N_PREFIX",
        shown=("bin", "lib", "include", "share", "n"),
        path=("bin",),
        versions={"node": "n/versions/node/{version}"},
    ),
    ToolHome(
        name="sdkman",
        folders=(".sdkman",),
        variable="SDKMAN_DIR",
        shown=("candidates",),
        path=("candidates/*/current/bin",),
        versions={"*": "candidates/{tool}/{version}"},
    ),
    ToolHome(name="go", folders=("go",), variable="GOPATH", exports=False, shown=("bin",), path=("bin",)),
    ToolHome(name="go's own versions", folders=("sdk",), shown=("go[0-9]*",), versions={"go": "go{version}"}),
    ToolHome(
        name="gvm",
        folders=(".gvm",),
        variable="GVM_ROOT",
        shown=("gos",),
        path=("gos/*/bin",),
        versions={"go": "gos/go{version}"},
    ),
    ToolHome(
        name="uv",
        folders=(".local/share/uv",),
        shown=("python", "tools"),
        versions={"python": "python/cpython-{version}-{platform}"},
    ),
    ToolHome(name="bun", folders=(".bun",), variable="BUN_INSTALL", exports=False, shown=("bin",), path=("bin",)),
    ToolHome(name="deno", folders=(".deno",), variable="DENO_INSTALL", exports=False, shown=("bin",), path=("bin",)),
    ToolHome(
        name="pnpm",
        folders=(".local/share/pnpm",),
        variable="PNPM_HOME",
        exports=False,
        path=(".",),
        versions={"node": "nodejs/{version}"},
    ),
    ToolHome(name="local programs", folders=(".local",), shown=("bin",), path=("bin",)),
    ToolHome(name="pipx", folders=(".local/share/pipx", ".local/pipx"), variable="PIPX_HOME", shown=("venvs",)),
    ToolHome(name="poetry", folders=(".local/share/pypoetry",), shown=("venv",)),
    ToolHome(name="rye", folders=(".rye",), variable="RYE_HOME", shown=("shims", "py", "self", "uv"), path=("shims",)),
    ToolHome(
        name="ghcup", folders=(".ghcup",), shown=("bin", "ghc", "hls"), path=("bin",), versions={"ghc": "ghc/{version}"}
    ),
    ToolHome(name="cabal", folders=(".cabal",), shown=("bin",), path=("bin",)),
    ToolHome(name="elan", folders=(".elan",), variable="ELAN_HOME", path=("bin",)),
    ToolHome(name="juliaup", folders=(".juliaup",), shown=("bin",), path=("bin",)),
    ToolHome(name="julia", folders=(".julia",), shown=("juliaup",)),
    ToolHome(
        name="dotnet",
        folders=(".dotnet",),
        variable="DOTNET_ROOT",
        shown=("dotnet", "host", "sdk", "shared", "packs", "sdk-manifests", "templates", "tools"),
        path=(".", "tools"),
        versions={"dotnet": "sdk/{version}"},
    ),
    ToolHome(name="composer", folders=(".config/composer", ".composer"), shown=("vendor",), path=("vendor/bin",)),
    ToolHome(name="mix", folders=(".mix",), shown=("escripts",), path=("escripts",)),
    ToolHome(
        name="rvm",
        folders=(".rvm",),
        shown=("rubies", "gems"),
        path=("rubies/default/bin",),
        versions={"ruby": "rubies/ruby-{version}"},
    ),
    ToolHome(name="chruby", folders=(".rubies",), versions={"ruby": "ruby-{version}"}),
    ToolHome(
        name="homebrew",
        folders=("/home/linuxbrew/.linuxbrew", ".linuxbrew"),
        shown=("bin", "sbin", "lib", "opt", "Cellar", "share", "include", "etc/openssl@3", "etc/ca-certificates"),
        path=("bin", "sbin"),
    ),
    ToolHome(name="nix", folders=(".nix-profile",), shown=(), path=("bin",)),
)

VARIABLES = (
    *("JAVA_HOME", "GOROOT", "M2_HOME", "MAVEN_HOME", "GRADLE_HOME", "ANT_HOME", "KOTLIN_HOME", "SCALA_HOME"),
    *("DOTNET_ROOT", "ANDROID_HOME", "ANDROID_SDK_ROOT", "FLUTTER_ROOT", "ERL_TOP", "JULIA_BINDIR", "GHC_HOME"),
)
"""The operator's own, set in cells where the folder that they name can be seen there."""

_NUMBERS = re.compile(r"\d+")


def version_order(name: str) -> tuple[bool, tuple[int, ...], bool, str]:
    """Sorts the names of versions: by their numbers, those that are links or words (`latest`) first, and a version to
    come (`3.14.0rc1`, `3.14-dev`) before the one itself."""
    numbers = tuple(map(int, _NUMBERS.findall(re.split(r"(?i)-?(?:rc|a|b|alpha|beta|dev|pre|ea)", name)[0])))
    return bool(numbers), numbers, not re.search(r"(?i)\d-?(?:rc|a|b|alpha|beta|dev|pre|ea)", name), name
