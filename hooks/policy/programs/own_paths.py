"""Where a program lies, written out: `__file__`, `__dirname`, `import.meta.url`, and the folder it is started in."""

from __future__ import annotations

import os
import re

from hooks.policy.programs.text_files import join_literals

_NAMES_ITSELF = re.compile(r"__dirname|__filename|import\.meta\b|process\.cwd\(\)")
_ADDRESS = re.compile(
    r"(?:[\w.]*\bfileURLToPath\(\s*)?new\s+URL\(\s*(['\"])(\.[^'\"\n]*)\1\s*,\s*import\.meta\.url\s*\)(?:\.pathname\b)?"
)
_FOLDER = re.compile(
    r"[\w.]*\bdirname\(\s*(?:[\w.]*\bfileURLToPath\(\s*import\.meta\.url\s*\)|__filename)\s*\)|import\.meta\.(?:dirname|dir)\b"
    r"|(?<![\w.$])__dirname\b(?!\s*=[^=])"
)
_FILE = re.compile(
    r"[\w.]*\bfileURLToPath\(\s*import\.meta\.url\s*\)|import\.meta\.(?:filename|path)\b|(?<![\w.$])__filename\b(?!\s*=[^=])"
)
_STARTED_IN = re.compile(r"\bprocess\.cwd\(\)")
HERE = "./"
"""With its slash: between two texts a point alone would be taken for the sign that joins them."""
_WITHIN_TEMPLATE = re.compile(r"\$\{\s*__dirname\s*\}")


def name_python_file(code: str, path: str) -> str:
    """Python code in which `__file__` is the file's path."""
    return re.sub(r"(?<![\w.'\"])__file__\b(?!\s*=[^=])", repr(path), code) if path else code


def name_node_paths(code: str, path: str) -> str:
    """JavaScript in which the folder of the file, its path and paths from there are literals; inline code lies where it
    is started."""
    if not _NAMES_ITSELF.search(code):
        return code
    folder = os.path.dirname(path) or HERE  # noqa: PTH120 -- as text
    code = _WITHIN_TEMPLATE.sub(lambda _: folder, code)
    code = _ADDRESS.sub(lambda found: f'"{os.path.normpath(os.path.join(folder, found[2]))}"', code)  # noqa: PTH118
    for pattern, text in ((_FOLDER, folder), (_FILE, path or "./file"), (_STARTED_IN, HERE)):
        code = pattern.sub(lambda _, text=text: f'"{text}"', code)  # type: ignore[misc]
    return join_literals(code)
