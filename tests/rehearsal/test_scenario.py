"""A scenario file is read whole, and all that is wrong with it is said at once, each with its line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
import yaml

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.rehearsal.github import faults
from bot.rehearsal.reading import ScenarioRefused, parse_scenario, read_scenario
from bot.rehearsal.scenario import Scenario, with_numbers

SMALL = """\
repositories:
  - name: octo/clock
people:
  - login: ada
    roles: {octo/clock: maintain}
issues:
  - key: fix
    repository: octo/clock
    title: Fix it
    author: ada
"""


def mistakes_in(text: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioRefused) as refused:
        parse_scenario(text, "night.yml")
    return refused.value.mistakes


def test_the_smallest_scenario_has_defaults_for_the_rest() -> None:
    """A repository, a person and an issue are enough; the issue is expected to end in review."""
    scenario = parse_scenario(SMALL)

    (issue,) = scenario.issues
    assert issue.labels == ("auto",)
    assert issue.expect.state is State.IN_REVIEW
    assert issue.expect.has_pull_request


def test_only_true_and_false_are_truth_values() -> None:
    """`on` is a key and `off` a setting, though YAML 1.1 takes both for truth values."""
    scenario = parse_scenario(SMALL + "settings: {SANDBOX: off}\nfaults: [{delay: {on: POST /, seconds: 1}}]\n")

    assert scenario.settings == {"SANDBOX": "off"}


@pytest.mark.parametrize("text", ["false | tail -1", "true && make", "trueish", "falsehood", "true.txt", "false\u00e9"])
def test_a_text_that_begins_as_a_truth_value_is_a_text(text: str) -> None:
    assert parse_scenario(SMALL.replace("title: Fix it", f"title: {text}")).issues[0].title == text


def test_the_shipped_demo_is_a_valid_scenario() -> None:
    """The demo has the seven issues that it promises, and four ways in which they end."""
    with resources.as_file(resources.files("bot.rehearsal") / "scenarios" / "demo.yml") as path:
        demo = read_scenario(path)

    assert len(demo.issues) == 7
    assert [issue.expect.state for issue in demo.issues].count(State.IN_REVIEW) == 5
    assert {issue.expect.failure for issue in demo.issues} == {None, FailureKind.TASK_BLOCKED}
    assert demo.seconds < 120


def test_every_mistake_is_named_with_its_line_at_once() -> None:
    """Unknown keys, wrong values and names that nothing bears are reported together, in the file's order."""
    text = SMALL.replace("maintain", "owner") + "    exect: {state: done}\n    labeled_by: adda\nmoment: []\n"

    assert mistakes_in(text) == (
        "night.yml:5: people[1].roles.octo/clock: expected `none`, `read`, `triage`, `write`, `maintain` or `admin`",
        "night.yml:11: issues[1].exect: unknown key; did you mean expect?",
        "night.yml:12: issues[1].labeled_by: no person is called 'adda'; did you mean ada?",
        "night.yml:13: moment: unknown key; did you mean moments?",
    )


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("    body: |\n      blocked by #{fxi}\n", "issues[1].body: no issue is called 'fxi'; did you mean fix?"),
        ("    title: Again\n", "issues[1].title: said twice"),
        ("    when: {issue: fix}\n", "issue and state go together"),
        (
            "    when: {seconds: 1, issue: fix, state: done}\n",
            "issue, ready, moment; found seconds and issue",
        ),
        ("    attempts: [[{say: hi, finish: {status: complete}}]]\n", "found say and finish"),
        ("    attempts: [[{times: 3}]]\n", "found none"),
        ("    attempts: [[{tools: [{Bash: {command: ls}, Read: {}}]}]]\n", "a tool call is one name with its input"),
        ("    attempts: [[{finish: {status: done}}]]\n", "`complete`, `blocked` or `needs_info`"),
        ("    expect: {state: failed}\n", "state: failed and failure: KIND go together"),
        ("    expect: {files: {../x: y}}\n", "'../x' is not a path inside the repository"),
        ("  - {key: fix, repository: octo/clock, title: x, author: ada}\n", "a second issue called fix"),
        ("settings: {GITHUB_TOKEN: x}\n", "settings.GITHUB_TOKEN: the rehearsal sets this itself"),
        ("settings: {MAX_TURN: 3}\n", "no setting is called 'MAX_TURN'; did you mean MAX_TURNS?"),
        ("settings: {MAX_TURNS: many}\n", "settings.MAX_TURNS: expected a whole number"),
        ("settings: {SANDBOX: true}\n", "settings.SANDBOX: expected text or a number"),
        ("faults: [{answer: {on: '(', status: 500}}]\n", "'(' is not a regular expression"),
        ("faults: [{}]\n", "exactly one of answer, lose_answer"),
        ("moments: [{when: {seconds: 1}, close: {issue: fix, by: bob}}]\n", "no person is called 'bob'"),
        ("moments: [{when: {seconds: 1}}]\n", "exactly one of comment, label"),
        ("seconds: 0\n", "seconds: expected more than 0"),
    ],
)
def test_a_mistake_is_said_in_words_that_help(extra: str, said: str) -> None:
    """Each mistake names its place and what was expected there."""
    (mistake,) = mistakes_in(SMALL + extra)

    assert said in mistake


@pytest.mark.parametrize("text", ["", "- a\n", "just text", "a: [", "a: &x [*x, !!python/object:os.system {}]", "\0"])
def test_what_is_no_mapping_of_keys_is_refused(text: str) -> None:
    """A file that is empty, no mapping, no YAML, or tries to construct objects gets one clear sentence."""
    (mistake,) = mistakes_in(text)

    assert mistake.startswith("night.yml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file and a file that is not UTF-8 are mistakes like any other."""
    latin = tmp_path / "latin.yml"
    latin.write_bytes(b"name: caf\xe9")

    for path in (tmp_path / "missing.yml", latin):
        with pytest.raises(ScenarioRefused, match=f"{path.name}: cannot be read"):
            read_scenario(path)


def test_issues_are_mentioned_by_their_keys() -> None:
    """`#{key}` becomes the number that GitHub gives the issue, also behind a repository's name."""
    assert with_numbers("blocked by #{a} and octo/clock#{b}", {"a": 3, "b": 12}.__getitem__) == (
        "blocked by #3 and octo/clock#12"
    )


def test_every_fault_of_the_simulated_github_can_be_asked_for() -> None:
    """Each kind of fault has a key here, with every field that it has there."""
    asked = """
faults:
  - answer: {on: POST /repos, status: 502, message: Bad, retry_after: 3, headers: {X-A: b}, times: 2}
  - lose_answer: {on: POST /repos, times: 2}
  - reset: {on: POST /repos, times: 2}
  - half_answer: {on: POST /repos, times: 2}
  - slow_answer: {on: GET /repos, seconds: 1.5, times: 2}
  - delay: {on: GET /repos, seconds: 1.5, times: 2}
  - reject_push: {branch: auto/*, message: "error: no", times: 2}
  - stale_reads: {of: comments, reads: 3, times: 2}
  - lose_webhook: {on: issues.labeled, times: 2}
  - double_webhook: {on: issues.labeled, times: 2}
  - delay_webhook: {on: issues.labeled, seconds: 2, times: 2}
"""
    scenario = parse_scenario(SMALL + asked)

    assert [fault.value for fault in scenario.faults] == [
        faults.Answer(on="POST /repos", status=502, message="Bad", retry_after=3, headers={"X-A": "b"}, times=2),
        faults.LoseAnswer(on="POST /repos", times=2),
        faults.Reset(on="POST /repos", times=2),
        faults.HalfAnswer(on="POST /repos", times=2),
        faults.SlowAnswer(on="GET /repos", seconds=1.5, times=2),
        faults.Delay(on="GET /repos", seconds=1.5, times=2),
        faults.RejectPush(branch="auto/*", message="error: no", times=2),
        faults.StaleReads(of="comments", reads=3, times=2),
        faults.LoseWebhook(on="issues.labeled", times=2),
        faults.DoubleWebhook(on="issues.labeled", times=2),
        faults.DelayWebhook(on="issues.labeled", seconds=2, times=2),
    ]


def test_a_scenario_survives_being_written_and_read_again() -> None:
    """Nothing of the format is lost on the way through YAML."""
    scenario = parse_scenario(SMALL)
    again = yaml.safe_dump(scenario.model_dump(mode="json", exclude_defaults=True))

    assert parse_scenario(again) == scenario
    assert isinstance(scenario, Scenario)


@pytest.mark.parametrize(
    ("result", "mistake"),
    [
        ("{check: test, status: test, by: ada}", "exactly one of check, status"),
        ("{status: test}", "status and by go together"),
        ("{check: test, by: ada}", "status and by go together"),
        ("{status: test, by: adda}", "no person is called 'adda'; did you mean ada?"),
        ("{status: test, by: ada, log: Failed.}", "a status has no log and no app"),
        ("{status: test, by: ada, result: skipped}", "one of success, failure, error"),
        ("{check: test, result: error}", "only a status ends in error"),
    ],
)
def test_a_result_of_checks_that_github_does_not_know_is_a_mistake(result: str, mistake: str) -> None:
    (found,) = mistakes_in(f"{SMALL}    ci: [[{result}]]\n")
    assert mistake in found


def test_results_of_an_empty_repository_are_a_mistake() -> None:
    (found,) = mistakes_in(SMALL.replace("octo/clock\n", "octo/clock\n    ci: [{check: test}]\n", 1))
    assert "ci needs files or a source" in found
