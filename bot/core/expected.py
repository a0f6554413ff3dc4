"""What a value was expected to be, in our words: pydantic's own name Python's types and its own rules."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

_NUMBER, _WHOLE, _TEXT = "expected a number", "expected a whole number", "expected text (put it in quotes)"
_PLAIN = {
    "missing": "is missing",
    "model_type": "expected a mapping of names to values",
    "dict_type": "expected a mapping of names to values",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "string_type": _TEXT,
    "string_unicode": "expected text in UTF-8",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "path_type": "expected a path",
}
_LIMITS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than_equal": lambda about: f"expected at least {about['ge']}",
    "greater_than": lambda about: f"expected more than {about['gt']}",
    "less_than_equal": lambda about: f"expected at most {about['le']}",
    "less_than": lambda about: f"expected less than {about['lt']}",
    "string_too_long": lambda about: f"expected at most {about['max_length']} characters",
    "string_pattern_mismatch": lambda about: f"expected text of the form `{about['pattern']}`",
    "too_long": lambda about: f"expected at most {about['max_length']} entries",
}


def say_expected(error: Mapping[str, Any]) -> str:
    """For one of pydantic's errors: how the sentence goes on after the name. A validator's own message stays."""
    kind = error["type"]
    if kind == "value_error":
        message = str(error["msg"]).removeprefix("Value error, ")
        return f"{message[:1].lower()}{message[1:]}"
    if kind in {"literal_error", "enum"}:
        return _one_of(str(error["ctx"]["expected"]), error["input"])
    if kind in _LIMITS:
        return _LIMITS[kind](error["ctx"])
    return _PLAIN.get(kind) or re.sub(r"^\w+ should (?:be|have) ", "expected ", str(error["msg"]))


def _one_of(named: str, given: object) -> str:
    choices = re.findall(r"'([^']*)'", named)
    *first, last = [f"`{choice}`" for choice in choices]
    near = difflib.get_close_matches(given, choices, n=1, cutoff=0.7) if isinstance(given, str) else []
    said = f"expected {', '.join(first)} or {last}" if first else f"expected {last}"
    return f"{said}; did you mean `{near[0]}`?" if near else said
