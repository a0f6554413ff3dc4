"""What a session reads of a repair: failing checks with the ends of their logs, or the files that conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.ci_results import CiResult
from bot.core.markdown import code_span
from bot.core.visible import without_invisible

_MOST_FILES = 100
_ALL, _PATH = 40_000, 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingCheck:
    """`log`: the end of its job's log, empty where there is none."""

    result: CiResult
    log: str = ""


def describe_failing_checks(checks: Sequence[FailingCheck]) -> str:
    """As long as all of them together may be."""
    parts, left = list[str](), _ALL
    for check in checks:
        text = _describe(check)[:left]
        parts.append(text)
        left -= len(text)
    return "\n\n".join(text for text in parts if text)


def describe_conflicts(files: Sequence[str], *, base_branch: str) -> str:
    names = [code_span(without_invisible(path)[:_PATH]) for path in files[:_MOST_FILES]]
    more = f"\n- and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
    listed = "\n".join(f"- {name}" for name in names)
    return f"Files in which the change and `{base_branch}` conflict:\n{listed}{more}"


def _describe(check: FailingCheck) -> str:
    parts = [f"Check {code_span(check.result.name)} failed."]
    parts += [f"What it reports:\n{check.result.text}"] if check.result.text.strip() else []
    parts += [f"The end of its log:\n{check.log}"] if check.log.strip() else []
    return "\n".join(parts)
