"""`python -m bot` is `nightshift`."""

from bot.cli import main

main()
