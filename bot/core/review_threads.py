"""Which threads on lines ask for a revision by themselves. Pure.

Who opens a thread while reviewing, or replies to an answer of the bot, wants something, unless the words are for
another person, or praise alone: a session for each "Nice!" would cost more than it is worth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.command_rules import speaks_to
from bot.core.commands import parse_command
from bot.core.facts import Actor
from bot.core.markdown import prose
from bot.core.messages.markers import is_ours
from bot.core.review_facts import LineComment, ReviewFacts

_SUGGESTION = "```suggestion"  # GitHub's form for a change that can be taken over as it is
_MENTION = re.compile(r"(?<![\w/@.-])@[A-Za-z0-9]")
_WORD = re.compile(r"[^\W\d_]+|\?")
_PRAISE = frozenset(
    """
    a agree agreed all amazing an and approach approve as awesome beautiful brilliant catch cheers clean
    clever code cool elegant excellent fantastic fine fix for glad good great happy here i idea is it its job
    kudos lgtm like liked likes looks love lovely me much name neat nice nicely now of ok okay on one perfect
    pretty quite readable really simple so solid solution spot super sweet test tests thank thanks that the
    these thing this thx to very way well wonderful work works wow yay yeah yep yes you
    """.split()  # noqa: SIM905 - a list of words
)


def find_asking(lines: Sequence[LineComment], review: ReviewFacts, me: Actor) -> list[LineComment]:
    """The comments of a review that ask for something and have no answer of the bot: those that open a thread, and
    those in a thread that the bot has answered before. Elsewhere people reply to each other. `lines`: all of the pull
    request. GitHub makes a review of each reply, too."""
    answers = {
        thread: [each.id for each in lines if each.thread == thread and each.author.id == me.id]
        for thread in {each.thread for each in lines if each.review == review.id}
    }
    said = (each for each in lines if each.review == review.id and max(answers[each.thread], default=0) < each.id)
    ours = (each for each in said if each.thread == each.id or answers[each.thread])
    return [each for each in ours if asks_for_something(each.body, me)]


def asks_for_something(body: str, me: Actor) -> bool:
    """Whether these words on a line are for Nightshift. A command is followed as such."""
    if is_ours(body) or parse_command(body) is not None:
        return False
    if _SUGGESTION in body or speaks_to(body, me):
        return True
    said = prose(body)
    words = _WORD.findall(said.lower())
    return not _MENTION.search(said) and not _PRAISE.issuperset(words)
