"""Layouts of repositories, as far as the detection of checks reads them."""

from __future__ import annotations

import json

from bot.core.detection import detect_checks

PYTEST = "python3 -m pytest -q"
Layout = dict[str, str]


def found(files: Layout, *changed: str) -> list[str]:
    return [check.command for check in detect_checks(list(files), files.get, changed)]


def package(**content: object) -> str:
    return json.dumps(content)


def workflow(*lines: str) -> Layout:
    steps = "".join(f"      - run: {json.dumps(line)}\n" for line in lines)
    return {".github/workflows/test.yml": f"jobs:\n  test:\n    steps:\n{steps}"}
