"""The files of a scenario: a text as it stands there, or bytes, a symbolic link, an executable file."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Base64Bytes, BeforeValidator, model_validator

from bot.rehearsal.github.stored import EXECUTABLE, LINK, REGULAR, StoredFile
from bot.rehearsal.strict_model import StrictModel


class FileContent(StrictModel):
    """A file: exactly one of its text, its bytes, and where a symbolic link leads. `executable` None: if it begins with
    `#!`."""

    text: str | None = None
    base64: Base64Bytes | None = None
    link: str | None = None
    executable: bool | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.exactly_one("text", "base64", "link") == "link" and self.executable is not None:
            raise ValueError("a link is not executable; the file that it leads to may be")
        return self

    @property
    def names_mode(self) -> bool:
        """Whether it says more than what the file holds."""
        return self.link is not None or self.executable is not None

    @property
    def stored(self) -> StoredFile:
        if self.link is not None:
            return StoredFile(content=self.link.encode(), mode=LINK)
        content = self.base64 if self.base64 is not None else (self.text or "").encode()
        executable = content.startswith(b"#!") if self.executable is None else self.executable
        return StoredFile(content=content, mode=EXECUTABLE if executable else REGULAR)


def _as_content(given: object) -> object:
    return {"text": given} if isinstance(given, str) else given


Content = Annotated[FileContent, BeforeValidator(_as_content)]
