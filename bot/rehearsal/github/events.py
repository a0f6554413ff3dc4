"""The webhooks that the simulation sends, by the names under which GitHub's description knows them."""

from __future__ import annotations

WEBHOOKS = frozenset(
    {
        "check-run-completed",
        "check-run-created",
        "check-run-requested-action",
        "check-run-rerequested",
        "create",
        "delete",
        "issue-comment-created",
        "issue-comment-deleted",
        "issue-comment-edited",
        "issue-dependencies-blocked-by-added",
        "issue-dependencies-blocked-by-removed",
        "issue-dependencies-blocking-added",
        "issue-dependencies-blocking-removed",
        "issues-assigned",
        "issues-closed",
        "issues-deleted",
        "issues-edited",
        "issues-labeled",
        "issues-locked",
        "issues-opened",
        "issues-reopened",
        "issues-transferred",
        "issues-unassigned",
        "issues-unlabeled",
        "issues-unlocked",
        "label-created",
        "label-edited",
        "ping",
        "pull-request-assigned",
        "pull-request-closed",
        "pull-request-edited",
        "pull-request-labeled",
        "pull-request-locked",
        "pull-request-opened",
        "pull-request-reopened",
        "pull-request-review-comment-created",
        "pull-request-review-dismissed",
        "pull-request-review-request-removed",
        "pull-request-review-requested",
        "pull-request-review-submitted",
        "pull-request-review-thread-resolved",
        "pull-request-review-thread-unresolved",
        "pull-request-stacked",
        "pull-request-synchronize",
        "pull-request-unassigned",
        "pull-request-unlabeled",
        "pull-request-unlocked",
        "push",
        "repository-edited",
        "repository-renamed",
        "repository-transferred",
        "sub-issues-parent-issue-added",
        "sub-issues-parent-issue-removed",
        "sub-issues-sub-issue-added",
        "sub-issues-sub-issue-removed",
    }
)


def webhook_name(event: str, action: str | None) -> str:
    """`issue_comment`, `created` -> `issue-comment-created`."""
    return (event if action is None else f"{event}-{action}").replace("_", "-")
