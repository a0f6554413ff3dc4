"""Commands with the arguments that make them report."""

from __future__ import annotations

import json

from bot.core.reports.arguments import arguments_for


def added(command: str, test: str = "", **scripts: str) -> str:
    """`test`: the script of that name at the root; `a` is a package in a folder, of the name `@x/a`."""
    manifests = {
        "package.json": {"scripts": {"test": test, **scripts}},
        "packages/a/package.json": {"name": "@x/a", "scripts": {"test": test, **scripts}},
    }
    texts = {path: json.dumps(content) for path, content in manifests.items()}
    return arguments_for(command, "/r/1", lambda: list(texts), texts.get)
