"""The margins of Markdown that is written again from its tokens: what quotes and list items put before each line."""

from __future__ import annotations

from dataclasses import dataclass, field

from markdown_it.token import Token


@dataclass(slots=True)
class Margin:
    """What an open quote or list item puts before its first line and before the rest. `fresh`: no line is put yet."""

    first: str
    rest: str
    fresh: bool = True


@dataclass(slots=True)
class Margins:
    """The margins that are open, the outermost first."""

    margins: list[Margin] = field(default_factory=list)
    _numbers: list[int | None] = field(default_factory=list)  # of the open lists: the next item's, None for bullets

    @property
    def first(self) -> str:
        """The margin of the next line."""
        return "".join(margin.first for margin in self.margins)

    @property
    def rest(self) -> str:
        """The margin of the lines after it."""
        return "".join(margin.rest for margin in self.margins)

    def begins_list(self, token: Token) -> bool:
        """Whether the token opens a list that is not inside of another."""
        return token.type in ("bullet_list_open", "ordered_list_open") and not self._numbers

    def follow(self, token: Token) -> None:
        """Open or close the margin of a quote, a list or a list item. Other tokens change nothing."""
        match token.type:
            case "blockquote_open":
                self.margins.append(Margin("> ", "> "))
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                start = token.attrGet("start")
                self._numbers.append(1 if start is None else int(start))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "list_item_open":
                self._open_item()
            case "blockquote_close" | "list_item_close":
                self.margins.pop()

    def begin_block(self) -> None:
        """A block follows: its first line has the first margins, and every later line the others."""
        for margin in self.margins:
            margin.first, margin.fresh = margin.rest, False

    def _open_item(self) -> None:
        number = self._numbers[-1]
        mark = "- " if number is None else f"{number}. "
        self._numbers[-1] = None if number is None else number + 1
        self.margins.append(Margin(mark, " " * len(mark)))
