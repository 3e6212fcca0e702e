"""Azure Automation runbook: print the fleet at a glance; start and record nothing.

Parameter 1, optional: one JSON object with plan, inputs, clusters, dryRun, deadlineMinutes; what it leaves
out is taken from the environment (AZLOCAL_PLAN and so on). Signs in as the account's managed identity.
"""

import sys

from azlocal.automation import show

if __name__ == "__main__":
    show(sys.argv[1:])
