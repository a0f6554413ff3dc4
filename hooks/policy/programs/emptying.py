"""Emptying files: what they held is lost, as if they were deleted, and git tells nothing of it.

A file that is empty, or that the session made, loses nothing. Writing text into a file is everyday work and is not
looked at here; nothing, blanks, and what devices give is no text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.content import check_emptied, check_overwritten
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.sed import edits_in_place, edits_in_place_by_option, read_sed
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

NO_TEXT = re.compile(r"/dev/(null|zero|full|u?random)")
DELETES_ALL_LINES = re.compile(r"(?:\s*(?:[01],\$|/\.\*/|/[\^$]/|/\.?/!?))?\s*[dD](?:\s*;)?\s*|\s*s(.)\.\*\1\1g?\s*")
"""Scripts of sed that leave no line, or only empty ones."""
PRINTS_LINES = re.compile(r"[pPlaicrRwWe=F]").search
"""Any of these letters may be a command that prints, also where `-n` prints nothing else."""


def check_truncate(command: Command, shell: Shell) -> None:
    """`truncate -s 0 file` empties it; growing or making a file is fine."""
    options = parse(command.arguments, value_options("truncate"))
    size = options.value("-s", "--size") or ""
    for operand in options.operands:
        for path in shell.resolve(operand):
            check_write(path, shell)
        if re.fullmatch(r"[<-]?0+[KMGB]*", size):
            check_emptied(operand, shell)
        elif not re.match(r"[+>%]", size):
            check_overwritten(operand, shell)


def check_copied_device(command: Command, shell: Shell) -> None:
    """`cp /dev/null file`, `mv /dev/null file`, `ln -sf /dev/null file`: nothing of the file is left."""
    options = parse(command.arguments, value_options("copy"))
    if any(NO_TEXT.fullmatch(source) for source in options.operands[:-1]):
        check_emptied(options.operands[-1], shell)


def check_dd_input(command: Command, shell: Shell) -> None:
    """`dd if=/dev/null of=file`, `dd count=0 of=file`, `dd of=file < /dev/null`."""
    values = {name: value for name, _, value in (word.partition("=") for word in command.arguments)}
    source = values.get("if", command.feed.path or "")
    if "of" not in values or "notrunc" in values.get("conv", ""):
        return
    if source == "/dev/null":
        check_emptied(values["of"], shell)
    elif NO_TEXT.fullmatch(source) or values.get("count") == "0" or command.feed.text == "":
        check_overwritten(values["of"], shell)


def check_tee_input(command: Command, shell: Shell) -> None:
    """`tee file < /dev/null`, `: | sponge file`: what is fed is empty."""
    if not command.feed.present or command.feed.text is None or command.feed.text.strip():
        return
    options = parse(command.arguments)
    check = check_emptied if command.feed.path == "/dev/null" else check_overwritten
    for operand in () if options.has("-a", "--append") else options.operands:
        check(operand, shell)


def check_sed_script(command: Command, shell: Shell) -> None:
    """`sed -i d file`: no line is left."""
    if not edits_in_place(command.arguments):
        return
    scripts, operands = read_sed(command.arguments)
    quiet = any(re.match(r"-[a-zA-Z]*n|--quiet|--silent", word) for word in command.arguments)
    if quiet and not operands:
        operands = scripts  # `sed -n -i file`
    if any(DELETES_ALL_LINES.fullmatch(each) for each in scripts) or (quiet and not any(map(PRINTS_LINES, scripts))):
        for operand in operands:
            check_emptied(operand, shell)


def check_filter_in_place(command: Command, shell: Shell) -> None:
    """`perl -i -ne '' file`, `awk -i inplace '' file`: a program that prints no line."""
    words = command.arguments
    awk = command.program.endswith("awk")
    options = parse(words, "-i --include -F -v -f -E" if awk else "-e -E -I -M -F -0")
    in_place = options.value("-i", "--include") == "inplace" if awk else edits_in_place_by_option(words)
    texts = () if awk else options.values("-e", "-E")
    if not awk and not texts:
        return  # a script
    texts, operands = (texts, options.operands) if texts else (options.operands[:1], options.operands[1:])
    if in_place and options.has("-p") and any(map(EMPTIES_LINE.fullmatch, texts)):
        for operand in operands:
            check_emptied(operand, shell)
    if not in_place or options.has("-f", "-p") or not (awk or options.has("-n")):
        return
    if not any(PRINTS_TEXT.search(text) for text in texts) and not (awk and any(map(_has_pattern, texts))):
        for operand in operands:
            check_emptied(operand, shell)


EMPTIES_LINE = re.compile(r"\s*(?:undef\s+\$_|\$_\s*=\s*(?:\"\"|''|undef)|s/\.\*//s?g?s?)\s*(?:;\s*)?")
"""`perl -p` prints each line as this leaves it."""
PRINTS_TEXT = re.compile(r"\b(?:print|printf|say|puts|p|write|syswrite|include)\b|\$stdout|STDOUT")


def _has_pattern(text: str) -> bool:
    """A pattern without a block prints the lines that it matches; `0` matches none."""
    outside = text
    while (inner := re.sub(r"\{[^{}]*\}", ";", outside)) != outside:
        outside = inner
    alone = re.sub(r"[^;\n]*;", "", outside).strip()
    return alone not in {"", "0"}


def check_sort_output(command: Command, shell: Shell) -> None:
    """`sort -o file /dev/null`."""
    options = parse(command.arguments, "-o --output -k --key -t --field-separator -S --buffer-size -T -i")
    if options.operands and all(NO_TEXT.fullmatch(word) for word in options.operands):
        for name in options.values("-o", "--output"):
            check_emptied(name, shell)


DELETES_ALL = re.compile(r"(^|[|\n:+])\s*(%|[01],\$)\s*d(e(l(ete?)?)?)?\s*($|[|\n!])")


def check_editor_script(command: Command, shell: Shell) -> None:
    """`ex -c '%d|x' file`, `ed file` fed with `1,$d`: no line is left."""
    options = parse(command.arguments, "-c --cmd -S -u -U -i -w -W -T -p")
    texts = (*options.values("-c", "--cmd"), *options.operands, command.feed.text or "")
    if any(DELETES_ALL.search(text) for text in texts):
        for operand in options.operands:
            if not operand.startswith("+"):
                check_emptied(operand, shell)


TABLE: Table = build_table(
    __name__,
    check_truncate,
    check_copied_device,
    check_dd_input,
    check_tee_input,
    check_sed_script,
    check_editor_script,
    check_filter_in_place,
    check_sort_output,
)
