"""What kept a command from running, by its exit code and its output."""

from __future__ import annotations

import pytest

from bot.core.checks import FailedSetUp
from bot.core.obstacles import find_obstacle, own_modules
from bot.core.ran import NO_TESTS, Ran

NETWORK = "the network could not be reached"


@pytest.mark.parametrize(
    ("code", "output", "says"),
    [
        # A program is missing
        (127, "bash: line 1: tox: command not found", "tox: command not found"),
        (127, "sh: 1: xo: not found", "xo: command not found"),
        (127, "", "a program was not found"),
        (126, "bash: line 1: ./run: Permission denied", "a program could not be executed"),
        (2, "make: golangci-lint: No such file or directory\nmake: *** [Makefile:3: lint] Error 127", "golangci-lint"),
        (2, "/bin/sh: 1: richgo: not found\nmake: *** [Makefile:9: richtest] Error 127", "richgo: command not found"),
        (1, "> test\n> jest\n\nsh: jest: command not found\nnpm error code 127", "jest: command not found"),
        (127, "/usr/bin/env: ‘ruby’: No such file or directory", "ruby"),
        (1, "bundler: command not found: rspec", "rspec"),
        (2, "error: Failed to spawn: `pytest`", "pytest"),
        (101, "error: no such command: `nextest`", "command not found"),
        (1, 'exec: "gcc": executable file not found in $PATH', "gcc"),
        (1, "spawn chromium ENOENT", "chromium"),
        # A tool of the wrong version, or half installed
        (1, "The JAVA_HOME environment variable is not defined correctly", "JAVA_HOME"),
        (1, "error: toolchain 'nightly' is not installed", "toolchain 'nightly'"),
        (1, "go: go.mod requires go >= 1.24 (running go 1.19.8; GOTOOLCHAIN=local)", "requires go >= 1.24"),
        (1, "pyenv: version `3.9' is not installed (set by .python-version)", "3.9"),
        (1, "ERR_PNPM_UNSUPPORTED_ENGINE  Unsupported environment (bad pnpm and/or Node.js version)",
         "UNSUPPORTED_ENGINE"),
        (1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "Docker daemon"),
        (18, "Your Ruby version is 3.1.2, but your Gemfile specified 3.4.1", "Ruby version"),
        # A module of the runner, or a dependency
        (1, "/usr/bin/python3: No module named pytest", "pytest is not installed"),
        (2, "E   ModuleNotFoundError: No module named 'requests'\n!!! Interrupted: 1 error during collection !!!",
         "requests"),
        (4, "ImportError while loading conftest '/w/conftest.py'.\nModuleNotFoundError: No module named 'yaml'",
         "yaml"),
        (1, "Error: Cannot find module 'express'\nRequire stack:", "express"),
        (1, "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'chalk' imported from /w/a.js", "chalk"),
        (1, "a.ts(1,1): error TS2307: Cannot find module 'lodash' or its corresponding type declarations.", "lodash"),
        (1, "cannot load such file -- sinatra (LoadError)", "sinatra"),
        (7, "Could not find gem 'rack (~> 3.0)' in any of the sources", "rack"),
        (1, "main.go:4:2: no required module provides package github.com/x/y; to add it:", "github.com/x/y"),
        (101, "error: no matching package named `serde` found", "serde"),
        (2, "Can't locate Test/Deep.pm in @INC", "Test/Deep.pm"),
        (255, "require(/w/vendor/autoload.php): Failed to open stream: No such file", "autoload.php"),
        (1, "fatal error: 'openssl/ssl.h' file not found", "openssl/ssl.h"),
        # A script or target is missing
        (1, 'npm error Missing script: "test"', "issing script"),
        (1, 'error Command "test" not found.', 'Command "test" not found'),
        (2, "make: *** No rule to make target 'test'.  Stop.", "No rule to make target 'test'"),
        (1, "rake aborted!\nDon't know how to build task 'test' (See the list", "Don't know how to build task 'test'"),
        (1, "Task 'test' not found in root project 'x'.", "Task 'test' not found"),
        (1, '** (Mix) The task "tset" could not be found', "tset"),
        # A runner that refuses its options or settings
        (4,
         "ERROR: usage: __main__.py [options] [file_or_dir]\n__main__.py: error: unrecognized arguments: --cov=tablib\n"
         "  inifile: /w/pytest.ini", "unrecognized arguments: --cov=tablib"),
        (4, "pytest: error: unrecognized arguments: -n --dist", "unrecognized arguments: -n"),
        (4, "ERROR: Missing required plugins: pytest-xdist", "Missing required plugins: pytest-xdist"),
        (4, "ERROR: /w/pyproject.toml: 'minversion' requires pytest-9.0, actual pytest-8.1.0'", "requires pytest-9.0"),
        (1,
         "django.core.exceptions.ImproperlyConfigured: Requested setting DATABASES, but settings are not configured. "
         "You must either define the environment variable DJANGO_SETTINGS_MODULE", "settings are not configured"),
        (1, "[launcher]: No binary for ChromeHeadless browser on your platform.", "No binary for ChromeHeadless"),
        (1, "ERROR [launcher]: Cannot start ChromeHeadless", "Cannot start Chrome"),
        (2, "ESLint couldn't find an eslint.config.(js|mjs|cjs) file.", "couldn't find an eslint.config"),
        (2, 'ESLint couldn\'t find the config "standard" to extend from.', "couldn't find the config"),
        (2, 'ESLint couldn\'t find the plugin "eslint-plugin-x".', "couldn't find the plugin"),
        (1, "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/w/lib/marked.esm.js' imported from /w/test/a.js",
         "/w/lib/marked.esm.js"),
        (1, "Error: Cannot find module '../dist/index.cjs'", "../dist/index.cjs"),
        (1, "Cannot find module '/w/build/main.js'\nRequire stack:", "/w/build/main.js"),
        # No network
        (1, "npm error code ENOTFOUND\nnpm error errno ENOTFOUND", NETWORK),
        (1, "npm error network request to https://registry.npmjs.org/x failed, reason: connect ECONNREFUSED", NETWORK),
        (1, "Error: getaddrinfo EAI_AGAIN registry.npmjs.org", NETWORK),
        (6, "curl: (6) Could not resolve host: example.org", NETWORK),
        (56, "curl: (56) CONNECT tunnel failed, response 403", NETWORK),
        (1, "OSError: Tunnel connection failed: 403 Forbidden", NETWORK),
        (1, "nightshift: this session may not reach example.org:443", NETWORK),
        (128, "fatal: unable to access 'https://x/': Temporary failure in name resolution", NETWORK),
        (1, "go: example.org/x@v1: Get \"https://proxy.golang.org/\": dial tcp: lookup proxy.golang.org: no such host",
         NETWORK),
        (101, "error: failed to get `serde` as a dependency\nCaused by: download of config.json failed", NETWORK),
        (1, "[ERROR] Could not transfer artifact org.x:y:pom:1 from/to central: Network is unreachable", NETWORK),
        (1, "Cannot access central (https://repo.maven.apache.org/maven2) in offline mode", NETWORK),
        (1, "java.net.UnknownHostException: services.gradle.org", NETWORK),
        (1, "error NU1301: Unable to load the service index for source https://api.nuget.org/v3/index.json.", NETWORK),
        (17, "Could not fetch specs: Gem::RemoteFetcher::FetchError", NETWORK),
        # Versions that are left out for some days, as npm, pnpm, uv, pip and the filter say it
        (1, "npm error code ETARGET\nnpm error notarget No matching version found for @own/config@^22.2.5 with a date "
         "before 11/27/2026, 5:14:53 AM.", "no version of @own/config fits, or those that fit are younger"),
        (1, "npm error code ENOVERSIONS\nnpm error No versions available for minimist", "version of minimist"),
        (1, "  × installing dependencies\n  ╰─▶ 1 version does not meet the minimumReleaseAge constraint:\n"
         "        minimist@1.2.8 was published at 2024-02-27T16:27:09.631000+00:00,", "each version of minimist that"),
        (1, "  cause: Because only idna<=2.8 is available and you require idna>=3.7, we can conclude that your "
         "requirements are unsatisfiable.\n\nhint: `idna` was filtered by `exclude-newer` to only include", "of idna"),
        (1, "ERROR: Could not find a version that satisfies the requirement x-y>=9 (from versions: 1.0, 2.0)\n"
         "ERROR: No matching distribution found for x-y>=9", "no version of x-y fits, or those that fit are younger"),
        (1, "ERROR: Could not find a version that satisfies the requirement x-y>=9 (from versions: none)", NETWORK),
        (1, "nightshift: own 2.0 was published after 2026-07-07 12:00 UTC (`packages_older_than`)", "of own that fits"),
        # No test was found, whatever the exit code
        (5, "\nno tests ran in 0.01s", NO_TESTS),
        (0, "-----\nRan 0 tests in 0.000s\n\nOK", NO_TESTS),
        (5, "-----\nRan 0 tests in 0.000s\n\nNO TESTS RAN", NO_TESTS),
        (1, "No tests found, exiting with code 1", NO_TESTS),
        (0, "No tests found, exiting with code 0", NO_TESTS),
        (1, "No test files found, exiting with code 1\n", NO_TESTS),
        (1, 'Error: No test files found: "nowhere"', NO_TESTS),
        (0, "\n\n  0 passing (1ms)\n", NO_TESTS),
        (0, "?   \texample.org/x\t[no test files]", NO_TESTS),
        (0, "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored", NO_TESTS),
        (0, "0 examples, 0 failures", NO_TESTS),
        (1, "No tests executed!", NO_TESTS),
        (0, "[INFO] No tests to run.", NO_TESTS),
        (8, "No tests were found!!!", NO_TESTS),
        (0, "No test is available in /w/App.dll. Make sure that test discoverer is registered.", NO_TESTS),
        (2, "No specs found\nFinished in 0.008 seconds", NO_TESTS),
        (0, "TAP version 13\n1..0", NO_TESTS),
        (1, "Could not find '/w/nowhere/test'", NO_TESTS),
        (0, "Files=0, Tests=0,  0 wallclock secs", NO_TESTS),
    ],
)  # fmt: skip
def test_what_kept_a_command_from_running_is_named(code: int, output: str, says: str) -> None:
    assert says in find_obstacle(code, output, ran_tests=False)


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (0, ""),
        (0, "all files formatted"),
        (0, "warning: foo: command not found"),
        (1, ""),
        (1, "the clock is wrong"),
        (1, "a.py:1:1: F401 unused import"),
        (1, "Error: Cannot find module './nope'\nRequire stack:"),
        (1, "error TS2307: Cannot find module '../clock'"),
        (1, "Error: Cannot find module 'test/support/env'\nRequire stack:"),
        (1, "Error: Cannot find module 'src/clock'\nRequire stack:"),
        (2, "make: *** [Makefile:3: test] Error 1"),
        (1, "ImportError: cannot import name 'g' from 'app'"),
        (1, "SyntaxError: invalid syntax"),
        (2, "E   ModuleNotFoundError: No module named 'app.gone'"),
        (101, "error[E0425]: cannot find value `x` in this scope"),
        # Tests ran: what the failing ones say is theirs.
        (1, "ConnectionError: Could not resolve host\n=== 1 failed, 3 passed in 1s ==="),
        (1, "OSError: [Errno 101] Network is unreachable\nRan 3 tests in 0.1s\n\nFAILED (errors=1)"),
        (1, "FAIL\texample.org/x\t0.1s\ndial tcp: lookup x"),
        (1, "Tests: 1 failed, 2 passed, 3 total\ngetaddrinfo ENOTFOUND"),
        # so it is with jasmine, ava, karma, node, cucumber
        (1, "12 specs, 1 failure\nconnect ECONNREFUSED 127.0.0.1:1"),
        (1, "getaddrinfo ENOTFOUND\n  1 test failed"),
        (1, "  ✘ 2 tests failed\nECONNREFUSED"),
        (1, "Executed 3 of 3 (1 FAILED)\nETIMEDOUT"),
        (1, "# pass 3\n# fail 1\nECONNREFUSED"),
        (1, "3 scenarios, 1 failed\nENOTFOUND"),
        (1, "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/w/lib/clock.js' imported from /w/test/a.js"),
        (1, "Error: Cannot find module '../src/distance'"),
        (1, "E   requests.ConnectionError: No route to host\n1 failed in 3s\npytest: error: unrecognized arguments: x"),
        (0, "?   \texample.org/x\t[no test files]\nok  \texample.org/x/y\t0.1s"),
        (0, "running 0 tests\ntest result: ok. 0 passed\nrunning 2 tests\ntest result: ok. 2 passed; 0 failed"),
        (0, "no tests ran in 0.01s\n3 passed in 0.1s"),
    ],
)  # fmt: skip
def test_what_failed_by_itself_had_no_obstacle(code: int, output: str) -> None:
    assert find_obstacle(code, output, ran_tests=False, own=("app",)) == ""


def test_where_a_report_names_tests_that_ran_nothing_kept_them_from_it() -> None:
    assert find_obstacle(1, "curl: (6) Could not resolve host: example.org", ran_tests=True) == ""


def test_a_refused_host_is_an_obstacle_where_its_answer_shows() -> None:
    """A 403 alone may be what the code under test answers."""
    output, refused = "urllib.error.HTTPError: HTTP Error 403: Forbidden", ("example.org:80",)

    assert find_obstacle(1, output, ran_tests=False, refused=refused) == f"{NETWORK}: example.org:80"
    assert find_obstacle(1, output, ran_tests=False) == ""
    assert find_obstacle(1, "the clock is wrong", ran_tests=False, refused=refused) == ""
    assert find_obstacle(1, output, ran_tests=True, refused=refused) == ""


def test_an_own_package_that_is_not_installed_is_an_obstacle() -> None:
    """One of its modules that is missing is a fault of the code."""
    own = own_modules(["src/click/core.py", "setup.py", "docs/conf.md"])

    assert own == {"click", "setup"}
    assert "click is not installed" in find_obstacle(
        2, "ModuleNotFoundError: No module named 'click'", ran_tests=False, own=own
    )
    assert find_obstacle(2, "ModuleNotFoundError: No module named 'click.gone'", ran_tests=False, own=own) == ""


@pytest.mark.parametrize("line", ["a " * 100_000, "\n" * 200_000, "ENOTFOUN" * 30_000, " : not found" * 20_000])
def test_hostile_output_is_searched_in_bounded_time(line: str) -> None:
    """A pattern that takes the square of this length would take minutes."""
    find_obstacle(1, line, ran_tests=False)


@pytest.mark.parametrize(
    ("output", "refused", "says"),
    [
        ("npm error 403 Forbidden - GET https://npm.example.org/x", ("npm.example.org:443",), "npm.example.org"),
        ("proxy: ENOTFOUND b.example.org", ("a.example.org:443", "b.example.org:443"), "b.example.org"),
        ("Tunnel connection failed: 403 Forbidden", ("a.example.org:8443",), "a.example.org:8443"),
        (
            "CONNECT tunnel failed, response 403",
            ("pip.example.org:443 (in a private network)",),
            "pip.example.org (in a private network)",
        ),
    ],
)
def test_the_refused_host_is_the_reason_and_not_the_line_that_shows_it(
    output: str, refused: tuple[str, ...], says: str
) -> None:
    assert find_obstacle(1, output, ran_tests=False, refused=refused) == f"{NETWORK}: {says}"
    failed = FailedSetUp(
        command="npm ci", reason="package-lock.json", ran=Ran(code=1, seconds=1.0, output=output), refused=refused
    )
    assert failed.obstacle == f"set-up failed: {NETWORK}: {says}, at `npm ci` (package-lock.json)"


def test_a_set_up_whose_output_says_nothing_is_named_with_its_end() -> None:
    ran = Ran(code=3, seconds=1.0, output="no such package")
    failed = FailedSetUp(command="make dev", reason="Makefile", ran=ran, refused=("telemetry.example.org:443",))

    assert failed.obstacle == "set-up failed: `make dev` (Makefile): exit 3"


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("ERROR: test_a (unittest.loader._FailedTest.test_a)\nModuleNotFoundError: No module named 'yaml'\n"
         "Ran 1 test in 0.000s\n\nFAILED (errors=1)", "yaml"),
        ("ModuleNotFoundError: No module named 'yaml'\n1 error in 0.10s", "yaml"),
        ("Error: Cannot find module 'chalk'\n✖ a.test.js (31ms)\nℹ tests 1\nℹ pass 0\nℹ fail 1", "chalk"),
        ("TAP version 13\n# Error: Cannot find module 'chalk'\nnot ok 1 - a.test.js\n1..1\n# tests 1\n# fail 1",
         "chalk"),
        ("Cannot find module 'chalk' from 'a.test.js'\nTest Suites: 1 failed, 1 total\nTests:       0 total", "chalk"),
        (" FAIL  a.test.ts [ a.test.ts ]\nError: Cannot find package 'chalk' imported\n"
         " Test Files  1 failed (1)\n      Tests  no tests", "chalk"),
        ("error: Cannot find package 'chalk' from '/w/a.test.ts'\n 0 pass\n 1 fail\nRan 1 test across 1 file.",
         "chalk"),
    ],
)  # fmt: skip
def test_where_only_files_that_cannot_be_loaded_are_counted_a_module_is_missing(output: str, says: str) -> None:
    assert says in find_obstacle(1, output, ran_tests=False, not_loaded=1)


@pytest.mark.parametrize(
    "output",
    [
        "ERROR: test_a (unittest.loader._FailedTest.test_a)\nNo module named 'yaml'\nRan 3 tests in 0.001s",
        "ModuleNotFoundError: No module named 'yaml'\n2 passed, 1 error in 0.10s",
        "Cannot find module 'chalk'\nTest Suites: 1 failed, 1 passed, 2 total\nTests:       4 passed, 4 total",
        "Cannot find module 'chalk'\nok 1 - works\nnot ok 2 - a.test.js\n1..2",
        "SyntaxError: invalid syntax\nRan 0 tests in 0.000s",
    ],
)
def test_tests_that_ran_beside_a_file_that_cannot_be_loaded_say_something(output: str) -> None:
    """And a file that cannot be loaded for another reason than what is missing here is a fault of the code."""
    assert find_obstacle(1, output, ran_tests=False, not_loaded=1) == ""
