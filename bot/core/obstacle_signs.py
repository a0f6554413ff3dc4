"""What runners and shells print when a command could not run, or when tests did run, as patterns.

Each is one that a program was seen to print. What they mean together, `bot.core.obstacles` decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bot.core.ran import NO_TESTS
from bot.core.untrusted import one_line

LONGEST = 160


@dataclass(frozen=True, slots=True)
class Sign:
    """`says`: a format for the first group of the pattern that matched."""

    pattern: str
    says: str

    def find(self, text: str) -> str | None:
        found = _compile(self.pattern).search(text)
        if found is None:
            return None
        what = next((group for group in found.groups() if group), "something")
        return one_line(self.says.format(what.strip()), LONGEST)


def _signs(says: str, *patterns: str) -> tuple[Sign, ...]:
    return tuple(Sign(pattern, says) for pattern in patterns)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """When it is needed: compiling all of them takes as long as a tenth of a worker's start."""
    return re.compile(pattern, re.MULTILINE)


TESTS_RAN = re.compile(
    r"^Ran [1-9]\d* tests? in |\b[1-9]\d* (?:passed|failed|passing|failing|examples?,|assertions)\b"
    r"|^Tests: +.*[1-9]\d* total|^test result: .* [1-9]\d* (?:passed|failed)|^(?:ok|FAIL)[ \t]+\S+[ \t]+[\d.]+s"
    r"|^(?:ok|FAIL)[ \t]+\S+[ \t]+\(cached\)|Tests run: [1-9]|^# tests [1-9]|^ℹ tests [1-9]|^OK \([1-9]\d* tests?"
    r"|^[ \t]*\d+% tests passed, \d+ tests failed out of [1-9]|^(?:not )?ok [1-9]|^Total tests: [1-9]"
    r"|^(?:Passed|Failed)! +- Failed:|^Ran [1-9]\d* tests? across|^\[ +(?:OK|FAILED) +\] "
    r"|^[ \t]*[1-9]\d* specs?, \d+ failures?|^[ \t]*(?:[✔✘✖] )?[1-9]\d* (?:tests?|assertions?) (?:passed|failed)\b"
    r"|^[1-9]\d* (?:scenarios?|runs|tests), \d+ |^# (?:pass|fail) +[1-9]|^[ \t]*Executed [1-9]\d* of \d+\b"
    r"|^Total: +[1-9]\d*, Failed:|^\d+ of [1-9]\d* tests? (?:passed|failed)",
    re.MULTILINE,
)
OF_FILES = re.compile(r"^[ \t]*(?:Test Suites:|Test Files |Snapshots:|Failed Suites )[^\n]*", re.MULTILINE)
COUNTED = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^Ran (\d+) tests? (?:in|across) ",
        r"\b(\d+) (?:passed|failed|passing|failing)\b",
        r"^Tests: +.*?(\d+) total",
        r"^(?:#|ℹ) tests (\d+)",
        r"^ *(?:not )?ok ()[1-9]",
        r"^(?:ok|FAIL)[ \t]+\S+[ \t]+()(?:[\d.]+s|\(cached\))",
        r"^[ \t]*\d+% tests passed, \d+ tests failed out of (\d+)",
    )
)
"""Numbers of tests that ran, in which what could not be loaded is counted too; a line without a number is one test."""
EMPTY_RUNS = _signs(
    NO_TESTS,
    r"^Ran 0 tests in ",  # unittest
    r"^(?:=+ )?(?:no tests ran|(?:\d+ deselected)|no tests collected)\b.* in [\d.]+s",  # pytest
    r"No tests found, exiting with code|^No tests found\b",  # jest
    r"No test files found",  # vitest, mocha
    r"No tests? (?:files )?(?:were|was) found|Could(?:n't| not) find any (?:tests|files to test)",
    r"^[ \t]+0 passing\b(?![\s\S]*[1-9]\d* failing)",  # mocha
    r"^\?[ \t]+\S+[ \t]+\[no test files\]|^go: warning: .* matched no packages|^no Go files in ",
    r"^[ \t]*0 examples, 0 failures(?!, \d+ errors? occurred outside)",  # rspec
    r"No tests executed!|^No tests found in class",  # phpunit
    r"No tests to run\b|There are no tests to run",  # surefire, mix
    r"No tests were found!!!|^No tests? (?:is|was|were) (?:found|available|discovered)",  # ctest, dotnet
    r"No test is available in |No test matches the given testcase filter",
    r"^error: No test modules found|^Error: No test modules? found",  # deno
    r"^No specs? found|^Incomplete: No specs found",  # jasmine
    r"^[ \t]*(?:error: )?0 test files matching|did not match any test files",  # bun
    r"^[ \t]*Could not find '.*test.*'$",  # node
    r"^1\.\.0\b|^ℹ tests 0$|^# tests 0$",
    r"^test result: ok\. 0 passed; 0 failed; 0 ignored",  # cargo
    r"^Files=0, Tests=0|^0 (?:runs|tests), 0 assertions",
    r"Couldn't find any files to test|✘ No test files were found|^  ✖ (?:No|Couldn't)",  # ava
    r"> Task :\S*test NO-SOURCE",  # gradle
)
MISSING_PROGRAMS = _signs(
    "{0}: command not found",
    r"^(?:\S+: )?(?:line \d+: )?([\w./@+-]+): command not found$",
    r"^(?:/\S+|sh|dash|ash|bash): (?:\d+: |line \d+: )?(?:exec: )?([\w./@+-]+): not found$",
    r"^make(?:\[\d+\])?: ([\w./@+-]+): (?:No such file or directory|Command not found)$",
    r"^(?:\S+/)?env: ['‘]?([\w./@+-]+)['’]?: No such file or directory$",
    r"^(?:.*\s)?([\w./@+-]+): cannot execute: required file not found$",
    r"^bundler: command not found: ([\w.-]+)$",
    r"^error: (?:Failed to spawn: `([\w.-]+)`|no such command: `[\w-]+`)",
    r"^(?:error: )?spawn ([\w./-]+) ENOENT",
    r"exec: \"([\w./-]+)\": executable file not found in \$PATH",
    r"^pyenv: ([\w.-]+): command not found",
    r"^Could not (?:find|open) command ['\"]?([\w.-]+)",
    r"^ERROR: *(?:InvocationError|InterpreterNotFound): ?(?:could not find executable )?([\w./-]+)",
    r"^(?:zsh|fish): (?:command not found|Unknown command): ([\w.-]+)",
)
MISSING_TOOLS = _signs(
    "{0}",
    r"^((?:Error: |The )?JAVA_HOME (?:environment variable )?is (?:not set|not defined|set to an invalid)[^\n]*)",
    r"^((?:The operation couldn’t be completed\. )?Unable to locate a Java Runtime[^\n]*)",
    r"^(pyenv: version `[^\n]+' is not installed[^\n]*)",
    r"^(error: toolchain '[^\n]+' is not installed)",
    r"^(error: rustup could not choose a version of [^\n]+)",
    r"^(go: go\.mod requires go [^\n]+|go: errors parsing go\.mod[^\n]*)",
    r"^(error: rustc [\d.]+ is not supported by [^\n]+)",
    r"(requires Python [^\n]+|Package '[^\n]+' requires a different Python[^\n]*)",
    r"^[^\n]*(Unsupported engine[^\n]*|The engine \"\w+\" is incompatible[^\n]*|ERR_PNPM_UNSUPPORTED_ENGINE[^\n]*)",
    r"(Cannot connect to the Docker daemon[^\n]*|docker: command not found)",
    r"^(Your Ruby version is [^\n]+|rbenv: version `[^\n]+' is not installed[^\n]*)",
    r"^(A compatible (?:\.NET )?SDK (?:was not found|version)[^\n]*|No \.NET SDKs were found[^\n]*)",
    r"(No compatible toolchains found[^\n]*|Could not find or load main class org\.gradle[^\n]*)",
    r"(Error: Could not find or load main class org\.apache\.maven[^\n]*)",
    r"^(ERROR: for [^\n]*(?:Conflict|Cannot start service)[^\n]*|error: linker `cc` not found)",
    r"^(npm error|npm ERR!) code EBADENGINE",
    r"(Executable doesn't exist at [^\n]*ms-playwright[^\n]*|Could not find Chrom(?:e|ium) \(ver[^\n]*)",
)
MISSING_SCRIPTS = _signs(
    "{0}",
    r"[Mm](issing script: \"?[\w:.-]+\"?)",
    r"(error Command \"[\w:.-]+\" not found\.|Couldn't find a script named \"[\w:.-]+\")",
    r"(ERR_PNPM_NO_SCRIPT[^\n]*|ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL +Command \"[^\n]+\" not found)",
    r"^make(?:\[\d+\])?: \*\*\* (No rule to make target [`'][^'\n]+')",
    r"^make(?:\[\d+\])?: \*\*\* (No targets specified and no makefile found)",
    r"^error: (Justfile does not contain recipe [^\n]+|No justfile found)",
    r"(Don't know how to build task '[^\n']+'|No Rakefile found)",
    r"(Task '[^\n']+' not found in (?:root )?project[^\n]*)",
    r"\*\* \(Mix\) (The task \"[^\n]+\" could not be found[^\n]*)",
    r"(Command \"[\w:.-]+\" is not defined\.|Script \"[\w:.-]+\" is not defined in this package)",
    r"(error: Script not found \"[^\n]+\"|Task not found: [\w:.-]+)",
)
NOT_STARTED = _signs(
    # Runners that refuse their own settings or options: no test ran, and none of the code was asked.
    "{0}",
    r"^(?:\S+: )?error: (unrecognized arguments: [^\n]+)",
    r"^ERROR: ((?:usage|Missing required plugins|[^\n]*requires pytest-)[^\n]*|[^\n]*minversion[^\n]*)",
    r"^(?:\S*pytest\S*|ERROR): ([^\n]*'minversion' requires[^\n]*|[^\n]*Unknown config option[^\n]*)",
    r"^pytest: error: (argument [^\n]+)",
    r"(Requested setting \w+, but settings are not configured)",
    r"^[^\n]*(ImproperlyConfigured: [^\n]*DJANGO_SETTINGS_MODULE[^\n]*)",
    r"(No binary for \w+ browser on your platform|Cannot start (?:Chrome|Firefox|Safari)\w*)",
    r"(ESLint couldn't find (?:an eslint\.config|a configuration file|the config|the plugin)[^\n]*)",
    r"(Preset \S+ not found|Couldn't find (?:preset|plugin) [^\n]+)",
    r"(Validation Error: +Preset [^\n]+|● Validation Error:)",
    r"(Cannot find (?:module|package) '(?:\./|\.\./|file:|/)[^'\n]*"
    r"(?:\b(?:dist|build|out|cjs|esm|umd)/[^'\n]+|\blib/[^'\n]*\.(?:esm|cjs|umd|min|bundle)\.[cm]?js)')",  # not built
    r"(error TS5058: [^\n]+|error TS18003: [^\n]+)",
    r"(No configurations? provided to (?:karma|the runner)[^\n]*|Error: No karma\.conf[^\n]*)",
    r"^(Error: Unknown (?:option|argument|reporter)s?:? [^\n]+)",
)
MISSING_PARTS = _signs(
    "{0} is not installed",
    r"Cannot find (?:module|package) ['\"]((?![./~]|node:|file:|(?:tests?|spec|src|lib)/)[^'\"\n]+)['\"]",
    r"ERR_MODULE_NOT_FOUND.*['\"]((?![./])[^'\"\n]+)['\"]",
    r"(?:Failed to resolve import|Could not resolve|Can't resolve) ['\"]((?![./~])[^'\"\n]+)['\"]",
    r"cannot load such file -- ((?!/)[\w./-]+) \(?LoadError|cannot load such file -- ((?!/)[\w./-]+)$",
    r"(?:Could not find|can't find) (?:gem '?)?([\w.-]+)[^\n]* (?:in (?:any of the sources|locally)|\(Gem::)",
    r"Can't locate ([\w/]+\.pm) in @INC",
    r"((?:vendor/)?autoload\.php)['\"]?\)?: [Ff]ailed to open stream",
    r"^(?:\S+: )?no required module provides package ([^\s;:]+)",
    r"cannot find (?:module providing package|package) \"?([^\s\"]+)",
    r"missing go\.sum entry for module providing package (\S+)",
    r"^error: no matching package named `([^`]+)` found",
    r"Could not (?:find|resolve) (?:artifact|plugin|dependencies for project) ([^\s]+)",
    r"Could not find a package configuration file provided by \"([^\"]+)\"",
    r"fatal error: '?([\w./+-]+\.h(?:pp)?)'?(?::| file not found)",
    r"error: (?:Unable to find package|unable to find library -l)([\w .-]+)",
    r"(?:Unchecked dependencies for environment|the dependency is not available, run \"mix deps\.get\")()",
    r"error NETSDK1004: (Assets file) ",
    r"Couldn't find the binary ([\w.-]+)|Could not find a declaration file for module '((?!\.)[^']+)'",
)
TOO_YOUNG = "younger than `packages_older_than` allows"
YOUNG_VERSIONS = _signs(
    f"each version of {{0}} that fits is {TOO_YOUNG}",  # as pnpm, uv and the filter of egress say it
    r"does not meet the minimumReleaseAge constraint:?\s{1,20}(@?[\w./-]{1,200})@",
    r"hint: `([\w.-]{1,200})` was filtered by `exclude-newer`",
    r"nightshift: (@?[\w./-]{1,200}) \S{1,100} was published after ",
) + _signs(  # npm and pip do not tell; where pip lists nothing, the index could not be read
    f"no version of {{0}} fits, or those that fit are {TOO_YOUNG}",
    r"No (?:matching version found|versions available) for (@?[\w./-]{1,200})(?:@[^\n]{0,500} with a date before|$)",
    r"satisfies the requirement ([\w.-]{1,200})[^\n]{0,500}\(from versions: (?!none\b)",
)
NO_NETWORK = re.compile(
    # As Node, resolvers, curl, Python, Go, Java, Rust, Ruby, PHP and .NET name it; and the filter's own answers.
    r"ENOTFOUND|EAI_AGAIN|ERR_SOCKET_TIMEOUT|ERR_PNPM_(?:META_)?FETCH|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH"
    r"|Could not resolve host|Temporary failure in name resolution|Name or service not known|nodename nor servname"
    r"|No address associated with hostname|[Uu]nknown host\b|Network is unreachable|No route to host"
    r"|[Nn]ame resolution (?:failed|error)|dial tcp: lookup|proxyconnect tcp|GOPROXY list is not the empty string"
    r"|Tunnel connection failed: 403|CONNECT tunnel failed|ProxyError|from proxy after CONNECT|Proxy CONNECT aborted"
    r"|this session may not reach|leads into a private network|UnknownHostException|Could not transfer artifact"
    r"|Cannot access \S+ \(\S+\) in offline mode|No cached version of \S+ available for offline mode"
    r"|error: failed to (?:get|download|fetch|query)|failed to download from|spurious network error"
    r"|Failed to establish a new connection|Max retries exceeded|Failed to download resource|Failed to fetch"
    r"|Bundler::HTTPError|Gem::RemoteFetcher|SocketError: Failed to open TCP|curl error \d+ while downloading"
    r"|file could not be downloaded|NU1301|Unable to load the service index|request to https?://\S+ failed"
    r"|network (?:timeout|request failed)|getaddrinfo|Could not find a version that satisfies the requirement"
)
PYTHON_MODULE = re.compile(r"(?:ModuleNotFoundError: |ImportError: |: )No module named ['\"]?([\w.]+)")
