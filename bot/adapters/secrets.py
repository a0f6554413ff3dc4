"""Find secrets in what a session made, by detect-secrets' detectors on added lines; no output repeats one.

Only the detectors are used, line by line. Its scanner keeps its settings for the whole process, honours
`pragma: allowlist secret` (which a session that hides a secret can write too), and sends candidates to third-party
services to test them: none of that belongs here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from detect_secrets.filters import heuristic
from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
from detect_secrets.plugins.ibm_cloud_iam import IbmCloudIamDetector
from detect_secrets.plugins.ibm_cos_hmac import IbmCosHmacDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import REGEX_BY_FILETYPE, KeywordDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector
from detect_secrets.util.filetype import FileType, determine_file_type

from bot.core.changes import FileChange
from bot.core.private_keys import HEADER, body_line, has_field, key_spans, whole_key, wrapped_keys
from bot.core.weakened import is_test

_SHAPED: tuple[RegexBasedDetector, ...] = (
    ArtifactoryDetector(),
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    CloudantDetector(),
    DiscordBotTokenDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    IbmCloudIamDetector(),
    IbmCosHmacDetector(),
    JwtTokenDetector(),
    MailchimpDetector(),
    NpmDetector(),
    OpenAIDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    SoftlayerDetector(),
    SquareOAuthDetector(),
    StripeDetector(),
    TelegramBotTokenDetector(),
    TwilioKeyDetector(),
)
"""Each knows the shape of one service's secrets: they count wherever they stand."""

_BASIC_AUTH = BasicAuthDetector()
_KEYWORD = KeywordDetector()
_PRIVATE_KEY = "Private Key"
_BASE64, _HEX = Base64HighEntropyString(), HexHighEntropyString()

# Shapes that came up after the detectors did.
_NEWER_SHAPES = {
    "GitHub Token": re.compile(r"\bgithub_pat_[A-Za-z0-9_]{50,}"),
    "Anthropic API Key": re.compile(r"\bsk-ant-[A-Za-z0-9_-]{30,}"),
    "OpenAI Token": re.compile(r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{30,}"),
    "Google API Key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b"),
    "NPM tokens": re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),
    "age Secret Key": re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
}
_SHAPES = (
    *((plugin.secret_type, shape) for plugin in _SHAPED for shape in plugin.denylist),
    *_NEWER_SHAPES.items(),
)

_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|placeholder|change.?me|redacted|replace|insert|your[-_ ]?|todo|not[-_ ]?real|%s|<.*>"
    r"|x{4,}|0{6,}|(?:abc|123){2,}|\.\.\.|\*{3,}|123456|abcdef|deadbeef|s3cret|hunter2|passw0rd|\{.*\}",
    re.IGNORECASE,
)
_SAYS_SECRET = re.compile(r"key|pass|pwd|secret|contrase|token|auth|credential|private|bearer", re.IGNORECASE)
_DIGEST = re.compile(r"(?:sha\d+[-:]|h1:).*", re.IGNORECASE)
_LOCK = re.compile(
    r"(?:.*/)?(?:[^/]*[.-]lock(?:\.\w+)?|[^/]*\.lockb?|go\.sum|npm-shrinkwrap\.json|requirements[^/]*\.txt)"
)
_NEEDS_NO_QUOTES = re.compile(r"(?:^|/)\.[^/.]+(?:\.[^/]*)?$|\.env$")  # .env, .env.local, .npmrc, prod.env
# The beginning of a token that was cut before it came here: its detector wants the whole.
_CUT_TOKEN = re.compile(
    r"\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abeprs]-|sk-ant-|sk-(?:proj|svcacct|admin)-|[rs]k_live_|pypi-"
    r"|AKIA(?=[0-9A-Z]{8})|AIza|AGE-SECRET-KEY-)[\w-]{8,}"
)
_REST_OF_TOKEN = re.compile(r"(?:\.?[A-Za-z0-9_+/=~-]+)*")
_IN_TOKEN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_KEYWORDS = (None, *{id(groups): groups for groups in REGEX_BY_FILETYPE.values()}.values())

_Groups = dict[re.Pattern[str], int] | None

_PIECE, _OVERLAP = 4000, 1000  # a minified file is one line
_LOOK_AHEAD = 8  # lines behind a private key's header: fields, an empty line, then the key
_HIDDEN = "***"
_SHORTEST_WORD = 8  # characters: a shorter password was made up for a test
_SHORTEST_TEST_WORD, _SHORTEST_CODE = 16, 20
_RANDOM_BITS = 3.5  # bits to a character: generated values have more, words have fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where something looks like a secret, and of which kind. `value` is for masking it; `whole` is what makes it this
    secret and no other, such as all lines of a private key. Neither is in a representation."""

    path: str
    line: int
    kind: str
    value: str = field(repr=False, compare=False)
    whole: str = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.kind}"


def secrets_in(changes: Iterable[FileChange], *, known: Iterable[FileChange] = ()) -> Iterator[Found | None]:
    """What the changes add that looks like a secret; None after each line, so that the caller can check its time limit.

    `known`: the same change as a whole. A value that a file of the base commit held already is not reported, also
    where it moved. A new file's name is published as well: it counts as its line 0.
    """
    old = [change.before for change in known if change.before]
    for change in changes:
        if change.before is None:
            yield from _in_name(change.path)
        following = {line.number: line.text for line in change.added}
        for line in change.added:
            ahead = [following.get(line.number + distance, "") for distance in range(1, _LOOK_AHEAD + 1)]
            for kind, value in _looks_secret(change.path, line.text, ahead):
                if not any(value.encode() in content for content in old):
                    whole = whole_key(line.number, following) if kind == _PRIVATE_KEY else value
                    yield Found(path=change.path, line=line.number, kind=kind, value=value, whole=whole)
            yield None


def mask_secrets(text: str) -> str:
    """`text` with `***` in place of what would be a secret in any kind of file: private keys from header to footer,
    tokens also where they were cut."""
    text = text.replace("\0", "")
    spans = [*key_spans(text), *_token_spans(text)]
    shown, position = [], 0
    for start, end in sorted(spans):
        if end > position:
            shown += [text[position:start], "" if start < position else _HIDDEN]
            position = end
    return "".join([*shown, text[position:]])


def _token_spans(text: str) -> Iterator[tuple[int, int]]:
    """Wherever a value that was found once stands in the text, out to the ends of its word."""
    for value in dict.fromkeys(_values(text)):
        start = text.find(value)
        while start >= 0:
            end = start + len(value)
            while start > 0 and text[start - 1] in _IN_TOKEN:
                start -= 1
            rest = _REST_OF_TOKEN.match(text, end)
            yield start, rest.end() if rest else end
            start = text.find(value, end)


def _values(text: str) -> Iterator[str]:
    yield from (found[0] for found in _CUT_TOKEN.finditer(text) if not _is_placeholder(found[0]))
    lines = [line.rstrip("\r") for line in text.split("\n")]
    for number, line in enumerate(lines, 1):
        ahead = lines[number : number + _LOOK_AHEAD]
        for part in dict.fromkeys((line, *line.splitlines())):
            yield from (value for _, value in _looks_secret_anywhere(part, ahead))


def _in_name(path: str) -> Iterator[Found]:
    for kind, value in _find_shaped(path):
        yield Found(path=mask_secrets(path), line=0, kind=kind, value=value, whole=value)


def _looks_secret(path: str, line: str, ahead: Sequence[str]) -> Iterator[tuple[str, str]]:
    groups = REGEX_BY_FILETYPE.get(FileType.CONFIG if _NEEDS_NO_QUOTES.search(path) else determine_file_type(path))
    for piece in _pieces(line):
        yield from _find_shaped(piece)
        yield from _private_keys(piece, ahead)
        if not _is_lock(path):
            yield from _words(piece, groups, in_test=is_test(path))
            yield from _codes(piece, in_test=is_test(path))


def _looks_secret_anywhere(line: str, ahead: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What `_looks_secret` finds under any path: lock files and tests only leave things out."""
    for piece in _pieces(line):
        yield from _find_shaped(piece)
        yield from _private_keys(piece, ahead)
        for groups in _KEYWORDS:
            yield from _words(piece, groups, in_test=False)
        yield from _codes(piece, in_test=False)


def _find_shaped(line: str) -> Iterator[tuple[str, str]]:
    """The whole match is the value: a detector's own groups may hold no more than its prefix."""
    for kind, shape in _SHAPES:
        yield from ((kind, match[0]) for match in shape.finditer(line) if _is_shaped(match[0]))
    for value in _BASIC_AUTH.analyze_string(line):
        if _is_shaped(value):
            yield _BASIC_AUTH.secret_type, value


def _pieces(line: str) -> Iterator[str]:
    if len(line) < _SHORTEST_WORD:
        return
    for start in range(0, max(1, len(line) - _OVERLAP), _PIECE - _OVERLAP):
        yield line[start : start + _PIECE]


def _is_shaped(value: str) -> bool:
    return len(value) >= _SHORTEST_WORD and not _is_placeholder(value)


def _is_placeholder(value: str) -> bool:
    return bool(_PLACEHOLDER.search(value)) or heuristic.is_templated_secret(value) or len(set(value)) < 4  # noqa: PLR2004


def _is_lock(path: str) -> bool:
    return heuristic.is_lock_file(path) or _LOCK.fullmatch(path.lower()) is not None


def _private_keys(line: str, ahead: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A header alone is code that looks for one; a key has its body behind it."""
    yield from ((_PRIVATE_KEY, value) for value in wrapped_keys(line))
    header = HEADER.search(line)
    if header is None:
        return
    if body := body_line([line[header.end() :]]) or body_line(ahead):
        yield _PRIVATE_KEY, body
    elif ahead and has_field(ahead[0]):
        yield _PRIVATE_KEY, header[0]


def _words(line: str, groups: _Groups, *, in_test: bool) -> Iterator[tuple[str, str]]:
    """What is assigned to a name such as `password`."""
    if _SAYS_SECRET.search(line) is None:  # the detector tries many regular expressions for that
        return
    for value in _KEYWORD.analyze_string(line, denylist_regex_to_group=groups):
        if _is_word(value, line, in_test=in_test):
            yield _KEYWORD.secret_type, value


def _is_word(value: str, line: str, *, in_test: bool) -> bool:
    if len(value) < _SHORTEST_WORD or re.search(r"\s", value) or _is_placeholder(value) or value.startswith("$"):
        return False
    if heuristic.is_indirect_reference(line) or heuristic.is_not_alphanumeric_string(value) or "://" in value:
        return False
    if re.fullmatch(r"[A-Za-z_.\-/:]+", value):  # a name of something
        return False
    return not in_test or (len(value) >= _SHORTEST_TEST_WORD and _bits(value) > _RANDOM_BITS)


def _codes(line: str, *, in_test: bool) -> Iterator[tuple[str, str]]:
    """What looks random, in quotes. Most hexadecimal values are digests: they need a line that names a secret."""
    says_secret = _SAYS_SECRET.search(line) is not None
    for plugin, minds_words in ((_BASE64, in_test), (_HEX, True)):
        for value in plugin.analyze_string(line):
            random = plugin.calculate_shannon_entropy(value) > plugin.entropy_limit
            if random and (says_secret or not minds_words) and _is_code(value, line):
                yield plugin.secret_type, value


def _is_code(value: str, line: str) -> bool:
    if len(value) < _SHORTEST_CODE or _DIGEST.fullmatch(value) or _is_placeholder(value) or value.count("/") > 3:  # noqa: PLR2004
        return False
    if heuristic.is_potential_uuid(value) or heuristic.is_sequential_string(value):
        return False
    return bool(re.search(r"[0-9]", value) and re.search(r"[A-Za-z]", value)) and not re.search(
        rf"(?:sha\d+|md5|digest|checksum|integrity|hash|commit|revision)\W{{0,5}}{re.escape(value)}",
        line,
        re.IGNORECASE,
    )


def _bits(value: str) -> float:
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
