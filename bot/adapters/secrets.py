"""Secrets in what a session made: detect-secrets' detectors on added lines, and nothing of it ever repeated.

Only the detectors are used, line by line. Its scanner keeps its settings for the whole process, honours
`pragma: allowlist secret` (which whoever hides a secret can write too), and asks other people's services whether a
secret works: none of that belongs here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
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
from detect_secrets.plugins.private_key import PrivateKeyDetector
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
_PRIVATE_KEY = PrivateKeyDetector()
_BASE64, _HEX = Base64HighEntropyString(), HexHighEntropyString()

# Shapes that came up after the detectors did.
_NEWER_SHAPES = {
    "GitHub Token": re.compile(r"\bgithub_pat_[A-Za-z0-9_]{50,}"),
    "Anthropic API Key": re.compile(r"\bsk-ant-[A-Za-z0-9_-]{30,}"),
    "OpenAI Token": re.compile(r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{30,}"),
    "Google API Key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b"),
    "NPM tokens": re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),
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
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{40,}")

_PIECE, _OVERLAP = 4000, 300  # a minified file is one line
_SHORTEST_WORD = 8  # characters: a shorter password is one that a person made up for a test
_SHORTEST_TEST_WORD = 16
_SHORTEST_CODE = 20
_RANDOM_BITS = 3.5  # bits to a character: what a generator makes, and words do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where something looks like a secret, and like which. `value` is for masking it; it is in no representation."""

    path: str
    line: int
    kind: str
    value: str = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.kind}"


def secrets_in(changes: Iterable[FileChange], *, known: Iterable[FileChange] = ()) -> Iterator[Found | None]:
    """What the changes add that looks like a secret; None after each line, so that whoever asks can look at the clock.

    `known`: the same change as a whole. What stood in a file of the base commit already is no news, wherever it moved.
    """
    old = [change.before for change in known if change.before]
    for change in changes:
        following = {line.number: line.text for line in change.added}
        for line in change.added:
            for kind, value in _looks_secret(change.path, line.text, following.get(line.number + 1, "")):
                if not any(value.encode() in content for content in old):
                    yield Found(path=change.path, line=line.number, kind=kind, value=value)
            yield None


def masked(text: str) -> str:
    """`text` with `***` for whatever in it looks like a secret: a command, a summary."""
    for line in text.splitlines():
        for _, value in _looks_secret(".command", line, ""):
            text = text.replace(value, "***")
    return text


def _looks_secret(path: str, line: str, following: str) -> Iterator[tuple[str, str]]:
    for piece in _pieces(line):
        yield from _shaped(piece)
        yield from _private_keys(piece, following)
        if not _is_lock(path):
            yield from _words(path, piece)
            yield from _codes(path, piece)


def _shaped(line: str) -> Iterator[tuple[str, str]]:
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


def _private_keys(line: str, following: str) -> Iterator[tuple[str, str]]:
    """A header alone is code that looks for one; a key has its body behind it."""
    for header in _PRIVATE_KEY.analyze_string(line):
        if body := _KEY_BODY.search(line) or _KEY_BODY.search(following):
            yield _PRIVATE_KEY.secret_type, body[0]
            return
        if following.startswith(("Proc-Type:", "DEK-Info:", "Version:")):
            yield _PRIVATE_KEY.secret_type, header


def _words(path: str, line: str) -> Iterator[tuple[str, str]]:
    """What is assigned to a name such as `password`."""
    if _SAYS_SECRET.search(line) is None:  # the detector asks many regular expressions to find that out
        return
    groups = REGEX_BY_FILETYPE.get(FileType.CONFIG if _NEEDS_NO_QUOTES.search(path) else determine_file_type(path))
    for value in _KEYWORD.analyze_string(line, denylist_regex_to_group=groups):
        if _is_word(value, line, in_test=is_test(path)):
            yield _KEYWORD.secret_type, value


def _is_word(value: str, line: str, *, in_test: bool) -> bool:
    if len(value) < _SHORTEST_WORD or re.search(r"\s", value) or _is_placeholder(value) or value.startswith("$"):
        return False
    if heuristic.is_indirect_reference(line) or heuristic.is_not_alphanumeric_string(value) or "://" in value:
        return False
    if re.fullmatch(r"[A-Za-z_.\-/:]+", value):  # a name of something
        return False
    return not in_test or (len(value) >= _SHORTEST_TEST_WORD and _bits(value) > _RANDOM_BITS)


def _codes(path: str, line: str) -> Iterator[tuple[str, str]]:
    """What looks random, in quotes. Hexadecimal is mostly digests: only where the line says what it is for."""
    says_secret = _SAYS_SECRET.search(line) is not None
    for plugin, minds_words in ((_BASE64, is_test(path)), (_HEX, True)):
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
