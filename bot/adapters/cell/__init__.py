"""The programs that run in a cell or start one, and the filter for their system calls.

`entry` runs first in a cell; `shell` hands a command over, and `server` starts it in another cell; the canary runs
`probe`.
"""
