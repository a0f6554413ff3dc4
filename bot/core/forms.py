"""The form in which two accounts of a tool call are compared: what the model wrote, and what Claude Code ran of it.

Claude Code 2.1.330 rewrites some inputs before it runs them (`normalizeToolInput` and the repair of streamed inputs,
read in its source): it takes `cd <its own folder> && ` off a command, spaces off the ends of written lines, decodes
`\\uXXXX` in texts, and turns "true" and "3" into what the schema asks for. Both accounts are brought into one form, so
that a difference is a difference in what ran.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from bot.core.untrusted import as_dicts, as_str

_ESCAPE = re.compile(r"(\\\\)|\\u([0-9a-fA-F]{4})")
_LINE_END = re.compile(r"[^\S\r\n]+(?=[\r\n]|\Z)")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
# Of results that are old, when the context is full, and in the request for a summary (2.1.330).
_PUT_IN_PLACE = ("[Old tool result content cleared]", "[image]", "[document]")
_ROUNDS = 8  # rewriting twice gives another text than rewriting once; after so many rounds nothing real still changes
# The parameters of the permitted tools that are texts; the others may come as text and run as what they stand for.
_TEXTS = frozenset(
    {
        *("command", "description", "file_path", "content", "old_string", "new_string", "pattern", "path", "glob"),
        *("type", "status", "summary", "output_mode"),
    }
)
# What the API's serving marks up in other words, as Edit takes it back (`Edit` 2.1.330).
_MARKS = {
    **{"<fnr>": "<function_results>", "<n>": "<name>", "</n>": "</name>", "<o>": "<output>", "</o>": "</output>"},
    **{"<e>": "<error>", "</e>": "</error>", "<s>": "<system>", "</s>": "</system>", "<r>": "<result>"},
    **{"</r>": "</result>", "< META_START >": "<META_START>", "< META_END >": "<META_END>", "< EOT >": "<EOT>"},
    **{"< META >": "<META>", "< SOS >": "<SOS>", "\n\nH:": "\n\nHuman:", "\n\nA:": "\n\nAssistant:"},
}


def call_form(name: str, tool_input: object, cwd: str) -> str:
    """A digest of a call's input in the form that is compared. `cwd`: the folder that the session works in."""
    if not isinstance(tool_input, dict):
        return json_digest(tool_input)
    named = {_key(name, key): value for key, value in tool_input.items()}
    form = {key: _value(name, key, value, cwd) for key, value in named.items()}
    return json_digest({key: value for key, value in form.items() if not _says_nothing(value)})


def _says_nothing(value: object) -> bool:
    """Claude Code adds such parameters, and leaves such out."""
    return value is None or value is False or value == ""


def result_form(content: object, *, is_error: bool) -> str:
    """A digest of a tool's result without the reminders that Claude Code puts into it on its way to the model."""
    return json_digest([is_error, *_parts(content)])


def result_parts(content: object) -> frozenset[str]:
    """Digests of what a tool's result consists of, without what Claude Code puts in the place of old ones."""
    return frozenset(json_digest(part) for part in _parts(content) if part not in _PUT_IN_PLACE)


def text_form(text: str) -> str:
    """A digest of what the model said; Claude Code cuts white space off its ends."""
    return json_digest(text.strip())


def _parts(content: object) -> Iterator[object]:
    if isinstance(content, str):
        yield from _spoken(content)
    for block in as_dicts(content):
        if block.get("type") == "text":
            yield from _spoken(as_str(block.get("text")))
        else:
            yield {key: value for key, value in block.items() if key != "cache_control"}


def _spoken(text: str) -> Iterator[str]:
    if rest := _REMINDER.sub("", text).strip():
        yield rest


def _key(tool: str, key: str) -> str:
    return {"old_str": "old_string", "new_str": "new_string"}.get(key, key) if tool == "Edit" else key


def _value(tool: str, key: str, value: Any, cwd: str) -> Any:
    if not isinstance(value, str):
        return _plain_number(value) if not isinstance(value, list | dict) else _decoded_all(value)
    if key not in _TEXTS:
        return _decoded_all(_type(value))
    text = _decode(value)
    match tool, key:
        case "Bash", "command":
            return _until_still(text, lambda command: _without_folder(command.replace("\\\\;", "\\;"), cwd))
        case "Write", "content":
            return _LINE_END.sub("", text)
        case "Edit", "old_string" | "new_string":
            return _LINE_END.sub("", _unmark(text))
    return text


def _decoded_all(value: Any) -> Any:
    match value:
        case str():
            return _decode(value)
        case list():
            return [_decoded_all(item) for item in value]
        case dict():
            return {_decode(str(key)): _decoded_all(item) for key, item in value.items()}
    return _plain_number(value)


def _plain_number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _type(text: str) -> Any:
    """What a text stands for where the schema does not ask for a text."""
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text.strip()):
        return _plain_number(float(text))
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _without_folder(command: str, cwd: str) -> str:
    return command.removeprefix(f"cd {cwd} && ")


def _unmark(text: str) -> str:
    for mark, meant in _MARKS.items():
        text = text.replace(mark, meant)
    return text


def _decode(text: str) -> str:
    """Without `\\uXXXX`, and with surrogate pairs as the characters that they stand for."""
    if "\\u" in text:
        text = _until_still(text, lambda each: _ESCAPE.sub(lambda m: m[1] or chr(int(m[2], 16)), each))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _until_still(text: str, rewrite: Callable[[str], str]) -> str:
    for _ in range(_ROUNDS):
        if (rewritten := rewrite(text)) == text:
            break
        text = rewritten
    return text


def json_digest(value: object) -> str:
    """sha256 over the canonical JSON: of a tool's input the same as the gate puts into its grants."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
