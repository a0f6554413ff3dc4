"""What gets another name or place: repositories, default branches, issues. The former ones answer with redirects.

https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository
"""

from __future__ import annotations

from dataclasses import replace

from bot.rehearsal.github import payloads
from bot.rehearsal.github.bare import BareRepository
from bot.rehearsal.github.records import Issue
from bot.rehearsal.github.setting import Setting
from bot.rehearsal.github.world import Json, Repository, World

_NONE = "0" * 40


class Moves(Setting):
    """What owners do."""

    def rename_repository(self, full_name: str, new_name: str) -> None:
        """With another owner: transfer it. The old name answers with redirects from now on, for the API and git, until
        a repository has it again."""
        with self.world.lock:
            self.add_user(new_name.split("/", maxsplit=1)[0], kind="Organization")
            repository = self.world.repositories.pop(full_name.lower())
            before, owner = repository.full_name, repository.owner
            path = self.world.folder / f"{new_name}.git"
            path.parent.mkdir(exist_ok=True)
            repository.git.path.rename(path)
            repository.full_name = new_name
            repository.git = BareRepository(path, self.world.lock.released)
            self.world.repositories[new_name.lower()] = repository
            self.world.renamed = {old: new_name if new == before else new for old, new in self.world.renamed.items()}
            self.world.renamed[full_name.lower()] = new_name
            self.world.renamed.pop(new_name.lower(), None)
            _name_anew(self.world, before, new_name)
            self._tell_of_name(repository, owner, before)

    def _tell_of_name(self, repository: Repository, owner: str, before: str) -> None:
        if repository.owner.lower() == owner.lower():
            changes: Json = {"repository": {"name": {"from": before.split("/")[1]}}}
            self.world.tell(repository, "repository", "renamed", owner, {"changes": changes})
            return
        former: Json = {"owner": {"from": {"user": payloads.user(self.world, owner)}}}
        self.world.tell(repository, "repository", "transferred", owner, {"changes": former})

    def rename_default_branch(self, full_name: str, new_name: str) -> None:
        with self.world.lock:
            repository = self.world.repository(full_name)
            before = repository.default_branch
            sha = repository.git.branches()[before]
            repository.git.set_ref(f"refs/heads/{new_name}", sha, old=_NONE)
            repository.git.check_out(new_name)
            repository.git.delete_ref(f"refs/heads/{before}", old=sha)
            repository.default_branch = new_name
            for pull in repository.pull_requests():
                if pull.base == before:
                    repository.issues[pull.number] = replace(pull, base=new_name)
            changes = {"default_branch": {"from": before}}
            self.world.tell(repository, "repository", "edited", repository.owner, {"changes": changes})

    def transfer_issue(self, full_name: str, number: int, to: str, *, by: str) -> Issue:
        """Returns what it is in its new place. The old place answers with redirects."""
        with self.world.lock:
            here, there = self.world.repository(full_name), self.world.repository(to)
            issue = here.issue(number)
            moved = replace(issue, number=there.next_number())
            payload = payloads.issue(self.world, here, issue)
            there.labels = {**{name.lower(): here.labels[name.lower()] for name in issue.labels}, **there.labels}
            del here.issues[number]
            there.issues[moved.number] = moved
            for comment in here.comments_on(number):
                del here.comments[comment.id]
                there.comments[comment.id] = replace(comment, number=moved.number)
            self.world.moved_issues[here.id, number] = (there.id, moved.number)
            changes = {
                "new_issue": payloads.issue(self.world, there, moved),
                "new_repository": payloads.repository(self.world, there),
            }
            self.world.tell(here, "issues", "transferred", by, {"issue": payload, "changes": changes})
            return moved


def _name_anew(world: World, before: str, now: str) -> None:
    """Hooks and installations go with the repository."""

    def names(listed: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(now if name == before else name for name in listed)

    for number, hook in world.hooks.items():
        if hook.repositories is not None:
            world.hooks[number] = replace(hook, repositories=names(hook.repositories))
    for number, installation in world.installations.items():
        world.installations[number] = replace(installation, repositories=names(installation.repositories))
    for value, token in world.tokens.items():
        if token.repositories is not None:
            world.tokens[value] = replace(token, repositories=names(token.repositories))
