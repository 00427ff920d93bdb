"""Claim: whatever happens to a training, it ends in a state with a name, and nothing that was finished is lost.

    python -m benchmarks.under_fire [SCENARIO ...] [--long]

Scenarios, each with real workers; the long form has more moments of each. Prints one line for each, and fails if one of
its promises did not hold. Linux; `disk` and `memory` need root, for a file system and a control group of their own.

    kill    kill -9, half of the moments inside the writing of a file     hang   a worker that is halted
    disk    a full disk, and a read-only one                              stop   how long a stop waits, in every phase
    memory  the system ends the worker                                    ends   the server ends in every way
    clock   the clock on the wall jumps by hours                          two    two servers on one folder
"""

import argparse
import importlib
import sys
import time

from benchmarks.conditions import conditions, report
from benchmarks.fire.stage import Ledger

SCENARIOS = {
    "kill": "kills", "disk": "disk", "memory": "memory", "clock": "clock",
    "hang": "hang", "stop": "stops", "ends": "ends", "two": "servers",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], metavar="SCENARIO", help="(default: all)")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    is_well = True
    for name in options.scenarios or SCENARIOS:
        before, began, ledger = conditions(), time.monotonic(), Ledger()
        scenario = getattr(importlib.import_module(f"benchmarks.fire.{SCENARIOS[name]}"), name)
        figures = scenario(ledger, is_long=options.long)
        took = round(time.monotonic() - began, 1)
        report(scenario=name, holds=not ledger.failures, failures=ledger.failures, **figures, took=took, **before)
        sys.stdout.flush()
        is_well = is_well and not ledger.failures
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
