"""Plays the continuous integration that is not the bot's: it reports of each commit of a pull request what the scenario
says.

GitHub sends the bot no webhook for that: a periodic pass finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.references import IssueRef
from bot.rehearsal.acts import CiResult
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.scenario import Issue, Scenario


def report(github: SimulatedGitHub, repository: str, commit: str, result: CiResult) -> None:
    """`commit`: or the name of a branch."""
    if result.status is not None:
        said, by = result.summary, result.by or ""
        github.set_status(repository, commit, result.status, result.result, description=said, by=by)
    else:
        name, output = result.check or "", {"title": result.result, "summary": result.summary}
        given = output if result.summary else None
        github.report_check(repository, commit, name, result.result, log=result.log, output=given, app=result.app)


@dataclass(slots=True, eq=False)
class OutsideCi:
    """Reports each list of results once: the first of the first head of the issue's pull request, and so on."""

    scenario: Scenario
    github: SimulatedGitHub
    _heads: dict[str, list[str]] = field(init=False, default_factory=dict)  # that were seen, by the issue's key

    def report_new(self, opened: Mapping[str, IssueRef]) -> bool:
        """Of the heads that are new. Returns whether there was anything to report."""
        found = [issue for issue in self.scenario.issues if issue.ci and issue.key in opened]
        return sum(self._report(issue, opened[issue.key]) for issue in found) > 0

    def _report(self, issue: Issue, ref: IssueRef) -> bool:
        pulls = [pull for pull in self.github.pull_requests(ref.repository) if pull.head == branch_of(ref.number)]
        heads = self._heads.setdefault(issue.key, [])
        if not pulls or pulls[-1].state != "open" or pulls[-1].head_sha in heads:
            return False
        heads.append(pulls[-1].head_sha)
        results = issue.ci[len(heads) - 1] if len(heads) <= len(issue.ci) else ()
        for result in results:
            report(self.github, ref.repository, heads[-1], result)
        return bool(results)

    def find_unreported(self) -> list[str]:
        """The lists whose commits never came, a sentence for each issue."""
        missing = {issue.key: len(issue.ci) - len(self._heads.get(issue.key, [])) for issue in self.scenario.issues}
        return [
            f"of the pull request for {key} {count} results of ci were never reported: so many commits did not come"
            for key, count in missing.items()
            if count > 0
        ]
