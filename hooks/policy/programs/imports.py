"""Modules that this session wrote and that a program imports: they run with it, so they are judged with it.

They are found by name among the session's files, wherever those lie: what `sys.path` will be is not known. They are
judged for what they do in any case, as tests are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy.programs.drafts import judge_drafts
from hooks.policy.programs.test_code import find_language, find_new_refusal
from hooks.policy.tables import languages

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

PYTHON_IMPORT = re.compile(
    r"\bfrom[ \t]+(?P<package>[\w.]+)[ \t]+import[ \t]*\(?(?P<names>[\w, \t]*)|\bimport[ \t]+(?P<modules>[\w., \t]+)"
    r"|(?:__import__|\bimport_module|\brun_module|\brun_path)\(\s*['\"](?P<called>[\w./-]+)['\"]"
)
NAMED_FILE = re.compile(
    r"\b(?:require|require_relative|require_once|include|include_once|import|from|load|dofile|do|use)"
    r"\b[ \t]*\(?[ \t]*['\"`](?P<name>[\w@./-]+)['\"`]"
)
PYTHON_LISTED = re.compile(
    r"\b(?:pytest_plugins|extensions|INSTALLED_APPS)\s*\+?=\s*(?P<list>[\[(][^\])]*|['\"][^'\"\n]*)"
)
"""Lists of modules by name, of pytest, Sphinx and Django."""
SUFFIXES = ("", ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx", ".rb", ".php", ".pl", ".pm", ".lua", "/index.js",
            "/index.mjs", "/index.cjs", "/index.ts", "/init.lua")  # fmt: skip


def judge_imports(code: str, language: str, command: Command, shell: Shell) -> None:
    """Judge the session's files that this code imports, and those that they import."""
    own = shell.memory.own_files()
    if not own:
        return
    endings = tuple(dict.fromkeys(_endings(code, language)))
    shell.memory.work.spend(len(own) * len(endings) // 100)
    for path in own if endings else ():
        if path.endswith(endings):
            _judge_module(path, command, shell)


def _endings(code: str, language: str) -> Iterator[str]:
    """How the paths of the modules that it names end."""
    if languages().get(language) is languages()["python"]:
        for module in _python_modules(code):
            yield from (f"/{module}.py", f"/{module}/__init__.py")
        return
    for found in NAMED_FILE.finditer(code):
        name = re.sub(r"^(?:\.{0,2}/)+", "", found["name"])
        yield from (f"/{name}{suffix}" for suffix in SUFFIXES if name)


def _python_modules(code: str) -> Iterator[str]:
    """`from a.b import c` runs `a`, `a/b`, and `a/b/c` if that is a module."""
    for found in PYTHON_LISTED.finditer(code):
        yield from (name.replace(".", "/") for name in re.findall(r"['\"]([\w.]+)", found["list"]))
    for found in PYTHON_IMPORT.finditer(code):
        named = re.split(r"[\s,]+", found["modules"] or "") if found["modules"] else [found["package"] or ""]
        named += [found["called"].removesuffix(".py").lstrip("./").replace("/", ".")] if found["called"] else []
        inside = [f"{found['package']}.{name}" for name in re.split(r"[\s,]+", found["names"] or "") if name]
        for name in (*named, *inside):
            parts = [part for part in name.split(".") if part]
            yield from ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _judge_module(path: str, command: Command, shell: Shell) -> None:
    language, memory = find_language(path), shell.memory
    text = memory.read_content(path)[1]
    if memory.is_fetched(path):
        shell.refuse("remote.code", path)
    if text is None:
        text = judge_drafts(path, shell)
    if language is None or text is None or (seen := ("import", path, text)) in memory.judged:
        return
    memory.judged.add(seen)
    with memory.within_script(path):
        refused = find_new_refusal(text, memory.read_inherited(path), language, command, shell)
    if refused is not None:
        raise refused
    judge_imports(text, "python" if path.endswith((".py", ".pyi")) else "", command, shell)
