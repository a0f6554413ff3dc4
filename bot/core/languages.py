"""The languages of code blocks: which are known, and which GitHub draws instead of showing their source."""

from __future__ import annotations

import re

from markdown_it.common.utils import unescapeAll

DRAWINGS = frozenset({"mermaid", "mmd", "geojson", "topojson", "stl", "stla"})
MATH = "math"

# A language is not shown on the page, so an unknown one could say anything.
_KNOWN = frozenset(
    (
        *("asm", "awk", "bash", "bat", "batch", "bibtex", "c", "c#", "c++", "clojure", "cmake", "cmd", "console"),
        *("cpp", "cs", "csharp", "css", "csv", "d", "dart", "diff", "docker", "dockerfile", "dotenv", "elixir"),
        *("elm", "erlang", "f#", "fish", "fortran", "fsharp", "git", "gitignore", "go", "golang", "gradle"),
        *("graphql", "groovy", "haskell", "hcl", "html", "http", "ini", "java", "javascript", "jinja", "js"),
        *("json", "json5", "jsonc", "jsonl", "jsx", "julia", "kotlin", "latex", "less", "log", "lua", "make"),
        *("makefile", "markdown", "matlab", "md", "mdx", "nginx", "nim", "nix", "node", "objc", "objective-c"),
        *("ocaml", "patch", "perl", "php", "plain", "plaintext", "powershell", "prolog", "properties", "proto"),
        *("protobuf", "ps1", "py", "pycon", "pytb", "python", "python3", "r", "rb", "rs", "rst", "ruby", "rust"),
        *("sass", "scala", "scheme", "scss", "sh", "shell", "shellsession", "solidity", "sql", "svelte", "svg"),
        *("swift", "tcl", "terraform", "tex", "text", "toml", "ts", "tsx", "txt", "typescript", "vb", "vim", "vue"),
        *("wasm", "xml", "yaml", "yml", "zig", "zsh"),
    )
)


def language_of(info: str) -> str:
    """The language that an info string begins with, in lower case, whatever stands behind it."""
    found = re.match(r"[\w#+-]*", unescapeAll(info).strip().lower())
    return found[0] if found else ""


def shown_language(info: str) -> str:
    """The language of a block that is shown as code; empty for an unknown one."""
    language = language_of(info)
    return language if language in _KNOWN else ""
