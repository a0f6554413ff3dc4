"""Paths that only people change: by kind, in every spelling and form, and what a repository may downgrade."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.broker import list_paths, sort_protected
from bot.core.changes import FileChange, Note
from bot.core.globs import is_glob
from bot.core.links import destination
from bot.core.protected import FIXED_EXAMPLES, KINDS, ProtectedKind
from bot.core.repository_settings import RepositorySettingsWrong, read_repository_settings
from tests.core.protection import protected_paths


def change(path: str, after: bytes | None = b"one\ntwo\n", *, before: bytes | None = None) -> FileChange:
    return FileChange(path=path, old_path=path, before=before, after=after)


def kinds_of(path: str) -> set[str]:
    found = sort_protected([change(path)]).refused
    return {kind.name for kind in KINDS for note in found if kind.why in note.what}


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        ("github", [".github/workflows/ci.yml", "docs/CODEOWNERS", "action.yml", "tools/x/action.yaml"]),
        (
            "agents",
            [
                *("AGENTS.md", "web/agents.md", "AGENTS.override.md", "AGENT.md", "GEMINI.md", "CLAUDE.local.md"),
                *(".cursor/rules/a.mdc", ".cursorrules", ".windsurfrules", ".windsurf/rules/a.md", ".clinerules"),
                *(".clinerules/a.md", ".roo/rules/a.md", ".roomodes", ".aider.conf.yml", ".continue/config.yaml"),
                *(".junie/guidelines.md", ".kiro/steering/a.md", ".amazonq/rules/a.md", ".augment-guidelines"),
                *(".goosehints", ".openhands/microagents/repo.md", ".gemini/settings.json", ".codex/config.toml"),
                *(".opencode/agent/a.md", "opencode.json", ".agents/skills/a/SKILL.md", ".mcp.json", "CRUSH.md"),
                *(".kilocode/rules/a.md", ".rules", "WARP.md", ".coderabbit.yaml", "copilot-instructions.md"),
                *(".github/copilot-instructions.md", ".github/instructions/a.instructions.md"),
            ],
        ),
        (
            "opening",
            [
                *(".vscode/tasks.json", "web/.vscode/settings.json", ".devcontainer/devcontainer.json"),
                *(".devcontainer.json", ".idea/runConfigurations/a.xml", ".idea/workspace.xml", ".run/a.run.xml"),
                *("clock.code-workspace", ".envrc", "mise.toml", ".mise.local.toml", ".config/mise/config.toml"),
                *(
                    "mise/config.toml",
                    ".mise/config.toml",
                    "web/.config/mise.toml",
                    ".tool-versions",
                    ".zed/tasks.json",
                ),
                *(".nvim.lua", ".exrc", ".gitpod.yml", ".autoenv.zsh", ".dir-locals.el", ".gdbinit", ".Rprofile"),
            ],
        ),
        (
            "ci",
            [
                *(".circleci/config.yml", ".gitlab-ci.yml", "Jenkinsfile", ".travis.yml", "azure-pipelines.yml"),
                *("azure-pipelines-release.yaml", ".buildkite/pipeline.yml", ".drone.yml", ".woodpecker/a.yaml"),
                *(".woodpecker.yml", "bitbucket-pipelines.yml", "appveyor.yml", ".cirrus.yml", "cloudbuild.yaml"),
                *(".semaphore/semaphore.yml", ".teamcity/settings.kts", ".forgejo/workflows/a.yml", "renovate.json"),
            ],
        ),
        (
            "packages",
            [
                *(".npmrc", "web/.npmrc", ".yarnrc", ".yarnrc.yml", ".yarn/releases/yarn-4.cjs", "bunfig.toml"),
                *("web/.yarn/plugins/a.cjs", ".pnpmfile.cjs", "pip.conf", "pip.ini", ".pypirc", "uv.toml"),
                *(".cargo/config.toml", "a/.cargo/config", "gradle/wrapper/gradle-wrapper.properties", "gradlew"),
                *("android/gradlew.bat", "mvnw", ".mvn/extensions.xml", ".bundle/config", "nuget.config", "auth.json"),
            ],
        ),
        (
            "hooks",
            [
                *(".husky/pre-commit", ".githooks/pre-push", ".pre-commit-config.yml", "lefthook.yml", "lefthook.toml"),
                *(".lefthook-local.yaml", "lefthook.json", ".config/lefthook.yml", ".lefthook/pre-commit/a.sh"),
                *(".lintstagedrc", ".lintstagedrc.mjs", "lint-staged.config.js", ".simple-git-hooks.json", ".hooks/a"),
                *(".overcommit.yml", "captainhook.json", "grumphp.yml.dist", ".huskyrc", ".huskyrc.js", "prek.toml"),
                *(".vite-hooks/pre-commit", "web/.vite-hooks/_/h", ".vite-hooks", ".simple-pre-commit.json"),
            ],
        ),
        *[("git", [".gitmodules", "docs/.gitattributes", ".gitconfig"]), ("licence", ["LICENSE", "LICENSES/MIT.txt"])],
        ("short", ["CLAUDE~1.MD", "GITHUB~1/workflows/ci.yml"]),
    ],
)
def test_each_kind_is_protected(kind: str, paths: list[str]) -> None:
    for path in paths:
        assert kind in kinds_of(path), path


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_a_kind_says_why(kind: ProtectedKind) -> None:
    """As the rest of a sentence, and no pattern excludes links and files by a slash at its end."""
    assert kind.why
    assert kind.why[-1].isalpha()
    assert all(not pattern.endswith("/") for pattern in kind.patterns)


PLAIN = sorted({pattern.strip("/*").removeprefix("**/") for kind in KINDS for pattern in kind.patterns} - {""})
NAMES = [name for name in PLAIN if not set(name) & set("*?[")]


def test_the_bare_name_is_protected_as_a_link_a_file_and_a_folder() -> None:
    """A link `.claude` to a folder of the session's is obeyed as the folder itself would be."""
    paths = [path for name in NAMES for path in (name, f"{name}/x", name.upper())]

    assert len(NAMES) > 300
    assert [path for path in paths if protected_paths([change(path, b"elsewhere")]) != [path]] == []


@pytest.mark.parametrize(
    "path",
    [
        *(".claude", ".husky", ".githooks", ".github", ".vscode", ".cursor", ".devcontainer", ".idea", "web/.claude"),
        *(".cargo", "web/.cargo", ".yarn", "gradle", "android/gradle", ".config", "mise", "tools"),
    ],
)
def test_a_link_in_the_place_of_a_folder_is_protected(path: str) -> None:
    """Also in the place of one that only leads to something protected (`.cargo/config.toml`)."""
    assert protected_paths([change(path, b"src/innocent")]) == [path]


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".GitHub/workflows/ci.yml",
            ".claude./settings.json",
            ".claude /settings.json",
            ".vscode::$INDEX_ALLOCATION/a",
        ),
        *(".cl\u200caude/settings.json", ".\u200bhusky/pre-commit", "AGENTS\u2024md", "\uff21GENTS.md", "agents.md..."),
        *(".github\\workflows\\ci.yml", ".envrc:$DATA", "CLAUDE.md\u00ad", ".hu\u017fky/pre-commit", ".ENVRC"),
    ],
)
def test_what_a_file_system_takes_for_a_protected_name_is_protected(path: str) -> None:
    """In another case (macOS, Windows), with characters that HFS+ ignores or that NTFS drops."""
    assert protected_paths([change(path)]) == [path]


@pytest.mark.parametrize(
    "path",
    [
        *("src/agents.py", "docs/agents/README.md", "src/vscode/a.ts", "tools/make.py", "docs/gradle.md", "mise.py"),
        *("src/hooks/use-clock.ts", "hooks/gate.py", "config/app.toml", "src/config.toml", ".config/app.yml"),
        *("src/cursor.py", "docs/jenkins.md", "src/auth.py", ".yarn/versions/a.yml", "backup~", "src/lefthook.go"),
        *(
            ".env.example",
            ".editorconfig",
            ".gitignore",
            ".dockerignore",
            "README.md",
            "package.json",
            "Makefile",
            "src/locales/en/auth.json",
        ),
    ],
)
def test_what_only_looks_like_one_is_free(path: str) -> None:
    assert protected_paths([change(path, b"{}\n")]) == []


def test_each_refused_path_is_reported_with_its_reason() -> None:
    told = list_paths(sort_protected([change(".cursorrules"), change("mvnw")]).refused)

    assert told == (
        ".cursorrules: coding agents and review bots obey it\nmvnw: it decides where packages and build tools come from"
    )


def sorted_by(text: str, *changes: FileChange) -> tuple[list[str], list[str]]:
    settings = read_repository_settings(text.encode())
    found = sort_protected(changes, protected=settings.protected, flagged=settings.flagged)
    return [note.path for note in found.refused], [note.path for note in found.flagged]


def test_a_repository_downgrades_what_it_names() -> None:
    """It is published, and the reason stays."""
    changes = (change("AGENTS.md"), change(".vscode/tasks.json"), change(".envrc"))

    assert sorted_by("flagged: [AGENTS.md, .vscode/**]", *changes) == ([".envrc"], ["AGENTS.md", ".vscode/tasks.json"])


def test_a_file_that_is_not_protected_can_be_flagged_too() -> None:
    found = sort_protected([change("src/crypto/keys.py")], flagged=["src/crypto/**"])

    assert found.flagged == (Note("src/crypto/keys.py", "the repository's settings name it"),)


def test_what_the_repository_protects_itself_it_cannot_downgrade() -> None:
    text = "{protected: [/deploy/], flagged: ['deploy/*.md']}"

    assert sorted_by(text, change("deploy/a.md")) == (["deploy/a.md"], [])


@pytest.mark.parametrize("path", [*FIXED_EXAMPLES, ".GitHub/Workflows/ci.yml", ".github", ".github/workflows"])
@pytest.mark.parametrize("pattern", ["**", "*", ".github", ".g*", "**/*.yml", ".github/**", "/.git?odules"])
def test_some_things_are_never_downgraded(path: str, pattern: str) -> None:
    """Whatever the list says: Nightshift's own rules, and what runs before anybody looks."""
    assert sort_protected([change(path)], flagged=[pattern]).flagged == ()
    assert protected_paths([change(path)]) == [path]


@pytest.mark.parametrize(
    "pattern", [".github/nightshift.yml", ".github/", "**", "*.yml", ".github/workflows/ci.yml", ".GITHUB/Workflows/**"]
)
def test_a_downgrade_of_those_is_a_mistake_that_is_reported(pattern: str) -> None:
    with pytest.raises(RepositorySettingsWrong) as wrong:
        read_repository_settings(json.dumps({"flagged": ["AGENTS.md", pattern]}).encode())

    (mistake,) = wrong.value.mistakes
    assert mistake.sentence.startswith(f"flagged[2]: `{pattern}` covers `.github")
    assert "which cannot be downgraded" in mistake.says


@given(st.text(max_size=30).filter(is_glob), st.text(max_size=40))
def test_no_pattern_downgrades_nightshifts_own_settings(pattern: str, path: str) -> None:
    sort_protected([change(path)], flagged=[pattern])
    assert protected_paths([change(".github/nightshift.yml")]) == [".github/nightshift.yml"]
    assert not sort_protected([change(".github/nightshift.yml")], flagged=[pattern]).flagged


LINKS = {
    "CLAUDE.md": "docs/guide.md",
    ".cursor": "tooling/cursor",
    "web/.husky/pre-commit": "../../scripts/hook.sh",
    "docs": "documentation",
    ".github/README.md": "../README.md",
    "LICENSE": "legal/terms.txt",
    "GEMINI.md": "GEMINI.md",
    ".envrc": "/etc/passwd",
    ".vscode": "../outside",
    "plain": "src",
    "package.json": "config/package.txt",
}


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("documentation/guide.md", "CLAUDE.md"),
        ("tooling/cursor/rules/a.mdc", ".cursor"),
        ("tooling/cursor", ".cursor"),
        ("scripts/hook.sh", "web/.husky/pre-commit"),
        ("config/package.txt", "package.json"),
    ],
)
def test_what_a_protected_link_leads_to_is_protected(path: str, link: str) -> None:
    """Through other links too: a developer's tools read what is there."""
    (note,) = sort_protected([change(path)], links=LINKS).refused

    assert note.path == path
    assert note.what.startswith(f"{link} leads to it, and ")


@pytest.mark.parametrize("path", ["README.md", "legal/terms.txt", "src/a.py", "docs/other.md", "scripts/hook.sh.md"])
def test_what_nothing_protected_leads_to_is_free(path: str) -> None:
    """GitHub follows no links; those that lead out of the repository or in a cycle protect nothing in it."""
    assert sort_protected([change(path)], links=LINKS).refused == ()


def test_a_downgraded_link_or_destination_is_flagged() -> None:
    by_link = sort_protected([change("documentation/guide.md")], flagged=["CLAUDE.md"], links=LINKS)
    by_target = sort_protected([change("documentation/guide.md")], flagged=["documentation/guide.md"], links=LINKS)

    assert (by_link.refused, by_target.refused) == ((), ())
    assert "CLAUDE.md leads to it" in by_target.flagged[0].what


def test_a_link_to_the_top_protects_everything() -> None:
    assert sort_protected([change("src/a.py")], links={".husky": "."}).refused


@given(st.dictionaries(st.text("a./", max_size=8), st.text("a./", max_size=8), max_size=6), st.text("a./", max_size=8))
def test_any_links_are_followed_to_an_end(links: dict[str, str], path: str) -> None:
    destination(path, links)


def test_the_manual_names_what_is_protected() -> None:
    """Each example of its table, but for the keys inside of a file."""
    manual = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    table = manual.partition("| kind | for example |")[2].partition("\n\n")[0].replace("; in `package.json`", "\n")
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    examples = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]

    assert len(rows) == len(KINDS) - 1  # the short names of Windows need no example
    assert len(examples) > 50
    for name in examples:
        path = name.replace("*", "x").strip("/")
        assert protected_paths([change(path)]), name
