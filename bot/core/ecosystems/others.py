"""Ruby, PHP, Elixir and languages with one usual command; and makefiles, where nothing else says how to test."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.ecosystems.files import END_TO_END, DetectedCheck, TreeFiles
from bot.core.untrusted import as_dict, as_list, as_str

_RAKE_TEST = (
    r"TestTask\.(?:new|create)(?:\(?\s*[:\"'](\w+))?|task\s*\(?:?[\"']?(test|spec)\b"
    r"|RakeTask\.(?:new|create)(?:\(?\s*[:\"'](\w+))?"
)
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_MAKE_TARGETS = ("test-unit", "test_unit", "unit-test", "unittest", "unit", "test", "tests", "check")
# A file at the top, files that have to be there (none: no more), and what runs the tests.
_USUAL = (
    (r"mix\.exs", r"(?:.*/)?test/.+_test\.exs", "mix test"),
    (r"Package\.swift", r"Tests/.+\.swift", "swift test"),
    (r"meson\.build", r"(?:.*/)?tests?/meson\.build", "meson setup build && meson test -C build"),
    (r"stack\.yaml", r"tests?/.+\.hs", "stack test"),
    (r".+\.cabal", r"tests?/.+\.hs", "cabal test"),
    (r"build\.zig", r"", "zig build test"),
    (r"project\.clj", r"test/.+", "lein test"),
    (r"deps\.edn", r"test/.+", "clojure -M:test"),
    (r"rebar\.config", r"test/.+", "rebar3 eunit"),
    (r"gleam\.toml", r"test/.+", "gleam test"),
    (r"shard\.yml", r"spec/.+", "crystal spec"),
    (r"dune-project", r"tests?/.+", "dune test"),
    (r"(?:MODULE|WORKSPACE)\.bazel|WORKSPACE", r"(?:.*/)?BUILD(?:\.bazel)?", "bazel test //..."),
    (r"Makefile\.PL|Build\.PL|cpanfile|dist\.ini", r"t/.+\.t", "prove -lr t"),
)


def ruby(files: TreeFiles) -> list[DetectedCheck]:
    """What CI runs, else rake's tests, else the runner of the folder that is there."""
    if not files.top & {"Gemfile", "gems.rb", "Rakefile", ".rspec"} and not files.find(r"[^/]+\.gemspec"):
        return []
    start = "bundle exec " if files.top & {"Gemfile", "gems.rb"} else ""
    for line in files.workflow_commands:
        found = re.fullmatch(r"(?:bundle exec )?((?:rake (?:test|spec)[\w:]*|rspec)(?: [\w./:-]+)*)", line)
        if found and not END_TO_END.search(line):
            return [DetectedCheck(f"{start}{found[1]}", f"the CI workflow runs `{line}`")]
    if "bin/rails" in files.paths and "test" in files.folders:
        return [DetectedCheck("bin/rails test", "bin/rails")]
    tasks = [next((name for name in found if name), "") for found in re.findall(_RAKE_TEST, files.text("Rakefile"))]
    specs = files.find(r"spec/.+_spec\.rb")
    if tasks and not (specs and set(tasks) <= {"spec", ""}):
        name = "test" if {"test", ""} & set(tasks) else tasks[0]
        return [DetectedCheck(f"{start}rake {name}", f"the task {name} in Rakefile")]
    if specs:
        return [DetectedCheck(f"{start}rspec", specs[0])]
    tests = files.find(r"test/(?:.*_test|test_.*|.*/test_[^/]*)\.rb")
    return [DetectedCheck(f"{start}rake test", tests[0])] if tests and "Rakefile" in files.top else []


def php(files: TreeFiles) -> list[DetectedCheck]:
    scripts = as_dict(files.json("composer.json").get("scripts"))
    for name in ("test:unit", "test-unit", "unit", "tests:unit", "test", "tests", "phpunit"):
        if name in scripts and not _is_empty(scripts[name]):
            return [
                DetectedCheck(
                    f"composer {name if name.startswith('test') and ':' not in name else f'run {name}'}",
                    f"scripts.{name} in composer.json",
                )
            ]
    config = next((name for name in ("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml") if name in files.top), None)
    if "artisan" in files.top and "tests" in files.folders:
        return [DetectedCheck("php artisan test", "artisan")]
    if "tests/Pest.php" in files.paths:
        return [DetectedCheck("vendor/bin/pest", "tests/Pest.php")]
    if config is not None:
        return [DetectedCheck("vendor/bin/phpunit", config)]
    return []


def _is_empty(script: object) -> bool:
    return not (as_str(script) or as_list(script))


def usual(files: TreeFiles) -> list[DetectedCheck]:
    return list(_usual(files))


def _usual(files: TreeFiles) -> Iterator[DetectedCheck]:
    for top, needed, command in _USUAL:
        name = next(iter(files.find(top)), None)
        if name is not None and "/" not in name and (not needed or files.find(needed)):
            yield DetectedCheck(command, name)
            return
    if "pubspec.yaml" in files.top and files.find(r"test/.+_test\.dart"):
        flutter = re.search(r"sdk:\s*flutter", files.text("pubspec.yaml"))
        yield DetectedCheck("flutter test" if flutter else "dart test", "pubspec.yaml")
    elif (bats := files.find(r"tests?/[^/]+\.bats")) != []:
        yield DetectedCheck(f"bats {bats[0].partition('/')[0]}", bats[0])


def by_hand(files: TreeFiles) -> list[DetectedCheck]:
    """Makefiles and task runners: asked only where no tool of a language says how to test."""
    name = next((name for name in _MAKEFILES if name in files.top), None)  # the file that GNU make would take
    target = _target(files, files.text(name)) if name else None
    if target:
        return [DetectedCheck(f"make {target}", f"{target} in {name}")]
    for file, runner, pattern in (
        ("justfile", "just", r"^@?(test|check)\b[^:=\n]*:(?!=)"),
        (".justfile", "just", r"^@?(test|check)\b[^:=\n]*:(?!=)"),
        ("Justfile", "just", r"^@?(test|check)\b[^:=\n]*:(?!=)"),
        ("Taskfile.yml", "task", r"^[ ]{2,4}(test|check):"),
        ("Taskfile.yaml", "task", r"^[ ]{2,4}(test|check):"),
        ("mise.toml", "mise run", r"^\[tasks\.(test|check)\]"),
    ):
        if found := re.search(pattern, files.text(file), re.MULTILINE):
            return [DetectedCheck(f"{runner} {found[1]}", f"{found[1]} in {file}")]
    script = next(
        (
            name
            for name in ("script/test", "scripts/test.sh", "bin/test", "test.sh", "run_tests.sh")
            if name in files.paths
        ),
        None,
    )
    if script is not None:
        return [DetectedCheck(f"sh {script}" if script.endswith(".sh") else script, script)]
    return _autotools(files)


def _autotools(files: TreeFiles) -> list[DetectedCheck]:
    if "configure" in files.top:
        return [DetectedCheck("./configure && make check", "configure")]
    if {"configure.ac", "Makefile.am"} <= files.top:
        return [DetectedCheck("autoreconf -i && ./configure && make check", "configure.ac")]
    return []


def _target(files: TreeFiles, text: str) -> str | None:
    """CI's, if it is one of tests; unit tests rather than all."""
    targets = set(re.findall(r"^([\w-]+)[ \t]*:(?!=)", text, re.MULTILINE))
    ci = (word for line in files.workflow_commands if line.startswith("make ") for word in line.split()[1:])
    wanted = [word for word in ci if word in targets and re.search("test|check", word) and not END_TO_END.search(word)]
    if not targets & set(_MAKE_TARGETS) and re.search(r"^\.DEFAULT[ \t]*:", text, re.MULTILINE):
        return "test"  # it passes every target on to another makefile
    units = [name for name in _MAKE_TARGETS[:5] if name in targets]
    return next((name for name in (*units, *wanted, *_MAKE_TARGETS) if name in targets), None)
