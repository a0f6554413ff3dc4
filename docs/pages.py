"""The pages of every sentence that Nightshift says: `docs/messages.md` lists them, and `docs/messages/` holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from docs.places import Page, read_pages
from docs.said import listed, sentences
from docs.source_texts import findings, gate_rules

INDEX = Path("docs/messages.md")
_HOW_TO_READ = (
    "In lists, values are in braces, as the source calls them; brackets hold what may be left out, and "
    "` / ` stands between texts of which one is chosen."
)
_FIRST: Mapping[str, Callable[[], Iterator[str]]] = MappingProxyType({"Doctor": findings, "Gate": gate_rules})


def index() -> str:
    entries = (f"- [{page.title}](messages/{page.file}): {_names(page)}" for page in read_pages())
    about = "Generated from the code by `make docs`, by where a person sees it."
    return f"# Every sentence that Nightshift says\n\n{about}\n\n" + "\n".join(entries) + "\n"


def _names(page: Page) -> str:
    return "; ".join(each.name[0].lower() + each.name[1:] for each in page.sections)


def render(page: Page, examples: Iterable[str]) -> str:
    """The examples, and then what they do not show."""
    parts = [f"# {page.title}\n\nGenerated from the code by `make docs`. {page.about} {_HOW_TO_READ}", *examples]
    found = sentences()
    for each in page.sections:
        first = list(dict.fromkeys(_FIRST[each.name]())) if each.name in _FIRST else []
        lines = [*first, *listed(found.get(each.name, ()), shown="\n\n".join([*parts, *first]))]
        parts.append(f"## {each.name}\n\n{each.about}\n\n" + "\n".join(map(_item, lines)))
    return "\n\n".join(parts) + "\n"


def _item(line: str) -> str:
    """Longer texts keep their lines. A sign that begins a tag is shown, not read."""
    if "\n" in line:
        return "- ```text\n" + "\n".join(f"  {each}".rstrip() for each in line.strip("\n").split("\n")) + "\n  ```"
    return "- " + line.replace("<", "\\<")


def section(title: str, where: str, said: Iterator[tuple[str, str]]) -> list[str]:
    """Examples, each under its name."""
    shown = [f"### {name}\n\n{_quote(text)}" for name, text in said]
    return [f"## {title}\n\n{where}", *shown]


def _quote(text: str) -> str:
    visible = text.split("\n\n<!-- nightshift:", maxsplit=1)[0].rstrip()
    return "\n".join(f"> {line}".rstrip() for line in visible.split("\n"))
