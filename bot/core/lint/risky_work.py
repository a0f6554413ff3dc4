"""Which work an issue asks for that should not run unattended, by the words that ask for it.

A mention is no request. Only a sentence that asks for work counts, and in it only what is changed: not the
circumstances ("when a user logs in"), not what is excluded ("without a migration"), and no words, tests or looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Risk(StrEnum):
    """The value completes "it asks for work on …"."""

    DEPLOYS = "deployments"
    MIGRATIONS = "database migrations"
    AUTHENTICATION = "authentication"
    PAYMENTS = "payments"
    USER_DATA = "the deletion of user data"
    WORKFLOWS = "workflow files"


_CHANGE = (
    r"add|adjust|adopt|allow|apply|automate|build|bump|change|configure|connect|convert|copy|create|cut|cover|delete|"
    r"deploy|deprecate|disable|display|document|drop|edit|enable|encrypt|enforce|erase|exclude|expire|export|extend|"
    r"extract|fix|give|handle|hash|hide|implement|import|improve|include|increase|install|integrate|introduce|"
    r"invalidate|"
    r"let|limit|log|mail|make|mend|migrate|modify|move|parse|pin|port|prevent|print|promote|protect|provide|publish|"
    r"purge|push|raise|read|redesign|reduce|refactor|refresh|register|release|remove|rename|reorder|repair|replace|"
    r"reset|restrict|return|rework|rewrite|roll ?out|rotate|run|secure|send|set ?up|set|ship|show|simplify|skip|sort|"
    r"split|start|stop|store|support|switch|test|throw|translate|truncate|turn|unify|update|upgrade|use|"
    r"validate|verify|"
    r"wipe|wire|write|clean ?up|speed up|get rid of|anonymi[sz]e|rename|process|charge|refund|bill|archive|"
    r"rate-?limit|throttle|cache|paginate|locali[sz]e|benchmark|generate|highlight|render|compress|expose|ensure|"
    r"reject|escape|resize|align|schedule|deduplicate|round|grant|revoke"
)
IMPERATIVE = re.compile(
    r"^(?:[-*•]\s*)?(?:(?:please|pls|also|then|and|just|finally|additionally|besides|separately|next|secondly|first|third|kindly|"
    r"let'?s|we (?:should|need to|must|want to)|i(?:'d| would) like (?:you )?to|i want (?:you )?to|could you|can you|"
    r"it should be possible to|(?:feat|fix|chore|docs|ci|build|refactor|perf|test)(?:\([^)]*\))?!?:),?\s+)*"
    rf"(?P<verb>{_CHANGE})\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(should|must|shall|needs? to|ha(?:s|ve) to|wants? to|would like|please|could you|can you|let'?s)\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(rf"(?:[,;]|\band\b|\bthen\b|\balso\b)\s+(?=(?:{_CHANGE})\b)", re.IGNORECASE)
_CIRCUMSTANCE = re.compile(
    r"\b(when|whenever|after|while|before|if|during|since|because|unless|once|until|as soon as)\b", re.IGNORECASE
)
_NEGATION = re.compile(
    r"\b(do not|don'?t|does not|doesn'?t|must not|should not|shouldn'?t|without|no|not|never|avoid|except|besides|"
    r"rather than|instead of|nothing about|unrelated to|like|similar to|such as|leave|ignore)\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(docs?|documentation|document|describe|explain|readme|changelog|guide|tutorial|typos?|spelling|wording|"
    r"grammar|comments?|docstrings?|translat\w+|tooltips?|colou?rs?|css|icons?|layout|fonts?|padding|spacing|margin|"
    r"aligned|alignment|placeholder|screenshots?|log (?:message|line)s?|broken links?|dead links?|type hints?|"
    r"mention|mock|stub|faq|how (?:to|\w+ works?)|unused (?:imports?|variables?|functions?|code)|dead code|"
    r"(?:blue|red|green|gr[ae]y|bold)(?=\W*$)|"
    r"fixtures?|tests? (?:for|of|that|which|around|on)|unit tests?|test coverage|flaky|favicon)\b|"
    r"^(?:please )?(?:test|cover|log(?! (?:in|out)\b))\b",
    re.IGNORECASE,
)
_DEPLOYS = re.compile(
    r"(?:please )?(?:automatically )?(?:deploy|publish|release) (?!notes?\b)", re.IGNORECASE
)  # also docs
_WORKFLOW_FILE = (
    r"\.github/(?:workflows|actions)\b|\.gitlab-ci\.ya?ml|\.circleci\b|\bjenkinsfile\b|\bazure-pipelines\.ya?ml|"
    r"\.travis\.ya?ml|\b(?:github )?workflow files?\b|\bgithub workflows?\b|"
    r"\bdependabot\.ya?ml|\b(?:circle ?ci|travis ci|gitlab ci|jenkins)\b|"
    r"\b(?:move|migrate|switch|change|extend|configure|rework|update)\w* (?:the |our )?ci\b|"
    r"\b(?:ci|release|deploy|publish|nightly)\.ya?ml\b|\bgithub actions?\b(?! (?:is|are|fails?|shows?)\b)|"
    r"\b(?:ci|release|deploy(?:ment)?|build|nightly) (?:workflows?|pipelines?)\b|\bci (?:jobs?|matrix|config\w*)\b"
)
_DATABASE = (
    r"(?:database|db|schemas?|tables?|columns?|sql|postgres\w*|mysql|mariadb|sqlite|mongo\w*|redis|records?|rows)"
)
_PEOPLE = r"(?:users?|customers?|members?|clients?|subscribers?|patients?|accounts?|profiles?|people|persons?)"
_THEIRS = (
    rf"(?:{_PEOPLE}(?:'s?|’s)?\s+(?:data|records?|rows?|accounts?|profiles?|tables?|entries|information|details|"
    rf"files|uploads?|orders?|history)|(?:personal|user|customer|private) data|(?:inactive|old|expired|deleted|"
    rf"banned|unconfirmed|unverified|dormant|stale|test|all|duplicate|spam|every|unused|the|these|"
    rf"those)\s+{_PEOPLE}(?![\w-]|\s+(?:agents?|names?|interface|field|menu|page|list|link|button|icon|guide|"
    rf"stor(?:y|ies)|input|id|model|type|argument|parameter|setting|option)s?\b))"
)
_DELETE = r"(?:delet\w+|eras\w+|purg\w+|wip\w+|remov\w+|drop\w*|truncat\w+|anonymi[sz]\w+|clean\w* ?up|clear\w*)"
_ERASE = r"(?:delet\w+|eras\w+|purg\w+|wip\w+|truncat\w+|anonymi[sz]\w+)"
_WHICH = r"(?:that|who|which|whose|older|inactive|without|after|before|once|every|each|from|of|on|not|never)"

_AREAS: dict[Risk, str] = {
    Risk.DEPLOYS: (
        r"\b(?:re)?deploy(?:s|ed|ing|ments?)?\b|\broll(?:ing)? ?(?:out|back)\b|\bgo(?:ing)? live\b|"
        r"\b(?:tag|publish|release) v?\d+\.\d+|"
        r"\b(?:release|publish|push|ship|promote|upload|move)\w*\b(?:[^.;]|\.\d){0,40}\b(?:to|on|in|into) "
        r"(?:prod(?:uction)?|staging|pypi|npm|docker ?hub|crates\.io|maven central|the app store|the registry|"
        r"rubygems)\b|"
        r"\b(?:kubectl|terraform|helm) (?:apply|upgrade|destroy|install|rollout)\b|"
        r"\b(?:on|in|to|the) prod(?:uction)? (?:servers?|databases?|clusters?|environment|hosts?|buckets?)\b|"
        r"\b(?:cut|make|tag|publish|do) (?:a|the|our) (?:new )?release\b|"
        r"\bautomat\w+ (?:the |our )?releases?\b(?! notes?)|\b(?:terraform|pulumi|ansible)\b|\bkubernetes cluster\b"
    ),
    Risk.MIGRATIONS: (
        rf"\bmigrations?\b(?! (?:guide|notes?|path|plan|docs?))|\bmigrat\w+\b[^.;]{{0,60}}\b{_DATABASE}\b|"
        rf"\b{_DATABASE}\b[^.;]{{0,40}}\bmigrat\w+|\balter table\b|\bback-?fill\w*\b|"
        r"\b(?:drop|rename|alter|add|remove|delete|change)\w*\b[^.;]{0,30}\b(?:(?:database|db|sql) (?:tables?|"
        r"columns?|index(?:es)?|schemas?)|schemas?)\b(?! (?:file|validation|definition))|"
        r"\brename\b[^.;]{0,25}\bcolumns?\b[^.;]{0,20}\b(?:of|on|from|in) (?:the )?`?(?:users|customers|orders|"
        r"accounts|products|items)\b|\bnot null\b|\bforeign keys?\b|\bunique constraints?\b|"
        r"\b(?:alembic|flyway|liquibase)\b|"
        r"\b(?:switch|move|port)\w*\b[^.;]{0,20}\b(?:from|to) (?:mysql|mariadb|sqlite|postgres\w*|mongo\w*|oracle)\b|"
        r"\b(?:upgrad|updat)\w+\b[^.;]{0,20}\b(?:database|db|sql|postgres\w*|mysql|sqlite) schemas?\b|"
        r"\b(?:add|drop|remove|rename)\w*\b[^.;]{0,40}\bcolumns?\b[^.;]{0,40}\b(?:to|from|in|of) (?:the |our )?"
        r"`?\w+`? tables?\b(?! (?:of|in|on) the (?:\w+ )?(?:readme|docs|report|list|page|dashboard|ui|view))|"
        r"\bdrop\b[^.;]{0,25}\b(?:tables?|columns?)\b(?! (?:of|in) the (?:readme|docs|report|list))"
    ),
    Risk.AUTHENTICATION: (
        r"\b(?:de-?|re-?)?authenticat\w+|\bauthori[sz]ation\b(?! header)|\bauth\b|\boauth2?\b|\bsso\b|\bsaml\b|"
        r"\bjwts?\b|"
        r"\b(?:2fa|mfa|totp|webauthn|passkeys?)\b|\btwo-factor\b|\bmulti-factor\b|"
        r"\bpasswords?\b(?! (?:field|box|input|manager))|\bpassphrases?\b|"
        r"(?<!'s )(?<!their )(?<!\bof )\b(?:log-?in|sign-?in|sign-?up|sign (?:in|up)|log-?out|sign-?out|"
        r"single sign-on)s?\b"
        r"(?! (?:names?|of|column))|"
        r"\blog (?:in|out)\b(?= (?:with|via|by|using|as|again|flow|page|form|through|from)\b|[.,]?$)|"
        r"\b(?:session|access|refresh|bearer|api) tokens?\b|\b(?:permission|access) (?:checks?|control|"
        r"rules?)\b|\bcsrf\b|"
        r"\bsession (?:cookies?|handling|expiry|timeouts?)\b|\bcredentials?\b|\b(?:admin|access|user) rights?\b|"
        r"\b(?:user|admin|api|account) (?:permissions?|roles?)\b|\bpermissions? (?:model|system)s?\b|"
        r"\bapi keys?\b|\broles? checks?\b|\brole-based\b|\bcheck\w* (?:the |their )?permissions?\b|\bimpersonat\w+|"
        r"\block(?:s|ed|ing)? (?:out )?(?:the |all )?(?:accounts?|users?)\b"
    ),
    Risk.PAYMENTS: (
        r"\bpayments?\b|\bpay(?:pal|outs?)\b|\bstripe\b|\bbraintree\b|\badyen\b|\bklarna\b|\bbilling\b|\brefund\w*\b|"
        r"\b(?:credit|debit|bank) cards?\b|\bcharg(?:e|es|ed|ing) (?:the |our |a |all |every )?(?:customers?|"
        r"users?|cards?|clients?)\b|"
        r"\bcheckout (?:page|flow|process|form|session|step|api)\b|\bsubscription (?:plans?|billing|prices?|"
        r"renewals?)\b|"
        r"\bdirect debits?\b|\bmoney transfers?\b|\bchargebacks?\b|\b(?:apple|google|amazon) pay\b|\bsepa\b|"
        r"\bcharg(?:e|es|ed|ing)\b[^.;]{0,40}\b(?:fees?|invoices?|orders?)\b|\b(?:failed|recurring) charges?\b|"
        r"\b(?:cancel|renew|upgrad|downgrad)\w* (?:the |a |all |expired )?subscriptions?\b"
    ),
    Risk.USER_DATA: (
        rf"\bremov\w+ (?:the |all )?{_PEOPLE} (?:that|who|which|whose)\b|"
        rf"\b{_ERASE}\s+{_PEOPLE}\b(?=\s+{_WHICH}\b|[.,!]?\s*$)|"
        rf"\b{_ERASE}\b(?!\()[^.;]{{0,40}}\b(?:rows|records|database|db)(?=\s+{_WHICH}\b|[.,!]?\s*$)|"
        rf"\b{_DELETE}\b[^.;]{{0,50}}\b{_THEIRS}|\b{_THEIRS}\b[^.;]{{0,40}}\b(?:be |get |are |is )?{_DELETE}\b|"
        r"\baccount deletion\b|\bdeletion of (?:\w+ ){0,3}(?:accounts?|users?|data)\b|"
        r"\bdelete (?:my|their|your|an?|the|his|her)(?: own)? (?:account|profile)s?\b|"
        r"\bright to (?:be forgotten|erasure)\b|\bgdpr (?:deletion|erasure|delete)\b"
    ),
    Risk.WORKFLOWS: _WORKFLOW_FILE,
}
_PATTERNS = {risk: re.compile(pattern, re.IGNORECASE) for risk, pattern in _AREAS.items()}
_LOOK = 200  # characters of a sentence; longer ones are prose


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSentence:
    """A sentence, and whether it is the title, which asks for what it names."""

    text: str
    is_title: bool = False


def find_risks(asked: list[AskedSentence]) -> tuple[Risk, ...]:
    """In the order of `Risk`, each once."""
    found = {risk for each in asked for risk in _risks(each)}
    return tuple(risk for risk in Risk if risk in found)


def _risks(asked: AskedSentence) -> Iterator[Risk]:
    text = asked.text[:_LOOK]
    if not (asked.is_title or IMPERATIVE.match(text) or _WANTED.search(text)):
        return
    for request in _ANOTHER.split(_find_changed(text)):
        yield from (risk for risk, pattern in _PATTERNS.items() if _is_asked(risk, pattern, request))


def _is_asked(risk: Risk, pattern: re.Pattern[str], request: str) -> bool:
    match = pattern.search(request)
    if match is None or _NEGATION.search(_clause_before(request, match.start())):
        return False
    if risk is Risk.DEPLOYS and _DEPLOYS.match(request):
        return True
    return risk is Risk.WORKFLOWS or not _HARMLESS.search(request)  # a typo there is a change of the file, too


def _find_changed(text: str) -> str:
    """Without the circumstances: what follows "when" and its like."""
    match = _CIRCUMSTANCE.search(text)
    if match is None:
        return text
    if match.start() > 0:
        return text[: match.start()]
    return text.partition(",")[2]


def _clause_before(text: str, place: int) -> str:
    return re.split(r"[,:;–—]|\bbut\b|\band\b", text[:place])[-1]
