"""What the worker does to the ledger beside a busy web server: it takes each delivery, reads it, and marks it as done.

`python -m bot.bench.drain LEDGER` goes on until its standard input ends.
"""

from __future__ import annotations

import gc
import json
import select
import sys

from bot.adapters.store import Store
from bot.wiring import utc_now

_IDLE_SECONDS = 0.25  # as long as the worker's loop waits


def drain(store: Store) -> None:
    while True:
        with store.read() as ledger:
            delivery = ledger.deliveries.next(utc_now())
        if delivery is None:
            return
        json.loads(delivery.payload)
        with store.transaction() as ledger:
            ledger.deliveries.finish(delivery.guid, now=utc_now())


def main(address: str) -> None:
    store = Store.open(address)
    gc.freeze()  # as the worker does
    while not select.select([sys.stdin], [], [], _IDLE_SECONDS)[0]:
        drain(store)
    drain(store)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
