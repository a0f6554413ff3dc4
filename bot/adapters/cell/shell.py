"""What Claude Code starts in place of a shell: `python -I -S shell.py SOCKET_FOLDER SCRIPT`.

It hands the command over to the session's command server (`server.py`), which runs it in another cell, and ends with
its exit code. Ending this program ends the command. It starts for every command, so it imports only what is compiled
into Python.
"""

import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET
from _socket import socket as Socket  # noqa: N812 -- it is a class
from posix import chdir, getcwd

SOCKET = "commands.sock"
FAILED = 126
LENGTH_DIGITS = 8
LONGEST_ANSWER = 8192
TELLS_FOLDER = " && pwd -P >| "
"""How Claude Code asks for the folder in which a command ended: it names a file that only it can see."""


def main() -> int:
    folder, script = sys.argv[1], sys.argv[2]
    script, asks_folder, target = script.rpartition(TELLS_FOLDER)
    if not asks_folder:
        script = target
    try:
        answer = ask(folder, f"{getcwd()}\0{script}" + ("\0" if asks_folder else ""))
    except OSError as error:
        answer = str(error)
    code, separator, ended_in = answer.partition("\0")
    if not separator:
        sys.stderr.write(f"The command was not run: {answer or 'the command server is gone'}\n")
        return FAILED
    if asks_folder and code == "0" and ended_in.startswith("/") and "\n" not in ended_in:
        with open(unquote(target), "w") as file:  # noqa: PTH123 -- pathlib costs more than all of this
            file.write(f"{ended_in}\n")
    return int(code)


def ask(folder: str, request: str) -> str:
    """The server's answer: the exit code, NUL, and the folder in which the command ended, where it did well."""
    asked = request.encode("utf-8", "surrogateescape")
    standard = (0).to_bytes(4, sys.byteorder) + (1).to_bytes(4, sys.byteorder) + (2).to_bytes(4, sys.byteorder)
    here = getcwd()
    connection = Socket(AF_UNIX, SOCK_STREAM)
    try:
        chdir(folder)  # a socket's address has 108 bytes at most, a folder may have more
        connection.connect(SOCKET)
        chdir(here)
        connection.sendmsg([b"%0*d" % (LENGTH_DIGITS, len(asked))], [(SOL_SOCKET, SCM_RIGHTS, standard)])
        connection.sendall(asked)
        answer = b""
        while len(answer) < LONGEST_ANSWER and (piece := connection.recv(LONGEST_ANSWER)):
            answer += piece
    finally:
        connection.close()
    return answer.decode("utf-8", "surrogateescape")


def unquote(word: str) -> str:
    """A file's name as Claude Code quotes it for a shell."""
    return word.strip().strip("'").replace("'\\''", "'").replace("'\"'\"'", "'")


if __name__ == "__main__":
    sys.exit(main())
