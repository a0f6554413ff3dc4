"""What a request to the model costs, from the usage that the API reports.

List prices per million tokens, as Claude Code 2.1.330 has them in its own catalogue (read on 2026-11-28; published at
https://docs.claude.com/en/docs/about-claude/pricing). A model that is not in it is reckoned as the dearest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MILLION = 1_000_000
_WITHIN_US = 1.1  # the API's surcharge where a request must stay within the United States
_BYTES_A_TOKEN = 3  # what is reckoned of an answer that broke off before it reported its usage
_DATE = re.compile(r"-\d{8}$|\[1m\]$|@.*$|-v\d+(:\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars per million tokens. `write`, `write_hour`: into the cache, for five minutes and for an hour."""

    input: float
    output: float
    write: float
    write_hour: float
    read: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one request. `input`: read for the first time; `write` includes `write_hour`."""

    input: int = 0
    output: int = 0
    read: int = 0
    write: int = 0
    write_hour: int = 0
    within_us: bool = False

    @property
    def prompt(self) -> int:
        return self.input + self.read + self.write


def _price(each_input: float, output: float, read: float) -> Price:
    return Price(input=each_input, output=output, write=each_input * 1.25, write_hour=each_input * 2, read=read)


_DEAREST = _price(15, 75, 1.5)
_LONG_HAIKU = (100_000, _price(0.5, 2.5, 0.05))
_PRICES = {
    "claude-3-5-haiku": _price(0.8, 4, 0.08),
    "claude-haiku-4-5": _price(1, 5, 0.1),
    "claude-haiku-5-5": _price(0.1, 0.5, 0.01),
    "claude-3-5-sonnet": _price(3, 15, 0.3),
    "claude-3-7-sonnet": _price(3, 15, 0.3),
    "claude-sonnet-4": _price(3, 15, 0.3),
    "claude-sonnet-4-5": _price(3, 15, 0.3),
    "claude-sonnet-4-6": _price(3, 15, 0.3),
    "claude-sonnet-5": _price(2, 10, 0.2),
    "claude-sonnet-5-5": _price(2, 10, 0.1),
    "claude-opus-4": _DEAREST,
    "claude-opus-4-1": _DEAREST,
    "claude-opus-4-5": _price(5, 25, 0.5),
    "claude-opus-4-6": _price(5, 25, 0.5),
    "claude-opus-4-7": _price(5, 25, 0.5),
    "claude-opus-4-8": _price(5, 25, 0.5),
    "claude-opus-5": _price(5, 25, 0.5),
    "claude-opus-5-5": _price(4, 20, 0.2),
    "claude-fable-5": _price(10, 50, 1),
    "claude-fable-5-1": _price(10, 50, 0.25),
    "claude-fable-5-2": _price(8, 40, 0.2),
    "claude-mythos-5": _price(10, 50, 1),
    "claude-mythos-5-1": _price(10, 50, 0.25),
    "claude-mythos-5-2": _price(8, 40, 0.2),
}


def price_of(model: str, prompt_tokens: int = 0) -> Price:
    """The price for a model by its name, with or without a date. A name that is not known costs the most."""
    name = _DATE.sub("", model)
    if name == "claude-haiku-5-5" and prompt_tokens > _LONG_HAIKU[0]:
        return _LONG_HAIKU[1]
    return _PRICES.get(name) or _PRICES.get(re.sub(r"-0$", "", name)) or _DEAREST


def cost_of(model: str, usage: Usage) -> float:
    """Dollars for one request."""
    price = price_of(model, usage.prompt)
    hour = min(usage.write_hour, usage.write)
    tokens = (
        usage.input * price.input
        + usage.output * price.output
        + usage.read * price.read
        + hour * price.write_hour
        + (usage.write - hour) * price.write
    )
    return tokens / _MILLION * (_WITHIN_US if usage.within_us else 1.0)


def tokens_in(size: int) -> int:
    """What so many bytes come to at the most where the API did not say."""
    return -(-size // _BYTES_A_TOKEN)
