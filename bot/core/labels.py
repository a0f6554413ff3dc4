"""The labels: one that a person puts on, two for priority, the state labels, which say whose turn it is, and beside
`review` the verdict on the change. The issue of a task has exactly one state label until its pull request is merged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.core.checks import CheckStanding
from bot.core.facts import IssueFacts
from bot.core.failure_policy import has_questions
from bot.core.tasks import Priority, State, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """As GitHub stores it: `color` is six hexadecimal digits without `#`, `description` has at most 100 characters.

    https://docs.github.com/en/rest/issues/labels#create-a-label
    """

    name: str
    color: str
    description: str


@dataclass(frozen=True, slots=True)
class LabelSet:
    """All labels of one installation. `prefix` is the trigger label itself, and what the others begin with."""

    prefix: str = "auto"

    @property
    def trigger(self) -> str:
        return self.prefix

    def is_wanted(self, facts: IssueFacts) -> bool:
        """Whether the issue asks for work: it is open and has the trigger label."""
        return facts.is_open and has(facts.labels, self.trigger)

    @property
    def high(self) -> str:
        return f"{self.prefix}:high"

    @property
    def low(self) -> str:
        return f"{self.prefix}:low"

    @property
    def pause(self) -> str:
        """On the operator's status issue: the whole queue waits."""
        return f"{self.prefix}:pause"

    @property
    def digest(self) -> str:
        """On the issue about a night."""
        return f"{self.prefix}:digest"

    def state(self, word: str) -> str:
        """`auto:queued` for `queued`."""
        return f"{self.prefix}:{word}"

    @property
    def states(self) -> frozenset[str]:
        """The state labels, of which an issue has at most one; including those of earlier versions."""
        return frozenset(self.state(word) for word in (*_STATES, *_FORMER))

    @property
    def restored(self) -> tuple[str, ...]:
        """The labels by which lost tasks are looked for. The issues of the other states have the trigger label too,
        or nothing of them has to come back."""
        return (
            self.trigger,
            *(self.state(word) for word in ("waiting", "review", "question", "answered", "failed", "blocked")),
        )

    @property
    def verdicts(self) -> frozenset[str]:
        """The labels that tell the verdict, of which an issue in review has at most one."""
        return frozenset(self.state(word) for word in _VERDICTS)

    def shown_labels(self, names: Collection[str]) -> frozenset[str]:
        """The labels of state and verdict among these, in our spelling."""
        return frozenset(name for name in self.states | self.verdicts if has(names, name))

    @property
    def all(self) -> tuple[Label, ...]:
        """Every label with its color and description, for creating those that a repository lacks."""
        chosen = {self.trigger: _TRIGGER, self.high: _HIGH, self.low: _LOW}
        chosen[self.digest] = _DIGEST
        chosen |= {self.state(word): look for word, look in (_STATES | _VERDICTS).items()}
        return tuple(Label(name=name, color=look[0], description=look[1]) for name, look in chosen.items())

    def label(self, name: str) -> Label:
        """The label of this set with that name. Raises KeyError for any other."""
        return {label.name: label for label in self.all}[name]

    def state_label(self, task: Task, *, is_paused: bool = False, is_answered: bool = False) -> str | None:
        """The one state label that belongs on the task's issue; None once its pull request is merged, which closes the
        issue. `is_paused`: the queue starts nothing of the task's repository now; `is_answered`: the author replied to
        the questions, so that it is a maintainer's turn."""
        word = _word(task, is_paused=is_paused, is_answered=is_answered)
        return None if word is None else self.state(word)

    def labels_of(self, task: Task, *, is_paused: bool = False, is_answered: bool = False) -> frozenset[str]:
        """What the task's issue shows: the state label, and while it is in review the verdict on its change."""
        is_judged = task.state is State.IN_REVIEW and task.verdict is not None
        verdict = self.state(_WORD_OF[task.verdict.standing]) if is_judged and task.verdict is not None else None
        state = self.state_label(task, is_paused=is_paused, is_answered=is_answered)
        return frozenset(label for label in (state, verdict) if label is not None)


_TRIGGER = ("5319e7", "Nightshift works on this issue and opens a pull request")
_HIGH = ("d93f0b", "Nightshift: runs before other issues")
_LOW = ("c5def5", "Nightshift: runs after other issues")
_DIGEST = ("006b75", "Nightshift: the results of a night")
_STATES = {
    "queued": ("bfdadc", "Nightshift: in the queue"),
    "waiting": ("bfd4f2", "Nightshift: waits for other issues, for reviews, /go, a later time or the end of a pause"),
    "running": ("1d76db", "Nightshift: at work on it"),
    "review": ("0e8a16", "Nightshift: a pull request waits for review"),
    "question": ("d876e3", "Nightshift: has questions, see its comment"),
    "answered": ("c2a0f0", "Nightshift: its questions are answered, which a maintainer confirms by /retry"),
    "failed": ("b60205", "Nightshift: needs a person, see its comment"),
    "nothing-to-do": ("cfd3d7", "Nightshift: nothing needed to change"),
    "cancelled": ("e4e669", "Nightshift: a person stopped it, or closed its pull request"),
}
_VERDICTS = {
    "verified": ("1a7f37", "Nightshift: the repository's checks pass with the change"),
    "not-verified": ("fbca04", "Nightshift: no check says that the change works"),
    "fails-as-before": ("e99695", "Nightshift: checks fail with the change, as they did before it"),
}
_WORD_OF = {
    CheckStanding.VERIFIED: "verified",
    CheckStanding.NOT_VERIFIED: "not-verified",
    CheckStanding.FAILS_AS_BEFORE: "fails-as-before",
}
_FORMER = ("blocked",)
_WORDS = {
    State.RUNNING: "running",
    State.IN_REVIEW: "review",
    State.FAILED: "failed",
    State.NO_CHANGE: "nothing-to-do",
    State.CANCELLED: "cancelled",
    State.CLOSED: "cancelled",
}


def _word(task: Task, *, is_paused: bool, is_answered: bool) -> str | None:
    if task.state is State.QUEUED:
        return "waiting" if task.unmet or task.waits_for_go or task.not_before is not None or is_paused else "queued"
    if task.state is State.FAILED and has_questions(task.failure):
        return "answered" if is_answered else "question"
    return _WORDS.get(task.state)


def has(names: Collection[str], name: str) -> bool:
    """Whether the label is among these. GitHub's labels ignore case."""
    return name.lower() in {each.lower() for each in names}


AUTO = LabelSet()


def priority(names: Collection[str], labels: LabelSet = AUTO) -> Priority:
    """The priority that an issue's labels ask for; with both labels on it, the high one counts."""
    if has(names, labels.high):
        return Priority.HIGH
    return Priority.LOW if has(names, labels.low) else Priority.NORMAL
