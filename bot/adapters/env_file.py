"""Reads `.env`: lines NAME=value. A line that is none is named by its number alone, since it may hold a secret."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from dotenv.parser import Binding, parse_stream

ENV_FILE = Path(".env")  # of the folder in which Nightshift is started
_EXPECTED = "expected lines NAME=value in UTF-8"


class EnvFileWrong(Exception):
    """Each mistake in the file, with its place. `values`: those of the other lines, to be looked at all the same."""

    def __init__(self, mistakes: list[str], values: dict[str, str] | None = None) -> None:
        self.mistakes = mistakes
        self.values = values
        super().__init__("\n".join(mistakes))


def read_env_file(path: Path) -> dict[str, str]:
    """Empty where there is no such file. Raises EnvFileWrong."""
    text = _read(path)
    found = list(parse_stream(io.StringIO(text)))
    values = {each.key: each.value for each in found if each.key is not None and each.value is not None}
    if mistakes := list(_find_mistakes(path, found)):
        raise EnvFileWrong(mistakes, values)
    return values


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise EnvFileWrong([f"{path.absolute()}, line {line}: it is not UTF-8 text; {_EXPECTED}"]) from None
    except OSError as error:
        raise EnvFileWrong([f"{path.absolute()}: it cannot be read ({error.strerror}); {_EXPECTED}"]) from None


def _find_mistakes(path: Path, found: list[Binding]) -> Iterator[str]:
    for each in found:
        text = each.original.string
        if each.error or (each.key is not None and each.value is None):
            line = each.original.line + len(text[: len(text) - len(text.lstrip())].splitlines())
            yield f"{path.absolute()}, line {line}: expected NAME=value"
