"""A shell text without what the parser takes as one piece: quoted text, quoted here-documents, comments.

It is found by patterns and may err in hostile text, so only limits of cost rest on it, never a ruling.
"""

from __future__ import annotations

import re

DOCUMENT = re.compile(
    r"<<-?[ \t]*(?:(?P<quote>['\"])(?P<quoted>\w+)(?P=quote)|\\(?P<escaped>\w+)|(?P<end>\w+))[^\n]*\n"
    r".*?^\t*(?:(?P=quoted)|(?P=escaped)|(?P=end))$",
    re.DOTALL | re.MULTILINE,
)
_TEXT = re.compile(r"\\.|'[^']*'|(?<!\S)#[^\n]*|\"(?:[^\"\\`$]|\\.|\$(?!\())*\"", re.DOTALL)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_SUBSTITUTIONS = re.compile(r"\$\(|`|\)")


def strip_quoted(text: str) -> str:
    """The text's syntax: of an unquoted here-document only the substitutions are left."""
    return _TEXT.sub("", DOCUMENT.sub(_strip_document, text))


def _strip_document(document: re.Match[str]) -> str:
    if document["end"] is None or not ("$(" in document[0] or "`" in document[0]):
        return "\n"
    return "".join(_SUBSTITUTIONS.findall(_ESCAPED.sub("", document[0]))) + "\n"
