"""Which issue a person means by what they type: `owner/repo#12`, an address copied from the browser, `#12` or `12`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from bot.core.references import IssueRef, is_repository, parse_issue

_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})")
_PATH = re.compile(r"/([^/]+/[^/]+)/(?:issues|pull)/([1-9][0-9]{0,9})(?:/.*)?")


def read_typed_issue(text: str, *, web_url: str, repositories: Sequence[str]) -> IssueRef:
    """`web_url`: where people see GitHub; an address elsewhere is refused. `repositories`: those of the settings, as
    GitHub spells them; empty if an App's installation decides. The number may be that of a pull request. Raises
    ValueError that says what was expected."""
    text = text.strip().strip("<>")
    if match := _NUMBER.fullmatch(text):
        return IssueRef(_only_one(text, repositories), int(match[1]))
    found = _read_address(text, web_url)
    if found is None:
        try:
            found = parse_issue(text)
        except ValueError:
            raise ValueError(f"{text!r} is not an issue; {_describe_expected(web_url)}") from None
    return _spell(found, repositories)


def _only_one(text: str, repositories: Sequence[str]) -> str:
    if len(repositories) == 1:
        return repositories[0]
    names = ", ".join(repositories) or "none"
    raise ValueError(
        f"{text!r} is enough only where REPOSITORIES names one repository (it names {names}); "
        f"expected OWNER/REPO#{text.lstrip('#')}"
    )


def _read_address(text: str, web_url: str) -> IssueRef | None:
    """None if it is no address. The scheme may be missing, as some browsers do not show it."""
    here = urlsplit(web_url)
    bare = f"{here.netloc}{here.path}/".lower()
    if not text.lower().startswith(("http://", "https://", bare, f"www.{bare}")):
        return None
    try:
        given = urlsplit(text if "://" in text else f"{here.scheme}://{text}")
    except ValueError:  # such as an unfinished IPv6 address
        return None
    if given.netloc.lower().removeprefix("www.") != here.netloc.lower():
        raise ValueError(f"{text!r} is not on {web_url}, where this bot works; {_describe_expected(web_url)}")
    match = _PATH.fullmatch(given.path.removeprefix(here.path))
    if match is None or not is_repository(match[1]):
        raise ValueError(f"{text!r} is not the address of an issue; {_describe_expected(web_url)}")
    return IssueRef(match[1], int(match[2]))


def _spell(issue: IssueRef, repositories: Sequence[str]) -> IssueRef:
    """GitHub does not tell capitals apart in names; the ledger does."""
    known = {each.lower(): each for each in repositories}
    return IssueRef(known.get(issue.repository.lower(), issue.repository), issue.number)


def _describe_expected(web_url: str) -> str:
    return f"expected OWNER/REPO#NUMBER, {web_url}/OWNER/REPO/issues/NUMBER, or #NUMBER where there is one repository"
