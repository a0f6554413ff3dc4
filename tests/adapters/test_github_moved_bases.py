"""A pull request is moved to another base and gets a text, so that its merge closes what the text names."""

from __future__ import annotations

from pathlib import Path

from bot.adapters.github import GitHub, TokenAccount
from bot.rehearsal.github.server import SimulatedGitHub

HERE, BOT = "octo/clock", "nightshift-bot"


def test_closing_keywords_of_a_text_that_comes_with_the_default_branch_count(tmp_path: Path) -> None:
    """GitHub reads them when a text is changed, and only where the base is the default branch by then."""
    with SimulatedGitHub(tmp_path) as github:
        github.add_user(BOT)
        github.add_repository(HERE, files={"a.txt": "a\n"})
        github.set_role(HERE, BOT, "write")
        issue = github.open_issue(HERE, title="Do it", author=BOT).number
        for branch, start in (("lower", "main"), ("upper", "lower")):
            github.create_branch(HERE, branch, start, by=BOT)
            github.push_commit(HERE, branch, {f"{branch}.txt": ""}, by=BOT)
        pull = github.open_pull_request(HERE, title="Do it", head="upper", base="lower", by=BOT).number
        account = TokenAccount(github.add_token(BOT).value, api_url=github.api_url, repositories=(HERE,))

        client = GitHub(account, web_url=github.web_url)
        client.edit_pull_request(HERE, pull, title=None, body=f"Closes #{issue}", base="main")

        shown = next(each for each in github.pull_requests(HERE) if each.number == pull)
        assert (shown.base, shown.closes) == ("main", (issue,))
