"""The gate's client: what Claude Code calls before each tool.

It hands the call to the session's gate and prints the answer. Every failure ends with exit code 2, which refuses the
call: no gate, no answer in time, an answer cut short. It starts for every call, so it imports only what is compiled
into Python: `socket` and `os` are built on `_socket` and `posix`, which load in a tenth of the time.
"""

import sys
from _socket import AF_UNIX, SOCK_STREAM
from _socket import socket as Socket  # noqa: N812 -- it is a class
from posix import chdir

INPUT_LIMIT = 8 * 1024 * 1024
ANSWER_LIMIT = 1024 * 1024
SECONDS = 8.0
LENGTH_DIGITS = 8


def main() -> int:
    """Ask the gate; an exit code of 0 means that its answer was printed whole."""
    try:
        return ask_and_print()
    except Exception as error:  # noqa: BLE001 -- whatever fails here, the call must not run
        return refuse(f"its client failed ({error!r})")


def ask_and_print() -> int:
    """Ask the gate in the control folder named by the first argument."""
    if len(sys.argv) != 2:  # noqa: PLR2004 -- the program and the control folder
        return refuse("usage: gate.py CONTROL_FOLDER")
    call = sys.stdin.buffer.read(INPUT_LIMIT + 1)
    if len(call) > INPUT_LIMIT:
        return refuse("the call is too large to be judged")
    try:
        chdir(sys.argv[1])  # a socket's address has 108 bytes at most, a folder may have more
        answer = ask("gate.sock", call)
    except OSError as error:
        return refuse(f"the gate does not answer ({error})")
    if answer is None:
        return refuse("the gate's answer is cut short")
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 0


def ask(address: str, call: bytes, seconds: float = SECONDS) -> bytes | None:
    """The gate's answer; None unless it is as long as it says. Raises OSError, also after `seconds` of silence."""
    connection = Socket(AF_UNIX, SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect(address)
        connection.sendall(b"%0*d" % (LENGTH_DIGITS, len(call)) + call)
        length = receive(connection, LENGTH_DIGITS)
        if not length.isdigit() or int(length) > ANSWER_LIMIT:
            return None
        answer = receive(connection, int(length))
    finally:
        connection.close()
    whole = len(answer) == int(length) and answer.startswith(b'{"hookSpecificOutput":') and answer.endswith(b"}}")
    return answer if whole else None


def receive(connection: Socket, length: int) -> bytes:
    """Up to `length` bytes; fewer if the other end stops."""
    received = b""
    while len(received) < length:
        piece = connection.recv(min(65536, length - len(received)))
        if not piece:
            break
        received += piece
    return received


def refuse(reason: str) -> int:
    """Say why on standard error, where the model reads it; exit code 2 refuses the call."""
    sys.stderr.write(f"The gate refuses: {reason}. Nothing runs without its grant.\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
