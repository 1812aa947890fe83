# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A lab in a process of its own: python -m lab DIRECTORY [--fresh]

Prints one line of JSON when all ports answer, and runs until SIGTERM or SIGINT, or, when its input
is a pipe, until the other end closes.
"""

import argparse
import json
import os
import signal
import stat
import sys
import threading
from pathlib import Path

from . import Lab, LabError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab", description="Run a private mail server.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--fresh", action="store_true", help="forget the accounts and mail of earlier runs")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: ended.set())
    try:
        with Lab(options.directory, fresh=options.fresh) as lab:
            facts = {
                "pid": os.getpid(),
                "host": lab.host,
                "ports": lab.ports,
                "certificate_ports": lab.certificate_ports,
                "ca_file": str(lab.ca_file),
                "accounts": {account.address: account.password for account in lab.accounts},
            }
            print(json.dumps(facts), flush=True)
            if stat.S_ISFIFO(os.fstat(0).st_mode):
                # A parent that is killed cannot send a signal, but its end of the pipe closes.
                threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
            ended.wait()
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
