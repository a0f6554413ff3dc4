"""A mirror as the upkeep of open pull requests uses it: where their branches are, which conflict, and their removal."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.adapters.git import merging, refusals
from bot.adapters.git.mirror import Mirror


class OpenBranches(Mirror):
    def live_heads(self, branches: Collection[str]) -> dict[str, str]:
        """The commits of these branches on GitHub now, as far as they are there. Raises TaskFailed."""
        refs = sorted(f"refs/heads/{branch}" for branch in branches)
        listed = self._remote("ls-remote", self.url, *refs)
        if listed.code != 0:
            raise refusals.fetch_failed(listed, self.url)
        rows = (line.split("\t") for line in listed.text.split("\n") if line)
        return {ref.removeprefix("refs/heads/"): commit for commit, ref in rows if ref in refs}

    def find_conflicts(self, base: str, heads: Mapping[int, str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """Pairs of heads that cannot be merged into `base` one after the other, with the files that conflict."""
        return list(merging.find_conflicts(self.folder, base, heads))

    def remove_branch(self, branch: str, *, expected: str) -> bool:
        """Remove a branch on GitHub that is at `expected`. False, and nothing removed, if it is elsewhere or gone.

        Raises TaskFailed: PUSH_REJECTED with GitHub's reason, REPO_MISSING."""
        ref = f"refs/heads/{branch}"
        command = ("push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{expected}", self.url, f":{ref}")
        pushed = self._remote(*command)
        if pushed.code == 0:
            return True
        if refusals.lost_lease(pushed):
            return False
        raise refusals.push_failed(pushed, self.url)
