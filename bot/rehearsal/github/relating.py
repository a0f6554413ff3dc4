"""What people and bots do with the relations between issues. Each act tells the webhooks of both issues' repositories.

Every function is called under the world's lock and raises `Refused`, as far as known in GitHub's words. Adding a
relation does not change when an issue was updated: a listing of changes need not show it.
"""

from __future__ import annotations

from bot.rehearsal.github import payloads
from bot.rehearsal.github.issues import record
from bot.rehearsal.github.records import Issue, PullRequest
from bot.rehearsal.github.relations import MOST_BLOCKERS, MOST_SUB_ISSUES
from bot.rehearsal.github.world import Json, Refused, Repository, World, not_found

Place = tuple[Repository, Issue]

_BLOCKING = "An error occurred while adding the blocking issue to the issue."
_SUB_ISSUE = "An error occurred while adding the sub-issue to the parent issue."


def add_blocker(world: World, blocked: Place, blocker: Place, actor: str) -> None:
    known = world.relations.blockers.get(blocked[1].id, [])
    if isinstance(blocker[1], PullRequest) or isinstance(blocked[1], PullRequest):
        raise Refused(422, f"{_BLOCKING} Validation failed: Target issue may only be an issue")
    if blocker[1].id == blocked[1].id:
        raise Refused(422, f"{_BLOCKING} Validation failed: Target issue cannot be the same as the source issue")
    if blocker[1].id in known:
        raise Refused(422, f"{_BLOCKING} Validation failed: Target issue has already been taken")
    if len(known) >= MOST_BLOCKERS:
        raise Refused(422, f"{_BLOCKING} Validation failed: Source issue has reached its limit of {MOST_BLOCKERS}")
    world.relations.blockers[blocked[1].id] = [*known, blocker[1].id]
    _tell_of_blocker(world, blocked, blocker, "added", actor)


def remove_blocker(world: World, blocked: Place, blocker: Place, actor: str) -> None:
    """One that is not there changes nothing."""
    known = world.relations.blockers.get(blocked[1].id, [])
    if blocker[1].id in known:
        world.relations.blockers[blocked[1].id] = [each for each in known if each != blocker[1].id]
        _tell_of_blocker(world, blocked, blocker, "removed", actor)


def add_sub_issue(world: World, parent: Place, child: Place, actor: str, *, replaces: bool = False) -> None:
    relations = world.relations
    known, former = relations.children.get(parent[1].id, []), relations.parent(child[1].id)
    if child[1].id in known:
        raise Refused(422, f"{_SUB_ISSUE} Issue may not contain duplicate sub-issues")
    if former is not None and not replaces:
        raise Refused(422, f"{_SUB_ISSUE} Sub issue may only have one parent")
    if child[0].owner.lower() != parent[0].owner.lower():
        raise Refused(422, f"{_SUB_ISSUE} Sub issue must belong to the same repository owner as the parent issue")
    if child[1].id in (parent[1].id, *relations.ancestors(parent[1].id)):
        raise Refused(422, f"{_SUB_ISSUE} Sub issue cannot be the parent issue or one above it")
    if len(known) >= MOST_SUB_ISSUES:
        raise Refused(422, f"{_SUB_ISSUE} Parent cannot have more than {MOST_SUB_ISSUES} sub-issues")
    if former is not None:
        relations.children[former] = [each for each in relations.children[former] if each != child[1].id]
    relations.children[parent[1].id] = [*known, child[1].id]
    _tell_of_sub_issue(world, parent, child, "added", actor)


def remove_sub_issue(world: World, parent: Place, child: Place, actor: str) -> None:
    known = world.relations.children.get(parent[1].id, [])
    if child[1].id not in known:
        raise not_found()
    world.relations.children[parent[1].id] = [each for each in known if each != child[1].id]
    _tell_of_sub_issue(world, parent, child, "removed", actor)


def _tell_of_blocker(world: World, blocked: Place, blocker: Place, what: str, actor: str) -> None:
    parts = {**_part(world, "blocked_issue", blocked), **_part(world, "blocking_issue", blocker)}
    for place, kind, other in ((blocked, "blocked_by", "blocking"), (blocker, "blocking", "blocked")):
        record(world, *place, f"{kind}_{what}", actor)
        elsewhere = {f"{other}_issue_repo": payloads.repository(world, blocker[0] if place is blocked else blocked[0])}
        shown = {**parts, **elsewhere, "organization": payloads.organization(world, place[0].owner)}
        world.tell(place[0], "issue_dependencies", f"{kind}_{what}", actor, shown)


def _tell_of_sub_issue(world: World, parent: Place, child: Place, what: str, actor: str) -> None:
    parts = {**_part(world, "parent_issue", parent), **_part(world, "sub_issue", child)}
    for place, kind, other in ((parent, "sub_issue", "sub_issue"), (child, "parent_issue", "parent_issue")):
        record(world, *place, f"{kind}_{what}", actor)
        elsewhere = {f"{other}_repo": payloads.repository(world, child[0] if place is parent else parent[0])}
        world.tell(place[0], "sub_issues", f"{kind}_{what}", actor, {**parts, **elsewhere})


def _part(world: World, name: str, place: Place) -> Json:
    return {f"{name}_id": place[1].id, name: payloads.issue(world, *place)}
