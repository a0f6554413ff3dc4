"""The text that HTML shows inside of Markdown, and where it hides what follows."""

from __future__ import annotations

import html
import re


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+))?+"""
_TAG = re.compile(rf"<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<attributes>(?:[\s/]++|{_ATTRIBUTE})*+)>?")
_MARKUP = re.compile(rf"<!--(?:-?>|.*?--!?>|.*)|<[!?][^>]*+>?|</(?![a-zA-Z])[^>]*+>?|{_TAG.pattern}", re.DOTALL)
_UNSEEN_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)"
    r"|(?:opacity|font-size|(?:max-)?(?:width|height)):0(?:\.0+)?(?:px|r?em|%)?(?:;|!|$)"
)
_UNSEEN_TAGS = _tags(
    "applet audio bdo canvas embed head iframe math noembed noframes noscript object rp script style svg template "
    "textarea title video xmp"
)
_SMALLER_TAGS = _tags("code kbd rt samp small sub sup tt")
_MOST_SMALLER = 3  # of these within each other can still be read
_VOID_TAGS = _tags("area base br col embed hr img input link meta param source track wbr")
_BLOCK_TAGS = _tags("br dd div dl dt details hr h1 h2 h3 h4 h5 h6 li ol p pre summary table td th tr ul")


class Hypertext:
    """Reads HTML piece by piece, as Markdown lets it through: an element can begin in one piece and end in another.

    Tags are found as browsers find them, a comment or tag that never ends swallows the rest, and each character is
    looked at once or twice, whatever the text: the standard library's parser takes a minute for 20,000 open tags.
    """

    def __init__(self) -> None:
        self._hidden: list[str] = []  # the open elements, from the outermost hidden one on
        self._smaller = 0  # how many open elements make what is in them smaller

    @property
    def hides(self) -> bool:
        """Whether what follows lies inside a hidden element."""
        return bool(self._hidden)

    def read(self, piece: str) -> str:
        """The text that a piece of HTML shows."""
        said: list[str] = []
        position = 0
        for markup in _MARKUP.finditer(piece):
            said.append(self._show(piece[position : markup.start()]))
            said.append(self._tag(markup))
            position = markup.end()
        said.append(self._show(piece[position:]))
        return "".join(said)

    def _show(self, text: str) -> str:
        return "" if self._hidden else html.unescape(text)

    def _tag(self, markup: re.Match[str]) -> str:
        name = (markup["name"] or "").lower()
        if markup["close"]:
            self._close(name)
        elif name and name not in _VOID_TAGS:
            self._open(name, markup["attributes"])
        return "\n" if name in _BLOCK_TAGS and not self._hidden else ""

    def _open(self, name: str, attributes: str) -> None:
        too_small = name in _SMALLER_TAGS and self._smaller >= _MOST_SMALLER
        if self._hidden or too_small or _is_hidden(name, attributes):
            self._hidden.append(name)
        elif name in _SMALLER_TAGS:
            self._smaller += 1

    def _close(self, name: str) -> None:
        if name in self._hidden:
            while self._hidden.pop() != name:
                pass
        elif name in _SMALLER_TAGS and not self._hidden:
            self._smaller = max(0, self._smaller - 1)


def _is_hidden(name: str, attributes: str) -> bool:
    given = dict(_attribute(match[0]) for match in re.finditer(_ATTRIBUTE, attributes))
    style = re.sub(r"\s|/\*.*?(?:\*/|$)", "", html.unescape(given.get("style", ""))).lower()
    return name in _UNSEEN_TAGS or "hidden" in given or _UNSEEN_STYLE.search(style) is not None


def _attribute(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip("\"'")
