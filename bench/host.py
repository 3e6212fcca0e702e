"""The sandbox of one size, in a process of its own: `python -m bench.host SCENARIO READY_FILE`.

Azure's quotas hold: Resource Graph's always, those of ARM where `quotas` is written into the file of switches
that it reads before each line of its standard input. Ends when its standard input does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from azlocal.sandbox.run import Sandbox, write_ready


def main() -> None:
    """Serve, and obey one word a line: `quotas` and `free` switch the quotas of ARM."""
    scenario, ready = sys.argv[1:3]
    with Sandbox.start(scenario) as sandbox:
        azure = sandbox.front.azure
        azure.quotas_on = True
        write_ready(Path(ready), sandbox.ready)
        print("ready", flush=True)
        for line in sys.stdin:
            azure.quotas_on = line.strip() == "quotas"
            sandbox.front.buckets = type(sandbox.front.buckets)()
            print("done", flush=True)


if __name__ == "__main__":
    main()
