"""A set-up runs once for the same inputs; other checkouts get copies of what it made, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.environments import Environment
from bot.adapters.git import Mirror
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.cells import a_cell, inside
from tests.adapters.set_ups import SetUps
from tests.git_host import GitHost

COUNTS = "setup: ['echo ran >> \"$HOME/runs\"; mkdir -p node_modules/x; echo one > node_modules/x/index.js']\n"


@pytest.fixture
def set_ups(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> SetUps:
    return SetUps(git_host, mirror, tmp_path)


def given(environment: Environment, folder: Path) -> tuple[Path, Path, Path]:
    """A checkout, a HOME and a folder for Python that have what the set-up made."""
    places = (folder / "checkout", folder / "home", folder / "python")
    for place in places:
        place.mkdir(parents=True)
    checkout, home, python = places
    environment.fill(checkout=checkout, home=home, python=python)
    return places


def test_unchanged_inputs_run_nothing_again(set_ups: SetUps, tmp_path: Path) -> None:
    first = set_ups.provide(set_ups.commit({"package.json": "{}", "README.md": "Tools"}), COUNTS)
    later = set_ups.provide(set_ups.commit({"README.md": "Tools, and more"}), COUNTS)

    assert first.layer == later.layer
    assert set_ups.layers() == [first.layer]
    assert (given(later, tmp_path / "given")[1] / "runs").read_text() == "ran\n"
    assert [step.ran.code for step in later.steps] == [0]


@pytest.mark.parametrize(
    ("files", "settings"),
    [
        ({"package-lock.json": "{}"}, COUNTS),
        ({"package.json": '{"name": "other"}'}, COUNTS),
        ({"web/package.json": "{}"}, COUNTS),
        ({".npmrc": "x=y"}, COUNTS),
        ({}, COUNTS.replace("one", "two")),
        ({}, f"{COUNTS}network: [maven.example.org]\n"),
        ({}, f"{COUNTS}packages_older_than: 7d\n"),
    ],
)
def test_other_inputs_make_another_layer(set_ups: SetUps, files: dict[str, str], settings: str) -> None:
    before = set_ups.provide(set_ups.commit({"package.json": "{}"}), COUNTS)
    after = set_ups.provide(set_ups.commit({"package.json": "{}", **files, "x": "x"}), settings)

    assert before.layer != after.layer


def test_a_script_that_a_command_names_is_an_input(set_ups: SetUps) -> None:
    settings = "setup: ['bash scripts/install.sh']\n"
    before = set_ups.provide(set_ups.commit({"scripts/install.sh": "true"}), settings)
    after = set_ups.provide(set_ups.commit({"scripts/install.sh": "echo more"}), settings)

    assert before.layer != after.layer


def test_checkouts_get_copies_that_are_theirs_to_write(set_ups: SetUps, tmp_path: Path) -> None:
    environment = set_ups.provide(set_ups.commit({"package.json": "{}"}), COUNTS)
    checkout, home, _ = given(environment, tmp_path / "one")
    (checkout / "node_modules/x/index.js").write_text("changed by a session")
    (home / "runs").write_text("changed")

    other, other_home, _ = given(environment, tmp_path / "two")

    assert (other / "node_modules/x/index.js").read_text() == "one\n"
    assert (other_home / "runs").read_text() == "ran\n"
    assert (other / "node_modules/x/index.js").stat().st_nlink == 1


def test_tracked_files_that_a_set_up_changes_stay_as_they_are(set_ups: SetUps, tmp_path: Path) -> None:
    settings = "setup: ['echo changed > README.md; rm src/clock.py; echo new > src/made.py; echo x > .gitignore']\n"
    environment = set_ups.provide(set_ups.commit({"x": "x"}), settings)

    assert environment.created == ("src/made.py",)
    checkout, _, _ = given(environment, tmp_path / "given")
    assert sorted(path.name for path in checkout.rglob("*")) == ["made.py", "src"]


def test_what_is_in_the_checkout_already_is_not_written_over(set_ups: SetUps, tmp_path: Path) -> None:
    """A change adds a file where the base's set-up made one: its checks have to see the change's."""
    environment = set_ups.provide(
        set_ups.commit({"x": "x"}), "setup: ['mkdir dist; echo base > dist/a; echo b > dist/b']\n"
    )
    checkout = tmp_path / "given"
    (checkout / "dist").mkdir(parents=True)
    (checkout / "dist/a").write_text("the change's")

    environment.fill(checkout=checkout)

    assert (checkout / "dist/a").read_text() == "the change's"
    assert (checkout / "dist/b").read_text() == "b\n"


def test_a_link_of_a_change_leads_no_copy_out_of_the_checkout(set_ups: SetUps, tmp_path: Path) -> None:
    environment = set_ups.provide(set_ups.commit({"web/x": "x"}), "setup: ['mkdir web/lib; echo base > web/lib/a']\n")
    checkout, outside = tmp_path / "given", tmp_path / "outside"
    (outside / "lib").mkdir(parents=True)
    checkout.mkdir()
    (checkout / "web").symlink_to(outside)

    environment.fill(checkout=checkout)

    assert list((outside / "lib").iterdir()) == []
    assert (checkout / "web").is_symlink()


def test_a_set_up_that_fails_is_not_kept(set_ups: SetUps) -> None:
    """It may have been the network: the next attempt tries again. This one goes on with what there is."""
    environment = set_ups.provide(
        set_ups.commit({"x": "x"}), "setup: ['touch made', 'echo no such package; exit 3', 'touch never']\n"
    )

    assert environment.failure is not None
    assert environment.failure.obstacle.startswith("set-up failed: `echo no such package; exit 3`")
    assert environment.failure.ran.output == "no such package"
    assert environment.created == ("made",)
    assert set_ups.layers() == []


def test_a_borrowed_set_up_that_fails_costs_its_environment_once(set_ups: SetUps) -> None:
    """What is tried next takes the empty environment, without what was put into it, and the failure stays on record."""
    container = '{"postCreateCommand": "touch $VIRTUAL_ENV/put; echo no such image; exit 3"}'
    project = "[project]\nname='own'\nversion='1'\n"
    files = {".devcontainer/devcontainer.json": container, "pyproject.toml": project}

    environment = set_ups.provide(set_ups.commit({**files, "requirements.txt": "\n"}))

    assert environment.instead_of is not None
    assert environment.instead_of.origin == "the devcontainer's commands"
    assert environment.instead_of.failed.ran.output == "no such image"
    made = environment.steps[0]
    assert (made.command.text, made.ran.seconds) == ('python3 -m venv "$VIRTUAL_ENV"', 0.0)
    assert environment.failure is None
    assert environment.layer is not None
    assert (environment.layer / "python/bin/python3").exists()
    assert not (environment.layer / "python/put").exists()


@pytest.mark.parametrize(("command", "is_set"), [("npm", False), ("pnpm", True)])
def test_only_a_set_up_with_pnpm_has_its_settings(set_ups: SetUps, command: str, is_set: bool) -> None:
    """npm warns of each setting that it does not know."""
    says = f"setup: ['true {command}; echo ${{npm_config_store_dir-}}${{npm_config_minimum_release_age-}}']\n"
    environment = set_ups.provide(set_ups.commit({"x": "x"}), says)

    (step,) = environment.steps
    assert bool(step.ran.output.strip()) is is_set
    assert ("npm_config_store_dir" in environment.variables) is is_set


def test_a_set_up_is_stopped_with_its_attempt(set_ups: SetUps) -> None:
    set_ups.stop = FailureKind.CANCELLED
    with pytest.raises(TaskFailed) as stopped:
        set_ups.provide(set_ups.commit({"x": "x"}), "setup: ['echo begins; sleep 300']\n")

    assert stopped.value.kind is FailureKind.CANCELLED
    assert set_ups.layers() == []


def test_nothing_is_set_up_where_there_is_nothing_to_install(set_ups: SetUps) -> None:
    environment = set_ups.provide(set_ups.commit({"README.md": "Tools"}))

    assert environment.set_up is None
    assert environment.path == () and environment.path_after == ()


def test_two_workers_make_one_layer(set_ups: SetUps) -> None:
    commit = set_ups.commit({"package.json": "{}"})
    first = set_ups.provide(commit, COUNTS)
    assert first.layer is not None
    source, made = set_ups.source(commit, COUNTS), set_ups.folder / "late"
    (made / "home").mkdir(parents=True)
    (made / "set_up.json").write_text("{}")

    assert set_ups.environments.layers.keep(made, first.layer) == first.layer
    assert not made.exists()
    assert set_ups.environments.provide(source, set_ups.folder / "again", should_stop=lambda: None).steps == first.steps


def test_what_set_up_wrote_down_leads_to_another_checkout(set_ups: SetUps, tmp_path: Path) -> None:
    """Tools write down whole paths. In every cell these lead to the checkout and HOME that it has."""
    script = """
        echo "$PWD" > where
        echo "$HOME" >> where
        mkdir -p "$HOME/.local/bin"
        printf '#!/bin/sh\necho mine' > "$HOME/.local/bin/mine"
        chmod +x "$HOME/.local/bin/mine"
    """
    environment = set_ups.provide(set_ups.commit({"install.sh": script}), "setup: ['bash install.sh']\n")
    cell = a_cell(tmp_path / "cell")
    checkout, home = cell.writable
    environment.fill(checkout=checkout, home=home)
    cell = environment.in_cell(cell, checkout=checkout, home=home, python=None)
    (checkout / "here").write_text("found")

    done = inside(cell, ["bash", "-c", 'cat "$(sed -n 1p where)/here"; "$(sed -n 2p where)/.local/bin/mine"'])

    assert done.stdout == b"foundmine\n"


def test_output_of_a_build_needs_the_set_up_again_for_other_sources(set_ups: SetUps) -> None:
    """Else checks of a change would run against what was built from the base commit."""
    built = set_ups.provide(set_ups.commit({"x": "x"}), "setup: ['mkdir dist; cp x dist/x']\n")
    packages = set_ups.provide(
        set_ups.commit({"web/x": "y"}), "setup: ['mkdir -p web/node_modules/a a.egg-info; touch yarn.lock']\n"
    )

    assert built.reads_sources
    assert not packages.reads_sources


def test_young_versions_stay_out_unless_a_lockfile_pins_them(set_ups: SetUps, tmp_path: Path) -> None:
    """By what the package managers read; a command that installs what a lockfile pins gets none of it."""
    commands = ["env > free", "env --ignore-signal=PIPE -- env > pinned # npm ci"]
    environment = set_ups.provide(set_ups.commit({"x": "x"}), f"setup: {commands}\npackages_older_than: 5d\n")
    checkout, _, _ = given(environment, tmp_path / "given")

    assert "npm_config_before=2026-06-26T12:00:00Z\n" in (checkout / "free").read_text()
    assert "UV_EXCLUDE_NEWER=2026-06-26T12:00:00Z\n" in (checkout / "free").read_text()
    assert "2026-06-26" not in (checkout / "pinned").read_text()


def test_what_was_written_for_another_machine_is_tried_first(set_ups: SetUps) -> None:
    """And where it fails, what the manifests say."""
    files = {".openhands/setup.sh": "echo not here; exit 1", "package.json": '{"dependencies": {}}', "deno.json": "{}"}
    environment = set_ups.provide(set_ups.commit({**files, "pom.xml": ""}), "")

    assert environment.set_up is not None
    assert environment.set_up.origin.value == "the repository's manifests and lockfiles"
    assert "bash .openhands/setup.sh" not in [step.command.text for step in environment.steps]
