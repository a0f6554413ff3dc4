"""What every part of a scenario has in common: it is frozen once read, and refuses a key that it does not know."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=3600)]


class StrictModel(BaseModel):
    """A part of a scenario. Nothing in it changes once read, and it has no key but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def exactly_one(self, *names: str) -> str:
        """The one key of `names` that is given."""
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"expected exactly one of {', '.join(names)}; found {found}")
        return given[0]
