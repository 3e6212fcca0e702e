"""Azure Automation runbook: say which clusters can be upgraded, and what blocks the others; start nothing.

Parameter 1, optional: one JSON object with plan, inputs, clusters, dryRun, deadlineMinutes; what it leaves
out is taken from the environment (AZLOCAL_PLAN and so on). Signs in as the account's managed identity.
"""

import sys

from azlocal.automation import run

if __name__ == "__main__":
    run((), sys.argv[1:])
