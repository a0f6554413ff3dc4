"""Where a night takes place: repositories, and people with their roles, as a scenario file spells them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.rehearsal.acts import CiResult, InnerPath, RepositoryName, Role
from bot.rehearsal.contents import Content
from bot.rehearsal.strict_model import StrictModel


def at_least_one(given: tuple[Any, ...]) -> tuple[Any, ...]:
    if not given:
        raise ValueError("expected at least one")
    return given


class Rules(StrictModel):
    """A ruleset: which of GitHub's rules hold for the branches that a glob fits."""

    branches: str = "*"
    rules: Annotated[
        tuple[Literal["creation", "update", "non_fast_forward", "required_status_checks", "required_signatures"], ...],
        AfterValidator(at_least_one),
    ]


class Repository(StrictModel):
    """A repository as it stands when the night begins: the history of `source`, a repository or a bundle, and all of
    `files` in one commit. `default_branch` None: the one of `source`, else `main`."""

    name: RepositoryName
    default_branch: str | None = None
    archived: bool = False
    drafts: bool = True  # False: GitHub opens no draft pull requests there
    delete_branch_on_merge: bool = False  # GitHub deletes the branch of a pull request that is merged
    late_base_changes: int = Field(default=0, ge=0)  # so often it closes what is based on that before it moves it
    native_stacks: bool = False  # GitHub's preview of stacks is on
    rulesets: tuple[Rules, ...] = ()
    source: str | None = None
    files: dict[InnerPath, Content] = Field(default_factory=dict)
    ci: tuple[CiResult, ...] = ()  # on the newest commit of its default branch

    @model_validator(mode="after")
    def _has_a_commit(self) -> Self:
        if self.ci and not self.files and self.source is None:
            raise ValueError("ci needs files or a source: results are those of a commit")
        return self


class Person(StrictModel):
    """Somebody with an account; without a role in a repository they may read it, as anybody may."""

    login: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
    roles: dict[RepositoryName, Role] = Field(default_factory=dict)


class Team(StrictModel):
    """A team of an organization, with access to all of its repositories. `name`: as `OWNER/TEAM`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9_.-]+$")]
    members: Annotated[tuple[str, ...], AfterValidator(at_least_one)]
