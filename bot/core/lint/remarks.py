"""What a person should know of an issue before it runs unattended: is it said when it is done, is it one task, is it
work that a person should watch. Pure, and about the approved text alone.

It speaks up only where something in the text says so, and never because a heading is missing: a remark that is often
wrong is not read. An issue that names a file, an identifier, an example or an outcome says enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.lint.issue_parts import IssuePart, read_parts, split_numbered
from bot.core.lint.risky_work import IMPERATIVE, AskedSentence, Risk, find_risks
from bot.core.tasks import Snapshot


class RemarkKind(StrEnum):
    CRITERIA = "criteria"
    SEVERAL = "several"
    RISK = "risk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """`tasks`: what was read as separate tasks; `risks`: what it asks for."""

    kind: RemarkKind
    tasks: tuple[str, ...] = ()
    risks: tuple[Risk, ...] = ()


def find_remarks(snapshot: Snapshot) -> tuple[Remark, ...]:
    """What to say about an issue; nothing for most. Comments may say what the issue itself does not."""
    parts = read_parts(snapshot.body[:_LONGEST])
    comments = [part for comment in snapshot.comments for part in read_parts(comment.body[:_LONGEST])]
    return tuple(_remarks(snapshot, parts, comments))


def _remarks(snapshot: Snapshot, parts: Sequence[IssuePart], comments: Sequence[IssuePart]) -> Iterator[Remark]:
    title = snapshot.title.strip()
    if _is_vague(title, [*parts, *comments], f"{snapshot.body[:_LONGEST]}"):
        yield Remark(kind=RemarkKind.CRITERIA)
    if tasks := _separate_tasks(title, parts):
        yield Remark(kind=RemarkKind.SEVERAL, tasks=tuple(tasks))
    asked = [AskedSentence(text=each) for part in parts if not part.is_context for each in part.sentences]
    if risks := find_risks([AskedSentence(text=_plain(title), is_title=True), *asked]):
        yield Remark(kind=RemarkKind.RISK, risks=risks)


_LONGEST = 20_000  # characters: GitHub accepts 65,536, and what is longer says enough


# -- is it said when it is done

_PREFIX = re.compile(
    r"^(?:\[[^\]]{1,30}\]\s*)+|^(?:bug|feature|feat|fix|chore|request|task|refactor|perf|docs|todo|"
    r"wip)(?:\([^)]*\))?!?:\s*",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:please|pls|can (?:you|we)|could (?:you|we)|we (?:should|need to|must|have to)|let'?s|i(?:'d|"
    r" would) like (?:you )?to|"
    r"would be (?:nice|great|good) to|try to|someone should|need to|just)\s+",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"^(?:improv\w+|optimi[sz]\w+|enhanc\w+|refactor\w*|clean(?:ing)?[ -]?up|tidy(?:ing)?(?: up)?|rework\w*|rewrit\w+|"
    r"overhaul\w*|moderni[sz]\w+|polish\w*|revamp\w*|redesign\w*|simplif\w+|speed(?:ing)? up|investigat\w+|"
    r"look(?:ing)? "
    r"(?:into|at)|work on|take care of|deal with|think about|do something about|sort out|rethink|re-?architect|"
    r"beautify|"
    r"streamline|better|nicer|faster|general|various|misc\w*|some|stuff|things|help)\b",
    re.IGNORECASE,
)
_MAKE_BETTER = re.compile(
    r"^make (?:.{1,60} )?(?:better|faster|nicer|cleaner|good|great|work|prettier|usable|more \w+|less \w+|robust|"
    r"stable|reliable|scalable|modern|simpler|easier|beautiful|fast|secure|perfect|smarter|snappier|safer|clearer|"
    r"friendlier|tidier|leaner|intuitive|user-friendly|performant|maintainable|readable)\W*$",
    re.IGNORECASE,
)
_MORE_OF_IT = re.compile(
    r"^(?:add|write|increase|extend|raise|support|more|missing|need)\s+"
    r"(?:some |more |better |new |other |unit |missing |proper |the |our )*(?:formats?|platforms?|options?|things|"
    r"stuff|functionality|improvements?|metrics|tests?|(?:test |code )?coverage|docs?|documentation|"
    r"logging|logs?|comments?|validation|error handling|features?|examples?)\W*$|"
    r"^(?:code|test|general|overall|software)\s+(?:quality|health|clean-?up|coverage|style|hygiene)\W*$",
    re.IGNORECASE,
)
_REPAIR = re.compile(
    r"^(?:fix(?:es|ed|ing)?|repair|mend|debug|solve|resolve|correct|handle|address|update|change|adjust|check|"
    r"review)\b",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(
    r"\b(?:is|are|seems?|looks?|feels?|was|gets?) (?:\w+ )?(?:broken|slow|bad|ugly|wrong|weird|buggy|flaky|"
    r"outdated|messy|"
    r"confusing|terrible|annoying|unusable|strange|off|odd|not (?:good|nice|working|ok|right))\W*$|"
    r"\b(?:does not|doesn'?t|do not|don'?t|not|won'?t|isn'?t|stopped) (?:work(?:ing)?|behave|"
    r"function)\b(?: (?:properly|"
    r"correctly|anymore|any more|at all|well|right))?\W*$|\b(?:broken|problems?|issues?|bugs?|errors?|"
    r"crash(?:es)?|trouble)\W*$|"
    r"^(?:problems?|issues?|bugs?|trouble|something) (?:with|in|is|are)\b|^broken \w+\W*$|"
    r"^(?:broken|slow|ugly|wrong|buggy) (?:on|in|with|for)\b",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"\b(?:should|must|shall|has to|have to|needs? to|expect\w*|so that|instead of|rather than|at most|at least|"
    r"less than|"
    r"more than|no longer|returns?|raises?|prints?|shows?|such as|e\.g\.|for example|for instance|steps? to reproduce|"
    r"acceptance|done when|given|currently)\b|->|→|=>|\d\s?(?:%|ms|s|seconds?|minutes?|mb|kb|px)\b",
    re.IGNORECASE,
)
_CONCRETE = re.compile(
    r"`[^`]+`|\b[\w.-]+/[\w./-]+\b|\b\w+\.(?:py|js|ts|tsx|jsx|go|rs|rb|java|c|h|cpp|cs|php|md|rst|toml|ya?ml|"
    r"json|txt|sh|sql|"
    r"html|css|cfg|ini|xml)\b|\b\w+\(\)|\b[a-z]+_[a-z_]+\b|\b[a-z]+[A-Z]\w+\b|--[a-z][\w-]+|https?://|"
    r"\"[^\"]+\"|“[^”]+”|"
    r"#\d+|\b[1-5]\d\d\b|\b[A-Z]\w*(?:Error|Exception|Warning)\b|\bv?\d+\.\d+"
)
_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)|^(?: {4}|\t)\S|!\[|<img ", re.MULTILINE)
_FAR = re.compile(
    r"\b(?:into|to|from|with|using|so|by|via|without|instead|that|which|where|when|on empty|per)\b\s+\S", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_STOP = re.compile(
    r"an?|the|of|in|on|at|for|to|and|or|its?|is|are|be|this|that|these|those|all|some|our|my|your|their|with|please|"
    r"(?:bug|issue|problem|error|thing)s?|stuff|code|fix|update"
)
_ENOUGH_WORDS, _ENOUGH_OF_A_REPAIR, _NAMES = 20, 3, 2


def _is_vague(title: str, parts: Sequence[IssuePart], source: str) -> bool:
    said = [part.text for part in parts if not part.is_heading]
    text = "\n".join([title, *said])
    if _OUTCOME.search(text) or _CONCRETE.search(text) or _FENCE.search(source):
        return False
    details = [word for each in said if not _names_a_blocker(each) for word in _WORD.findall(each)]
    return len(details) < _ENOUGH_WORDS and _is_vague_title(title, details)


def _names_a_blocker(text: str) -> bool:
    return re.match(r"(?:blocked by|depends on)\b", text, re.IGNORECASE) is not None


def _is_vague_title(title: str, details: Sequence[str]) -> bool:
    plain = _plain(title)
    if _MAKE_BETTER.search(plain) or _COMPLAINT.search(plain) or _MORE_OF_IT.search(plain):
        return True
    if title.isascii() and len(_WORD.findall(plain)) <= 1 and len(details) < _ENOUGH_OF_A_REPAIR:
        return True
    if match := _OPEN.match(plain):
        return not _FAR.search(plain[match.end() :])
    if match := _REPAIR.match(plain):
        return len(_content(plain[match.end() :])) + len(_content(" ".join(details))) < _ENOUGH_OF_A_REPAIR
    return False


def _plain(title: str) -> str:
    """Without the prefixes and the courtesies that it may begin with."""
    return _POLITE.sub("", _PREFIX.sub("", title.strip()).strip()).strip()


def _content(text: str) -> set[str]:
    """The words that name something, in a form in which singular and plural are the same."""
    return {
        _stem(word) for word in map(str.lower, _WORD.findall(text)) if not _STOP.fullmatch(word) and len(word) >= _NAMES
    }


def _stem(word: str) -> str:
    return re.sub(r"(?:ies|ing|es|ed|s|y|e)$", "", word) if len(word) > 3 else word  # noqa: PLR2004 - "css", "yes"


# -- is it one task

_SEPARATE = re.compile(
    r"\b(?:unrelated(?:ly)?|separately|on (?:a|an(?:other)?) (?:different|separate|unrelated|other)? ?note|"
    r"while (?:you(?:'re| are)|we(?:'re| are)|at) (?:at it|there|it)|as a separate (?:task|thing|change)|"
    r"another (?:thing|task|issue|bug)|two (?:separate|different|unrelated) )\b",
    re.IGNORECASE,
)
_SEVERAL_TITLE = re.compile(
    r"\b(?:several|multiple|various|misc(?:ellaneous)?|assorted|many|a few|a bunch of|some) (?:small |minor |"
    r"other |different )?"
    r"(?:fixes|improvements|changes|things|tasks|issues|bugs|updates|clean-?ups|todos|tweaks|enhancements)\b|"
    r"^(?:misc(?:ellaneous)?|various|to-?dos?|chores|odds and ends|clean-?ups|fixes|improvements|changes)\W*$|"
    r"\b(?:epic|umbrella|tracking issue|meta[ -]issue|roadmap|wish ?list|to-?do list|task list)\b",
    re.IGNORECASE,
)
_NUMBERED_TASK = re.compile(
    r"^(?:task|bug|part|issue|problem|feature|item|fix)\s*(?:#|no\.?\s*)?(?:\d+|[a-d])\b", re.IGNORECASE
)
_COUNTED_TITLE = re.compile(
    r"^(?:two|three|four|five|a couple of|several|a few|some|multiple) (?:\w+ )?(?:things|bugs|issues|requests|ideas|"
    r"problems|points|wishes|todos)\W*$|^(?:bugs|issues|problems|wishes|requests|feedback) (?:found|from)\b",
    re.IGNORECASE,
)
_OF_THE_SAME = re.compile(
    r"\b(?:it|its|them|they|their|that|this|these|those|tests?|docs?|documentation|changelog|readme|document|both)\b",
    re.IGNORECASE,
)
_SAYS = re.compile(r"(?:log|warn|raise|return|print|show|report|exit) (?:a|an|the|with|about)\b", re.IGNORECASE)
_JOINT = re.compile(
    r"\s*(?:;|,\s*and\b|,\s*then\b|,|\+|&|\band(?: also| then)?\b|\bas well as\b|\bplus\b|\balso\b)\s*", re.IGNORECASE
)
_FEWEST, _MOST_SHOWN, _FEWEST_ITEMS = 2, 10, 3


def _separate_tasks(title: str, parts: Sequence[IssuePart]) -> list[str]:
    """The tasks that can be separated, if there are at least two."""
    asked = [part for part in parts if not (part.is_context or part.is_criterion or part.is_heading)]
    found = _find_counted(title, parts, asked) or _find_unrelated(title, asked) or _find_joined(title)
    found = found or _set_apart(title, asked)
    return [re.sub(r"\s+", " ", each) for each in found[:_MOST_SHOWN]]


def _find_counted(title: str, parts: Sequence[IssuePart], asked: Sequence[IssuePart]) -> list[str]:
    """Those that the author counts: "Bug 1: …", "Bug 2: …", or a title such as "Two things"."""
    sentences = [each for part in asked for each in part.sentences]
    numbered = [part.text for part in parts if part.is_heading and _NUMBERED_TASK.match(part.text)]
    numbered = numbered or [
        each for each in sentences if (match := _NUMBERED_TASK.match(each)) and _is_label(each, match)
    ]
    if len(numbered) < _FEWEST and _COUNTED_TITLE.search(_plain(title)):
        numbered = sentences
    return numbered if len(numbered) >= _FEWEST else []


def _is_label(sentence: str, match: re.Match[str]) -> bool:
    return sentence[match.end() :].startswith((":", ".", ")"))


def _find_unrelated(title: str, asked: Sequence[IssuePart]) -> list[str]:
    """Three requests or more that name nothing in common, neither among themselves nor with the title. The steps of one
    task name what it is about."""
    requests = [each for part in asked for sentence in part.sentences for each in split_numbered(sentence)]
    requests = [each for each in requests if IMPERATIVE.match(each)]
    fewest = _FEWEST if _SEVERAL_TITLE.search(title) else _FEWEST_ITEMS
    names = [_objects(each) for each in requests]
    apart = [
        request
        for place, request in enumerate(requests)
        if not _OF_THE_SAME.search(request)
        and not names[place] & _content(title)
        and not any(names[place] & other for index, other in enumerate(names) if index != place)
    ]
    return apart if len(apart) >= fewest else []


def _find_joined(title: str) -> list[str]:
    """A title of two requests or more: "Fix the clock and add a dark theme"."""
    pieces = [each for each in _JOINT.split(_plain(title)) if each]
    requests = [each for each in pieces if IMPERATIVE.match(each)]
    if len(requests) != len(pieces):
        return []
    # What goes with one of the others is no separate task: its test, or what is said in such a case.
    requests = [each for each in requests if not _OF_THE_SAME.search(each) and not _SAYS.match(each)]
    if len(requests) < _FEWEST:
        return []
    names = [_objects(each) for each in requests]
    is_apart = all(names) and not any(one & other for place, one in enumerate(names) for other in names[:place])
    return requests if is_apart else []


def _set_apart(title: str, asked: Sequence[IssuePart]) -> list[str]:
    """A request that says itself that it is another one."""
    sentences = [each for part in asked for each in part.sentences]
    also = [
        each for each in sentences if _SEPARATE.search(each) and _asks(each) and not _content(title) & _objects(each)
    ]
    return [title, *also] if also else []


def _asks(sentence: str) -> bool:
    pieces = [each for each in re.split(r"[,:]\s*", _SEPARATE.sub(",", sentence)) if each.strip()]
    return any(IMPERATIVE.match(each.strip()) for each in pieces)


def _objects(request: str) -> set[str]:
    """What a request names, apart from what it does with that."""
    match = IMPERATIVE.match(request)
    return _content(request[match.end() :] if match else request)
