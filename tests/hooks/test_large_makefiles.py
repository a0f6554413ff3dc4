"""Makefiles of large projects are judged whole, and what one target among thousands does is found."""

from __future__ import annotations

import pytest

from hooks.policy import Context
from hooks.policy.programs.makefile_syntax import read_makefile, split_rule
from hooks.policy.programs.makefiles import EXPANSIONS
from tests.hooks.sessions import PlayedSession, write

OBJECTS = [f"f{number}.o" for number in range(2000)]
NAMES = " ".join(OBJECTS)
SOURCES = NAMES.replace(".o", ".c")
EXPLICIT = (
    f"app: {NAMES}\n\t$(CC) -o $@ $^\n"
    + "".join(f"{name}: {name[:-2]}.c a.h\n\t$(CC) $(CFLAGS) -c -o $@ $<\n" for name in OBJECTS)
    + f"clean:\n\trm -f app {NAMES}\n"
)
PATTERN = (
    f"SRCS = {SOURCES}\nOBJS = $(SRCS:.c=.o)\napp: $(OBJS)\n\t$(CC) -o $@ $^\n"
    "%.o: %.c\n\t@mkdir -p $(dir $@)\n\t$(CC) -MMD -c $< -o $@\nclean:\n\trm -f $(OBJS) app\n-include $(OBJS:.o=.d)\n"
)
STATIC = (
    f"OBJS := $(patsubst %.o,build/%.o,{NAMES})\nvpath %.c src\nVPATH = src:lib\n"
    "app: $(OBJS)\n\t$(CC) -o $@ $(OBJS) $(LIBS)\n"
    "$(OBJS): build/%.o: src/%.c | build\n\t$(CC) -c -o $@ $<\nbuild:\n\tmkdir -p $@\nclean:\n\trm -f $(OBJS)\n"
    "-include $(wildcard build/*.d)\n"
)
SUFFIX = f".SUFFIXES: .c .o\nlib.a: {NAMES}\n\tar rcs $@ $^\n.c.o:\n\t$(CC) -c $<\nclean:\n\trm -f {NAMES}\n"
FORMS = {"explicit": EXPLICIT, "pattern": PATTERN, "static": STATIC, "suffix": SUFFIX}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("call", ["make", "make -j8", "make clean"])
def test_a_project_of_two_thousand_objects_is_built(form: str, own: bool, call: str, a_context: Context) -> None:
    """Whether the session wrote the makefile or the repository had it."""
    session = PlayedSession(a_context, {} if own else {"Makefile": FORMS[form]})
    if own:
        assert session.call(write("Makefile", FORMS[form])).granted

    assert session.call(call).granted


@pytest.mark.parametrize("form", FORMS)
def test_such_a_makefile_costs_no_more_than_is_allowed(form: str) -> None:
    made = read_makefile(FORMS[form], lambda _name: [])
    lines = made.recipe(())

    assert made.work.spent < EXPANSIONS
    assert sum(map(len, lines)) < 4000


PUSHES = "\tgit push\n"
FORBIDDEN = {
    "a target of its own": EXPLICIT.replace("f1999.o: f1999.c a.h\n", f"f1999.o: f1999.c a.h\n{PUSHES}"),
    "another line for one": EXPLICIT.replace("-c -o $@ $<\nf1999.o", f"-c -o $@ $<\n{PUSHES}f1999.o"),
    "the pattern's line": PATTERN.replace("-MMD -c", "-c $@; git push; true"),
    "a static pattern": STATIC.replace("\t$(CC) -c -o $@ $<\n", PUSHES),
    "names with changed endings": f"S = a.c {SOURCES}\nall: $(S:.c=.o)\n$(S:.c=.o): %.o: %.c\n{PUSHES}",
    "a suffix rule": SUFFIX.replace("\t$(CC) -c $<\n", PUSHES),
    "a name that is no object": f"all: {NAMES} src\n%.o: %.c\n\t$(CC) -c $<\nsrc:\n{PUSHES}",
    "the last word of a long line": f"all:\n\techo {NAMES} && git push\n",
    "a word among many files": f"all:\n\techo {NAMES} ; git push ; echo {NAMES}\n",
    "dependencies": f"{PATTERN}-include x.d\n",
    "a target behind a chain": "".join(f"t{n}: t{n + 1}\n" for n in range(3000)) + f"t3000:\n{PUSHES}",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_one_target_of_thousands_does_is_found(name: str, a_context: Context) -> None:
    session = PlayedSession(a_context)
    session.call(write("x.d", f"app: more\nmore:\n{PUSHES}"))
    session.call(write("Makefile", FORBIDDEN[name]))

    assert session.call("make").rule == "git.push"


def test_a_pattern_for_any_name_is_used_once_in_a_chain(a_context: Context) -> None:
    """make itself builds `x.c` from no `x.c.c`."""
    session = PlayedSession(a_context)
    session.call(write("Makefile", "all: x y\n%: %.c\n\t$(CC) -o $@ $<\n.sh:\n\tcp $< $@\n"))

    assert session.call("make").granted


def test_a_line_is_spelled_for_each_name_that_is_no_file_of_a_build(a_context: Context) -> None:
    """`rm -rf $@` depends on which target it is."""
    folders = "build dist out target coverage htmlcov node_modules __pycache__"
    session = PlayedSession(a_context, {f"{name}/x": "" for name in (*folders.split(), "src")})
    text = "all: {0}\n{0}:\n\trm -rf $@\n"

    assert session.play(write("Makefile", text.format(folders)), "make").granted
    assert session.play(write("Makefile", text.format(f"{folders} src")), "make").rule == "delete.recursive"


INCLUDES = (
    "-include $(wildcard *.mk)",
    "include mk/*.mk",
    "include $(sort $(wildcard mk/*.mk))",
    "include deep.mk",
    "sinclude a.mk",
)


@pytest.mark.parametrize("line", INCLUDES)
def test_an_included_file_is_read(line: str, a_context: Context) -> None:
    """By a pattern, or from a folder of `-I`."""
    session = PlayedSession(a_context)
    for name in ("a.mk", "mk/a.mk", "inc/deep.mk"):
        session.call(write(name, f"x:\n{PUSHES}"))
    session.call(write("Makefile", f"{line}\nall:\n\techo hi\n"))

    assert session.call("make -I inc x").rule == "git.push"
    assert session.call("make -I inc all").granted


def test_an_included_file_that_the_same_call_writes_is_read(a_context: Context) -> None:
    session = PlayedSession(a_context, {"Makefile": "-include *.mk\nall:\n\techo hi\n"})

    assert session.call("printf 'x:\\n\\tgit push\\n' > a.mk && make x").rule == "git.push"


def test_lists_of_dependencies_that_a_compiler_wrote_are_not_all_read(a_context: Context) -> None:
    """There may be thousands after a build."""
    files = {f"f{number}.d": f"f{number}.o: f{number}.c a.h\n\na.h:\n" for number in range(300)}
    session = PlayedSession(a_context, {**files, "Makefile": PATTERN})

    assert session.call("make").granted
    assert session.play(write("f299.d", f"app: z\nz:\n{PUSHES}"), "make").rule == "git.push"


SHELL_SETTINGS = ('.SHELLFLAGS = -c "git push"', 'SHELL = /bin/sh -c "git push"', '.SHELLFLAGS := -ec "git push" --')


@pytest.mark.parametrize("line", SHELL_SETTINGS)
def test_flags_of_the_shell_may_hold_a_command(line: str, a_context: Context) -> None:
    session = PlayedSession(a_context)
    session.call(write("Makefile", f"{line}\nall:\n\techo hi\n"))

    assert session.call("make").rule == "git.push"


@pytest.mark.parametrize(
    "line", [".SHELLFLAGS = -eu -o pipefail -c", "SHELL := /bin/bash -e", "SHELL = /usr/bin/env bash"]
)
def test_usual_flags_of_the_shell_are_granted(line: str, a_context: Context) -> None:
    session = PlayedSession(a_context)
    session.call(write("Makefile", f"{line}\nall:\n\techo hi\n"))

    assert session.call("make").granted


def test_a_recipe_begins_with_the_prefix_that_the_file_sets(a_context: Context) -> None:
    session = PlayedSession(a_context)
    session.call(write("Makefile", ".RECIPEPREFIX = >\nall:\n> git push\n"))

    assert session.call("make").rule == "git.push"


def test_a_loop_over_many_folders_runs_their_makefiles(a_context: Context) -> None:
    """More folders than are followed by name: any makefile of the session may be meant."""
    folders = " ".join(f"d{number}" for number in range(40))
    session = PlayedSession(a_context, {"d3/Makefile": "all:\n\techo hi\n"})
    session.call(write("Makefile", f"all:\n\tfor d in {folders}; do $(MAKE) -C $$d; done\n"))

    assert session.call("make").granted
    assert session.play(write("d39/Makefile", f"all:\n{PUSHES}"), "make").rule == "git.push"


def test_a_rules_colon_is_the_first_one_outside_of_references() -> None:
    assert split_rule("$(S:.c=.o): %.o: %.c") == ("$(S:.c=.o)", "%.o: %.c")
    assert split_rule("a b&: c") == ("a b", "c")
    assert split_rule("a:: c") == ("a", "c")
    assert split_rule("$(eval x: y)") is None
    assert split_rule("X = a:b") is None
