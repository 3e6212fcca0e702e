"""Azure Automation runbook: print the fleet at a glance; start and record nothing.

Parameter 1, optional: one JSON object with plan, inputs, clusters, dryRun, deadlineMinutes, cloud, clientId,
ingestionEndpoint, dcrId, workspaceId; what it leaves out is taken from the account's variables (AZLOCAL_PLAN
and so on), then from the environment. Signs in as the managed identity that clientId names.
"""

import sys

from azlocal.automation import show

if __name__ == "__main__":
    show(sys.argv[1:])
