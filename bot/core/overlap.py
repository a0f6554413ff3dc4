"""Finds a file that two issues are both likely to change, from their texts alone: such tasks do not run side by side.

A wrong guess costs a wait, never a run: it holds a task back only while the other one runs. What a text names need not
exist yet. Names are compared from their ends, since people leave folders out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from bot.core.tasks import Snapshot


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FAMILIES = """
    py pyi pyx ipynb; js jsx ts tsx mjs cjs mts cts vue svelte astro; c h cc hh cpp hpp cxx hxx m mm; go; rs; java
    kt kts; scala; rb erb; php; cs csproj; fs; swift; ex exs; erl; hs; ml mli; lua; pl pm; r; jl; dart; zig; nim
    clj cljs; sh bash zsh; ps1; sql; html htm; css scss sass less; md mdx; rst; txt; adoc; json; yml yaml; toml
    ini; cfg; conf; env; lock; mod; sum; xml; gradle; proto; graphql; tf; nix; cmake; csv; svg; tmpl; j2; properties
"""
_FAMILY = {word: family.split()[0] for family in re.split(r"[;\n]", _FAMILIES) for word in family.split()}
_WITHOUT_EXTENSION = _set("makefile dockerfile procfile gemfile rakefile jenkinsfile vagrantfile brewfile")
# Named like files, and none.
_PRODUCTS = _set(
    "node.js vue.js next.js nuxt.js express.js three.js d3.js react.js backbone.js moment.js chart.js discord.js "
    "deno.ts alpine.js ember.js nest.js"
)
_CONTEXT = _set("contributing code_of_conduct security license support")
_BROAD = _set("src lib app test tests spec specs pkg packages source include cmd internal")
_WORDS = _set("a an the this that each every same new whole and or of in its our your one per by main root temp")
_OF_TESTS = _set("test tests spec specs __tests__")
_FOREIGN = re.compile(r"(?:^|/)(?:site-packages|node_modules|dist-packages|lib/python[\d.]*|usr|vendor/bundle)/")
_MANIFESTS = re.compile(
    r"(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|pyproject\.toml|uv\.lock"
    r"|poetry\.lock|pipfile(?:\.lock)?|setup\.(?:py|cfg)|(?:dev-)?requirements[\w.-]*\.(?:txt|in)|cargo\.(?:toml|lock)"
    r"|go\.(?:mod|sum)|gemfile(?:\.lock)?|composer\.(?:json|lock)|mix\.(?:exs|lock)|pom\.xml|build\.gradle(?:\.kts)?)"
)
_UPGRADE = re.compile(
    r"\b(?:bump|upgrade|downgrade|pin|update)\b[^\n.]{0,60}(?:\bdependenc|\bto\s+(?:version\s+)?v?\d+(?:\.\d+|\b))"
    r"|\bdependenc(?:y|ies)\b[^\n.]{0,40}\b(?:bump|upgrade|update|add|remov)"
    r"|\b(?:add|remove|drop)\b[^\n.]{0,40}\bdependenc",
    re.IGNORECASE,
)
_WELL_KNOWN = {"CHANGELOG": re.compile(r"\bchange ?log\b", re.I), "README": re.compile(r"\breadme\b", re.I)}
_HIDDEN = re.compile(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)", re.DOTALL)
_IN_REPOSITORY = re.compile(r"https?://[^\s/]+/[\w.-]+/[\w.-]+/(?:blob|tree|edit|raw)/[^\s/]+/([^\s)#?>\"']+)")
_ADDRESS = re.compile(r"\b(?:https?|ftp|git|ssh)://\S+|\b[\w.+-]+@[\w-]+\.[\w.-]+")
_SPARED = re.compile(
    r"\b(?:do not|don't|must not|should not|never|without|not to|no need to)\s+(?:ever\s+)?"
    r"(?:chang|touch|edit|modify|modif|alter|rewrit|mov|renam)\w*[^\n;]*?(?=[.;](?:\s|\Z)|\n|\Z)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w@.+~-])[\w@.+~-]{1,200}(?:[/\\][\w@.+~()\[\]-]{1,200}){0,40}[/\\]?")
_CODE = re.compile(r"`([^`\n]+)`")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)+")
_FOLDER = re.compile(r"(?<![\w./-])`?([\w./-]{1,200})`?\s{1,3}(?:folder|directory|package|module)\b", re.IGNORECASE)
_NO_MODULES = _set(
    "self this cls console math json window document process object array promise np pd plt os sys re request response "
    "req res app env std core string date logging time"
)
# A function or a class of the repository is in one file, whichever that is.
_FUNCTION = re.compile(r"(?<![\w.])([A-Za-z_]\w{2,})\(\)")
_CLASS = re.compile(r"\b([A-Z]\w*[a-z]\w*)(?=\.[a-z_]\w*\b)|\b([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)\b")
_BUILT_IN = _set(
    "print len open str int float bool list dict set tuple range sum map filter super main init require fetch "
    "test setup render constructor run get post put delete update add remove next then catch assert expect "
    "describe beforeeach eval exec input sorted reversed enumerate zip iter abs min max any all hash repr type "
    "isinstance getattr setattr println printf panic unwrap clone new tostring javascript typescript github "
    "gitlab postgresql graphql openapi"
)
_TEST_NAME = re.compile(r"^(?:tests?[_-])?(.+?)(?:[._-](?:tests?|spec))?$", re.IGNORECASE)
_LONGEST, _MOST = 20_000, 200  # characters of a text, and names in it
_HEADERS = frozenset({"h", "hh", "hpp", "hxx"})
_DEPENDENCIES = "what lists the dependencies"


@dataclass(frozen=True, slots=True)
class _Named:
    """`parts`: of a path, in lower case, the last without its extension. `kind`: the extension's family; "/" for a
    folder, "." for a module, "()" for a function or a class, "" where it is not known. `text`: as it was written."""

    parts: tuple[str, ...]
    kind: str
    text: str


def text_of(snapshot: Snapshot) -> str:
    """What names the files of a task: the words that were approved."""
    return "\n\n".join((snapshot.title, snapshot.body, *(comment.body for comment in snapshot.comments)))


def shared_file(one: str, other: str) -> str:
    """A file that both texts are likely to mean, as `one` names it; empty if there is none."""
    pairs = product(_names(one), _names(other))
    return next((mine.text for mine, theirs in pairs if _may_be_one(mine, theirs)), "")


def _may_be_one(mine: _Named, theirs: _Named) -> bool:
    if "/" in (mine.kind, theirs.kind):
        return _is_in(mine, theirs) or _is_in(theirs, mine)
    if mine.kind == theirs.kind == "." or "()" in (mine.kind, theirs.kind):
        return (mine.kind, mine.parts) == (theirs.kind, theirs.parts)
    if "." in (mine.kind, theirs.kind):
        module, file = (mine, theirs) if mine.kind == "." else (theirs, mine)
        return any(_ends_alike(file.parts, module.parts[:end]) for end in (len(module.parts), -1) if module.parts[:end])
    return (not mine.kind or not theirs.kind or mine.kind == theirs.kind) and _ends_alike(mine.parts, theirs.parts)


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[-shorter:] == other[-shorter:]


def _is_in(folder: _Named, name: _Named) -> bool:
    """Whether the name lies in the folder, or is the folder."""
    size = len(folder.parts)
    places = range(len(name.parts) - size + 1)
    return folder.kind == "/" and any(name.parts[at : at + size] == folder.parts for at in places)


@lru_cache(maxsize=256)
def _names(text: str) -> tuple[_Named, ...]:
    text = text[:_LONGEST]
    title = text.partition("\n")[0]
    text = _HIDDEN.sub(" ", text)
    text = _IN_REPOSITORY.sub(lambda link: f" {link[1]} ", text)
    text = _SPARED.sub(" ", _ADDRESS.sub(" ", text))
    found = [*_paths(text), *_modules(text), *_definitions(text), *_topics(text)]
    kept = dict.fromkeys(each for each in found if each.parts[-1] not in _CONTEXT or each.text in title)
    return tuple(kept)[:_MOST]


def _paths(text: str) -> Iterator[_Named]:
    in_code = {word for span in _CODE.findall(text) for word in _NAME.findall(span)}
    for match in _NAME.finditer(text):
        word = _without_bracket(match[0].rstrip(".,+@-")).replace("\\", "/")
        named = _read_path(word, is_code=match[0] in in_code)
        if named is not None and not _FOREIGN.search(f"{word}/"):
            yield named
    for match in _FOLDER.finditer(text):
        if "." not in match[1]:
            yield from _folder(match[1])


def _read_path(word: str, *, is_code: bool) -> _Named | None:
    if word.endswith("/"):
        return next(_folder(word), None)
    parts = tuple(part for part in word.lower().split("/") if part not in ("", ".", ".."))
    if not parts or (parts[-1] in _PRODUCTS and len(parts) == 1 and not is_code):
        return None
    if _MANIFESTS.fullmatch(parts[-1]):
        return _Named((_DEPENDENCIES,), "", word)
    if parts[-1] in _WITHOUT_EXTENSION or (parts[-1].startswith(".") and (is_code or len(parts) > 1)):
        return _Named(parts, "", word)
    return _read_file(word, parts, is_sure=is_code or len(parts) > 1)


def _read_file(word: str, parts: tuple[str, ...], *, is_sure: bool) -> _Named | None:
    """`is_sure`: a single letter before the dot is a name too ("e.g." is none)."""
    stem, dot, extension = parts[-1].rpartition(".")
    if not dot or extension not in _FAMILY or not stem.strip(".") or (len(stem) == 1 and not is_sure):
        return None
    if extension in _HEADERS:  # it is often in another folder than what it belongs to
        return _Named((stem,), _FAMILY[extension], word)
    return _Named(_without_test((*parts[:-1], stem)), _FAMILY[extension], word)


def _without_bracket(word: str) -> str:
    """`(see shop/cart.py)` names the file without the bracket; `web/(shop)/[id]` has them in its names."""
    for begin, end in ("()", "[]"):
        while word.endswith(end) and word.count(end) > word.count(begin):
            word = word[:-1].rstrip(".,")
    return word


def _without_test(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A test changes with what it tests: `tests/test_cart` and `shop/cart` end alike. Where a name says nothing else,
    it stays."""
    match = _TEST_NAME.fullmatch(parts[-1])
    plain = match[1] if match is not None else parts[-1]
    if plain == parts[-1]:
        return (*(part for part in parts[:-1] if part not in _OF_TESTS), plain)
    return (plain,)


def _folder(word: str) -> Iterator[_Named]:
    parts = tuple(part for part in word.lower().replace("\\", "/").split("/") if part not in ("", ".", ".."))
    if parts and (len(parts) > 1 or parts[0] not in _BROAD | _WORDS):
        yield _Named(parts, "/", word)


def _modules(text: str) -> Iterator[_Named]:
    """Dotted names in code: `shop.cart`, `shop.cart.total()`, `Shop::Cart`."""
    for span in _CODE.findall(text):
        for match in _MODULE.finditer(span):
            parts = tuple(re.split(r"\.|::", match[0].lower()))
            if parts[-1] not in _FAMILY and parts[0] not in _NO_MODULES:
                yield _Named(parts, ".", match[0])


def _definitions(text: str) -> Iterator[_Named]:
    """`total()` also outside of code; classes in code alone: `PriceList`, `Cart.add`."""
    names = [match[1] for match in _FUNCTION.finditer(text)]
    for span in _CODE.findall(text):
        names += [match[1] or match[2] for match in _CLASS.finditer(span)]
    for name in names:
        if name.lower() not in _BUILT_IN | _NO_MODULES and not name.endswith(("Error", "Exception", "Warning")):
            yield _Named((name.lower(),), "()", name)


def _topics(text: str) -> Iterator[_Named]:
    if match := _UPGRADE.search(text):
        yield _Named((_DEPENDENCIES,), "", " ".join(match[0].split()))
    for name, pattern in _WELL_KNOWN.items():
        if pattern.search(text):
            yield _Named((name.lower(),), "", name)
