"""Reads the relations of issues: what each payload counts, and which issues they lead to. What was deleted has none."""

from __future__ import annotations

from bot.rehearsal.github.records import Issue
from bot.rehearsal.github.world import Json, Repository, World

# The first versions of GitHub Enterprise Server that have them, by GitHub's descriptions of these.
_SUMMARIES_SINCE, _DEPENDENCIES_SINCE = (3, 17), (3, 19)


def find_issue(world: World, identity: int) -> tuple[Repository, Issue] | None:
    """By the id, wherever it is now."""
    for repository in world.repositories.values():
        for issue in repository.issues.values():
            if issue.id == identity:
                return repository, issue
    return None


def find_issues(world: World, identities: list[int]) -> list[tuple[Repository, Issue]]:
    """Those that are still there."""
    return [found for each in identities if (found := find_issue(world, each)) is not None]


def summaries(world: World, issue: Issue) -> Json:
    """What each payload of an issue says of its relations; nothing on a host that does not know them."""
    version = _version(world)
    if version is not None and version < _SUMMARIES_SINCE:
        return {}
    relations = world.relations
    children = _states(world, relations.children.get(issue.id, []))
    blockers, blocking = (
        _states(world, relations.blockers.get(issue.id, [])),
        _states(world, relations.blocked_by(issue.id)),
    )
    completed = children.count("closed")
    shown: Json = {
        "sub_issues_summary": {
            "total": len(children),
            "completed": completed,
            "percent_completed": 100 * completed // len(children) if children else 0,
        },
        "issue_dependencies_summary": {
            "blocked_by": blockers.count("open"),
            "blocking": blocking.count("open"),
            "total_blocked_by": len(blockers),
            "total_blocking": len(blocking),
        },
    }
    parent = relations.parent(issue.id)
    found = None if parent is None else find_issue(world, parent)
    if found is not None and world.shows_parents:
        shown["parent_issue_url"] = f"{world.api_url}/repos/{found[0].full_name}/issues/{found[1].number}"
    return shown


def has_dependencies(world: World) -> bool:
    """Whether the host has the operations for what blocks an issue."""
    version = _version(world)
    return version is None or version >= _DEPENDENCIES_SINCE


def has_sub_issues(world: World) -> bool:
    """No version of GitHub Enterprise Server that is described has the operations for them."""
    return not world.enterprise


def _states(world: World, identities: list[int]) -> list[str]:
    return [issue.state for _, issue in find_issues(world, identities)]


def _version(world: World) -> tuple[int, int] | None:
    if not world.enterprise:
        return None
    major, minor, *_ = world.enterprise.split(".")
    return int(major), int(minor)
