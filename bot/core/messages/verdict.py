"""What the checks say of a change: the first words of the pull request and of the status comment.

Commands, reasons and names of tests are other people's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.core.checks import Check, CheckStanding, Verdict
from bot.core.counted import join_words
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.final_failures import sentence_of_failed
from bot.core.messages.quoting import code, words
from bot.core.messages.stack_line import read_stack_line, with_stack_line
from bot.core.obstacles import PRIVATE
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import NETWORK, Result
from bot.core.repository_settings import FILE
from bot.core.short_verdict import ShortVerdict, in_short

_COMMAND = 120
_REASON = 200
_CHECKS = 8
_TESTS, _TEST = 6, 100  # of one list, and characters of each name
_TRY = "The operator of Nightshift can see with {} what is missing."
_UNREACHED = re.compile(rf"{NETWORK}: (?:([\w.-]+(?::\d+)?)( \({PRIVATE}\))?(?=$|,|;|…))?")
_TITLES = {
    CheckStanding.VERIFIED: "Verified",
    CheckStanding.NOT_VERIFIED: "Not verified",
    CheckStanding.FAILS_AS_BEFORE: "Fails as before",
}
_BEFORE = {
    Result.PASSES: ", as before",
    Result.FAILS: ", and failed before",
    Result.COULD_NOT_RUN: ", and could not run before",
    None: "",
}
# "As before" would say that it was flaky then, too.
_BEFORE_FLAKY = _BEFORE | {Result.PASSES: ", and passed before"}
# What a list of tests is called, and the attribute of `Check` that has them.
_LISTS = (
    ("Newly failing", "newly_failing_tests"),
    ("Failing, though the command ends with exit 0", "tolerated_failures"),
    ("Newly passing", "newly_passing_tests"),
    ("Newly skipped", "newly_skipped_tests"),
    ("Removed", "removed_tests"),
    ("New", "new_tests"),
    ("New, but passing on the old code too, so that they prove nothing", "proves_nothing"),
    ("Flaky: failed, and passed on the same commit now or earlier", "flaky"),
)


def verdict_section(verdict: PublicVerdict, repository: str) -> str:
    """The verdict in one paragraph, then what became of single tests."""
    short = in_short(verdict)
    sentences = (f"{_reason(short)}.", *_what_ran(verdict), _advice(short, verdict, repository))
    said = f"**{_TITLES[short.standing]}**: {' '.join(sentences)}".rstrip()
    return "\n\n".join(part for part in (said, "\n".join(_lists(verdict.checks))) if part)


def failed_section(kind: FailureKind, verdict: PublicVerdict) -> str:
    """The same of the work of a task that failed: how it failed, in the place of a verdict, and what its checks say."""
    newly = [check.command for check in verdict.newly_failing]
    if newly:
        shown = ", ".join(code(command, _COMMAND) for command in newly[:_CHECKS])
        more = f" and {len(newly) - _CHECKS} more" if len(newly) > _CHECKS else ""
        checks = f"Checks that did not fail before, and fail with it: {shown}{more}."
    else:
        checks = f"Its checks: {_reason(in_short(verdict))}."
    said = f"**Failed**: {code(kind.value)}. {sentence_of_failed(kind)} {checks}"
    here = "here, `/revise` with what to do differently continues from these commits"
    step = f"**Next** (a maintainer): {here}. On the issue: {policy(kind).next_step}."
    return "\n\n".join(part for part in (said, step, "\n".join(_lists(verdict.checks))) if part)


def verdict_title(short: ShortVerdict) -> str:
    """In a word or two."""
    return _TITLES[short.standing]


def verdict_headline(short: ShortVerdict | None, pull_request: str) -> str:
    """One line: the verdict, where the change is, and the reason. `pull_request`: a link to it. One that wants a draft
    may not be one, where the repository has no drafts: so it is called neither."""
    if short is None:
        return f"see {pull_request}, whose description shows what was checked"
    place = f"see {pull_request}" if short.wants_draft else f"{pull_request} is ready for review"
    headline = f"{_TITLES[short.standing].lower()}, {place}: {_reason(short)}"
    return f"{headline}; look first at what its description names" if _is_qualified(short) else headline


def verdict_next_step(short: ShortVerdict | None) -> str:
    """What a maintainer can do so that the next change is verified; empty where this one is, or fails."""
    if short is None or short.standing is not CheckStanding.NOT_VERIFIED:
        return ""
    if remedy := _remedy(short.reason):
        return f"{remedy} {_TRY.format(code('nightshift try'))}"
    checks = "the repository's checks"
    what = f"says how {checks} run (`setup:`, `verify:`)" if short.commands else f"names {checks} (`verify:`)"
    return f"Changes can be verified once `{FILE}` {what}. {_TRY.format(code('nightshift try'))}"


def add_no_drafts(body: str) -> str:
    """The body of an unverified change where the repository has no drafts."""
    return _beside_verdict(body, "It is not a draft only because this repository has no draft pull requests.")


def add_was_open(body: str) -> str:
    """The body of an unverified change in a pull request that was open for review already."""
    return _beside_verdict(body, "It is not a draft only because this pull request was not one before.")


def add_wanted_draft(body: str) -> str:
    """The body of a change that is a draft because the repository wants drafts."""
    return _beside_verdict(body, "It is a draft because this repository's settings ask for drafts.")


def add_still_draft(body: str) -> str:
    """The body of a change that need not be a draft, in a pull request that was opened as one."""
    return _beside_verdict(body, "This pull request is a draft because of an earlier change, and need not stay one.")


def add_other_base(body: str, *, before: str, now: str) -> str:
    """The body of a change whose base branch is gone, and the default branch has another name."""
    return _beside_verdict(body, f"The work began on {code(before)}, which is gone; the default branch is {code(now)}.")


def _beside_verdict(body: str, sentence: str) -> str:
    """`sentence` at the end of the paragraph with the verdict, which is the second behind the line about a stack."""
    closes, said, *rest = with_stack_line(body, "").split("\n\n", 2)
    return with_stack_line("\n\n".join([closes, f"{said} {sentence}", *rest]), read_stack_line(body))


def _is_qualified(short: ShortVerdict) -> bool:
    """Whether the change may have made its checks pass by what it does to them."""
    return short.standing is CheckStanding.VERIFIED and short.flagged


def _reason(short: ShortVerdict) -> str:
    """Why, as a clause."""
    if not short.commands:
        return "no checks were found"
    named, verb = _named(short), "" if len(short.commands) + short.more > 1 else "s"
    count = f" ({short.tests:,} {'test' if short.tests == 1 else 'tests'})" if short.tests else ""
    match short.standing:
        case CheckStanding.VERIFIED:
            passes = f"{named} pass{'es' if verb else ''}"
            if short.flaky:
                return f"{passes} but for flaky tests{_BEFORE_FLAKY[short.before]}{count}"
            return f"{passes}{_BEFORE[short.before]}{count}"
        case CheckStanding.FAILS_AS_BEFORE:
            return f"{named} fail{verb}{_BEFORE[Result.PASSES]}{count}"
        case CheckStanding.NOT_VERIFIED if short.fails:
            return f"{named} fail{verb}{_BEFORE[Result.COULD_NOT_RUN]} ({words(short.reason, _REASON)})"
        case CheckStanding.NOT_VERIFIED:
            return f"{named} could not run ({words(short.reason, _REASON)})"


def _named(short: ShortVerdict) -> str:
    names = [code(command, _COMMAND) for command in short.commands]
    if short.more:
        return f"{', '.join(names)} and {short.more} more"
    return join_words(names)


def _advice(short: ShortVerdict, verdict: Verdict, repository: str) -> str:
    """What the reviewer has to know besides, or what to do so that the next change is verified."""
    try_it = _TRY.format(code(f"nightshift try {repository}"))
    match short.standing:
        case CheckStanding.VERIFIED:
            return " ".join(_reservations(short, verdict))
        case CheckStanding.FAILS_AS_BEFORE:
            return _compared(verdict)
        case CheckStanding.NOT_VERIFIED if not short.commands:
            return f'Name them in `{FILE}`, such as `verify: ["make test"]`. {try_it}'
        case CheckStanding.NOT_VERIFIED if remedy := _remedy(short.reason):
            return f"{remedy} {try_it}"
        case CheckStanding.NOT_VERIFIED:
            how = '`setup: ["pip install -e .[test]"]`'
            others = "what to run instead (`verify:`), or how long it may take (`limits:`)"
            return f"Say in `{FILE}` how a checkout is set up, such as {how}, {others}. {try_it}"


def _reservations(short: ShortVerdict, verdict: Verdict) -> Iterator[str]:
    """What checks that pass do not say."""
    if verdict.only_tests:
        yield "Only tests changed: they say nothing about a change of code."
    if verdict.few_tests:
        yield f"The checks {verdict.few_tests}: name what runs all of them (`verify:`)."
    if verdict.flags or any(check.checks_less for check in verdict.checks):
        yield "Look first at what is named below: it may change what this verdict is worth."
    if short.before is None:
        passing = [check for check in verdict.checks if check.passes]
        yield from _some("Did not pass before", [check for check in passing if not check.before.passed])


def _what_ran(verdict: Verdict) -> Iterator[str]:
    """What the others say, where some could not run."""
    if verdict.could_not_run:
        ran = [check for check in verdict.checks if check.after.ended]
        yield from _some("The others pass", ran if all(check.passes for check in ran) else [])
        yield from _some("Failing", [check for check in ran if not check.passes])


def _remedy(reason: str) -> str:
    """What to do where a host could not be reached; empty where the reason is another one."""
    found = _UNREACHED.search(reason)
    if found is None:
        return ""
    if not found[1]:
        return "The registry may have been out of reach for a while."
    if not reason.startswith("set-up failed"):
        return f"Checks reach registries only: have `setup:` in `{FILE}` fetch what they need."
    if found[2]:
        return "The operator of Nightshift can allow this host of a private network, by the setting `NETWORK_HOSTS`."
    return f"List the host under `network:` in `{FILE}` if set-up needs it."


def _some(what: str, checks: Sequence[Check]) -> Iterator[str]:
    if checks:
        yield f"{what}: {', '.join(code(check.command, _COMMAND) for check in checks[:_CHECKS])}."


def _compared(verdict: Verdict) -> str:
    """Whether a check that fails as before could hide what this change breaks."""
    failing = [check for check in verdict.checks if check.after.ended and not check.passes]
    if hidden := list(dict.fromkeys(name for check in failing for name in check.hidden)):
        shown = ", ".join(code(name, _TEST) for name in hidden[:_TESTS])
        more = f" and {len(hidden) - _TESTS:,} more" if len(hidden) > _TESTS else ""
        return (
            f"The tests of {shown}{more} could not be loaded before or after, "
            "so what this change breaks there would not show here."
        )
    if all(check.before.tests is not None and check.after.tests is not None for check in failing):
        return "No test fails that did not fail before."
    return "Its tests were not reported one by one, so what this change breaks besides would not show here."


def _lists(checks: Sequence[Check]) -> Iterator[str]:
    for title, attribute in _LISTS:
        # An empty name is the command itself.
        names = list(dict.fromkeys(name or check.command for check in checks for name in getattr(check, attribute)))
        if names:
            shown = ", ".join(code(name, _TEST) for name in names[:_TESTS])
            more = f" and {len(names) - _TESTS:,} more" if len(names) > _TESTS else ""
            yield f"- {title} ({len(names):,}): {shown}{more}"
