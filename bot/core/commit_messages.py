"""Rewrites a session's commit messages so that they stay readable, but change nothing on GitHub or in a CI system.

GitHub closes the issues that a merged message names, notifies whom it mentions, credits whom its trailers name, and
skips checks where it says so. A session may write such words by mistake or because a text told it to. Only `#N` of the
task's own issue stays as it is. Invisible characters are dropped first: they could hide a word from the patterns here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from bot.core.references import IssueRef

_SUBJECT = 200  # characters of the first line
_LONGEST = 10_000  # characters of a message
_ROUNDS = 20

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:/{2,}|\bwww\.)+", re.IGNORECASE)
_ON_GITHUB = re.compile(
    r"(?<![\w/-])[\w.-]*(?:github|ghe)[\w.-]*(?::[0-9]+)?/([\w.-]+/[\w.-]+)/(issues|pulls?|discussions|commits?)/(\w+)\S*",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"([\w.-]+(?:/[\w.-]+)?)?#(\d+)(?![A-Za-z0-9_])")
_GH = re.compile(r"(?<![A-Za-z0-9])gh-(\d+)", re.IGNORECASE)
_SKIP = re.compile(
    r"\[+([^\[\]\n]*(?:skip|\bno[ _-]*(?:ci|cd|builds?|deploy|checks?|actions?)\b)[^\[\]\n]*)\]+"
    r"|\*{2,}[ \t]*(no[_ -]?ci)[ \t]*\*{2,}",
    re.IGNORECASE,
)
_SKIP_CHECKS = re.compile(r"\b(skip-checks?)[ \t]*[:=][ \t]*", re.IGNORECASE)
_TRAILER = re.compile(r"^([A-Za-z0-9][A-Za-z0-9_-]*)[ \t]*:[ \t]*(?=\S|$)", re.MULTILINE)
_PERSON = re.compile(r"^([A-Za-z0-9-]+-(?:by|to|id|from|on)|cc|bcc)[ \t]*:[ \t]*", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


def neutral(message: str, issue: IssueRef) -> str:
    """The message with closing keywords, references, mentions, skip words and trailers as plain words. `issue`: the
    task's own, which it may refer to as `#N`."""
    text = _visible(message)[:_LONGEST]
    return _at_rest(text, lambda text: _laid_out(_inert(text, issue), issue)) or f"Work on #{issue.number}\n"


def sign_off(name: str, email: str) -> str:
    """The trailer with which an account certifies where a commit comes from: https://developercertificate.org"""
    return f"Signed-off-by: {name} <{email}>"


def signed_off(message: str, trailer: str, reword: Callable[[str], str]) -> str:
    """`reword` makes an ordinary line of each trailer, so that one which is there already is added anew."""
    return f"{reword(message.rstrip().removesuffix(trailer)).rstrip()}\n\n{trailer}\n"


def neutral_subject(line: str, issue: IssueRef) -> str:
    """A line that becomes a commit's subject, by the same rules. The caller has dropped invisible characters."""
    return _at_rest(line[:_LONGEST], lambda text: _PERSON.sub(r"\1 — ", _inert(text, issue)))


def _at_rest(text: str, changed: Callable[[str], str]) -> str:
    """Apply the rules until the text no longer changes, since one rule may produce what another looks for. Empty if it
    keeps changing."""
    for _ in range(_ROUNDS):
        before, text = text, changed(text)
        if text == before:
            return text
    return ""


def _visible(text: str) -> str:
    """Without control, format and other invisible characters; every kind of line end is one."""
    lines = re.split(r"\r\n|[\r\v\f\x85\u2028\u2029\n]", text)
    return "\n".join(
        "".join(" " if char == "\t" or unicodedata.category(char) == "Zs" else char for char in line if _is_shown(char))
        for line in lines
    )


def _is_shown(char: str) -> bool:
    if char == "\t":
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"} and _INVISIBLE.match(char) is None


def _inert(text: str, issue: IssueRef) -> str:
    text = _URL.sub("", text)
    text = _ON_GITHUB.sub(_spell_names, text)
    text = _GH.sub(r"issue \1", text)
    text = _REFERENCE.sub(lambda found: _reference(found, issue), text)
    text = text.replace("@", "(at)")
    text = _SKIP.sub(lambda found: "-".join(re.findall(r"[^\W_]+", found[1] or found[2])).lower(), text)
    return _SKIP_CHECKS.sub(r"\1 is ", text)


def _spell_names(found: re.Match[str]) -> str:
    kind = {"i": "issue", "p": "pull request", "d": "discussion", "c": "commit"}[found[2][0].lower()]
    return f"{kind} {found[3]} of {found[1]}"


def _reference(found: re.Match[str], issue: IssueRef) -> str:
    where, number = found[1], found[2]
    if where:
        return f"issue {number} of {where}"
    return found[0] if number == str(issue.number) else f"issue {number}"


def _laid_out(text: str, issue: IssueRef) -> str:
    """A subject, an empty line and a body, without a line that git or GitHub reads as a trailer."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    subject = _PERSON.sub(r"\1 — ", _cut(lines[0].strip()))
    body = _TRAILER.sub(r"\1 — ", "\n".join(lines[1:]).strip("\n"))
    body = re.sub(r"\n{3,}", "\n\n", re.sub(r"^---", "- - -", body, flags=re.MULTILINE))
    return (f"{subject}\n\n{body}" if body else subject or f"Work on #{issue.number}") + "\n"


def _cut(subject: str) -> str:
    return subject if len(subject) <= _SUBJECT else f"{subject[: _SUBJECT - 1].rstrip()}…"
