"""Builds the documentation site: `python docs/site_build.py [FOLDER]`, which `make docs` does. Needs Zensical, of
the extra `dev`, and node_modules.

The pages are collected first: the site holds more than `docs/` (Mermaid, the index of decisions, files that pages link
to), and less (the generators). Each page is also there as Markdown, with `llms.txt`, their index, and `llms-full.txt`,
which has all of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs.reference_pages import command_line  # noqa: E402
from docs.site_links import find_faults  # noqa: E402

DOCS = ROOT / "docs"
MERMAID = ROOT / "node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"
_ALSO_SHOWN = {".css", ".json", ".png", ".yml"}
_OUTSIDE = re.compile(r"\]\(((?:\.\./)+([\w./-]+))\)")
_ITEM = re.compile(r"^(?:- |1\. )", re.MULTILINE)
_FENCE_IN_LIST = re.compile(r"^- (```\w*\n(?:.*\n)*?  ```)$", re.MULTILINE)
_BLOCK = re.compile(r"^(?:> )?```.*?^(?:> )?```$", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_SECONDS = 300


def build(folder: Path) -> list[str]:
    """The site in `folder`, and its faults. Raises `CalledProcessError` for what Zensical itself finds."""
    collect(folder / "pages")
    shutil.copyfile(ROOT / "zensical.toml", folder / "zensical.toml")
    zensical = Path(sys.executable).with_name("zensical")
    subprocess.run([zensical, "build", "--clean", "--strict"], check=True, timeout=_SECONDS, cwd=folder)
    site = folder / "site"
    _add_markdown(site)
    return find_faults(site)


def collect(pages: Path) -> None:
    """What the site is made of, written for Python-Markdown."""
    shutil.rmtree(pages, ignore_errors=True)
    for path, text in sources().items():
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        (pages / path).write_text(adapt(_take_along(text, DOCS / path, pages)))
    for path in sorted(DOCS.rglob("*")):
        if path.suffix in _ALSO_SHOWN:
            (pages / path.relative_to(DOCS)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, pages / path.relative_to(DOCS))
    (pages / "assets").mkdir()
    shutil.copyfile(MERMAID, pages / "assets/mermaid.js")


def sources() -> dict[Path, str]:
    """Each page as it is written, with what the repository has in another form: of the decisions an index, which their
    folder is there, and of the command line a page, which is there for `man`."""
    pages = {path.relative_to(DOCS): path.read_text() for path in sorted(DOCS.rglob("*.md"))}
    decisions = [f"- [{title(text)}]({path.name})" for path, text in pages.items() if path.parent.name == "decisions"]
    about = "Each choice that people may question: its context, the choice, and its price."
    index_of_decisions = "\n".join([f"# Decisions\n\n{about}\n", *decisions]) + "\n"
    return {**pages, Path("decisions/index.md"): index_of_decisions, Path("command-line.md"): command_line()}


def adapt(text: str) -> str:
    """GitHub begins a list below a line of text, and a block of code in an item; Python-Markdown needs empty lines."""
    text = _FENCE_IN_LIST.sub(_set_apart, text)
    kept = [*_BLOCK.finditer(text), None]
    parts, start = [], 0
    for block in kept:
        parts += [_begin_lists(text[start : block.start() if block else len(text)]), block[0] if block else ""]
        start = block.end() if block else len(text)
    return "".join(parts)


def _set_apart(found: re.Match[str]) -> str:
    return "\n" + found[1].replace("\n  ", "\n") + "\n"


def _begin_lists(text: str) -> str:
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        each if _ITEM.match(each.lstrip("\n")) else _ITEM.sub(lambda found: f"\n{found[0]}", each, count=1)
        for each in paragraphs
    )


def _take_along(text: str, page: Path, pages: Path) -> str:
    """A page may link to a file of the repository outside of docs/: the site has a copy."""

    def copy(link: re.Match[str]) -> str:
        source = (page.parent / link[1]).resolve()
        if source.is_relative_to(DOCS) or not source.is_file():
            return link[0]
        (pages / "files").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, pages / "files" / source.name)
        up = "../" * (len(page.relative_to(DOCS).parts) - 1)
        return f"]({up}files/{source.name})"

    return _OUTSIDE.sub(copy, text)


def _add_markdown(site: Path) -> None:
    """Each page's source beside it, and all of them for programs that read: https://llmstxt.org."""
    pages = sources()
    for path, text in pages.items():
        (site / path).write_text(text)
    (site / "llms.txt").write_text(describe(pages))
    whole = (f"<!-- {page} -->\n\n{pages[page]}" for _, page in listed())
    (site / "llms-full.txt").write_text("\n\n".join(whole))


def describe(pages: Mapping[Path, str]) -> str:
    """`llms.txt`: the pages of the navigation, by the reader for whom they are."""
    project = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
    lines = [f"# {project['site_name']}", "", f"> {project['site_description']}"]
    shown = ""
    for section, page in listed():
        lines += ["", f"## {section}", ""] if section != shown else []
        shown = section
        lines.append(f"- [{title(pages[page])}]({page})")
    return "\n".join(lines) + "\n"


def listed() -> Iterator[tuple[str, Path]]:
    """Each page of the navigation with its part of the site."""
    for part in tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]:
        ((section, entries),) = part.items()
        yield from ((section, Path(page)) for page in _flat(entries))


def _flat(entries: Iterable[object]) -> Iterator[str]:
    for each in entries:
        if isinstance(each, dict):
            for below in each.values():
                yield from _flat(below)
        else:
            yield str(each)


def title(text: str) -> str:
    found = _TITLE.search(text)
    if found is None:
        raise ValueError(f"a page has no title: {text[:80]!r}")
    return found[1]


if __name__ == "__main__":
    where = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build/docs"
    if faults := build(where):
        sys.exit("\n".join(faults))
    if not sys.argv[1:]:
        shutil.rmtree(ROOT / "site", ignore_errors=True)
        shutil.copytree(where / "site", ROOT / "site")
