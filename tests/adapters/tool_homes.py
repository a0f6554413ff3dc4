"""Operators' HOMEs for tests of the tools that cells see."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.adapters.process import run
from bot.adapters.tools import Toolbox, find_tools
from tests.adapters.cells import a_cell, bubblewrap

SAYS = "#!/bin/sh\necho {}\n"


@contextmanager
def a_home() -> Iterator[Path]:
    """An operator's HOME, not in /tmp, where no tools are looked for. Others may enter it, but need not."""
    parent = "/mnt" if os.access("/mnt", os.W_OK) else str(Path.home())
    with tempfile.TemporaryDirectory(dir=parent, prefix="nightshift-home-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def program(path: Path, says: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SAYS.format(says or path.name))
    path.chmod(0o755)
    return path


def find(
    home: Path, *path: str, tools: list[str] | None = None, private: tuple[Path, ...] = (), **more: str
) -> Toolbox:
    environment = {"PATH": ":".join((*path, "/usr/local/bin", "/usr/bin", "/bin")), **more}
    return find_tools(tools, environment, home=home, private=private)


def in_cell(
    toolbox: Toolbox, folder: Path, script: str, variables: Mapping[str, str] | None = None
) -> tuple[int | None, str]:
    """What a command prints that has these tools on its PATH."""
    cell = a_cell(folder)
    path = ":".join((*toolbox.path, "/usr/local/bin", "/usr/bin", "/bin"))
    environment = {"PATH": path, "HOME": str(cell.writable[1]), **dict(toolbox.variables), **(variables or {})}
    wrapped = replace(bubblewrap(), tools=toolbox).wrap(["/bin/bash", "-c", script], cell=cell)
    done = run(wrapped, cwd=Path("/"), env=environment, seconds=60, codes=None)
    return done.code, done.text


LAYOUTS = {
    "pyenv": (".pyenv/versions/3.12.1/bin/python3", {".pyenv/version": "3.12.1\n"}, "PYENV_ROOT"),
    "rbenv": (".rbenv/versions/3.3.0/bin/ruby", {".rbenv/version": "3.3.0\n"}, "RBENV_ROOT"),
    "nvm": (".nvm/versions/node/v20.1.0/bin/node", {".nvm/alias/default": "20\n"}, "NVM_DIR"),
    "fnm": (".local/share/fnm/node-versions/v20.1.0/installation/bin/node", {}, "FNM_DIR"),
    "volta": (".volta/tools/image/node/20.1.0/bin/node", {}, "VOLTA_HOME"),
    "asdf": (".asdf/installs/nodejs/20.1.0/bin/node", {}, "ASDF_DATA_DIR"),
    "mise": (".local/share/mise/installs/node/20.1.0/bin/node", {}, "MISE_DATA_DIR"),
    "sdkman": (".sdkman/candidates/java/current/bin/java", {}, "SDKMAN_DIR"),
    "cargo": (".cargo/bin/cargo", {}, ""),
    "go": ("go/bin/golangci-lint", {}, ""),
    "bun": (".bun/bin/bun", {}, ""),
    "deno": (".deno/bin/deno", {}, ""),
    "pnpm": (".local/share/pnpm/pnpm", {}, ""),
    "local": (".local/bin/uv", {}, ""),
    "dotnet": (".dotnet/dotnet", {}, "DOTNET_ROOT"),
    "rye": (".rye/shims/python3", {}, "RYE_HOME"),
    "elan": (".elan/bin/lean", {}, "ELAN_HOME"),
    "ghcup": (".ghcup/bin/ghc", {}, ""),
    "composer": (".config/composer/vendor/bin/phpunit", {}, ""),
    "rvm": (".rvm/rubies/default/bin/ruby", {}, ""),
}
