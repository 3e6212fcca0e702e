"""The api-versions the sandbox takes, per provider: every one the public sources name.

Source: Azure/azure-rest-api-specs folder names and the default versions of the Azure SDKs.
"""

HCI = frozenset(
    {
        "2020-10-01",
        "2021-09-01",
        "2022-01-01",
        "2022-03-01",
        "2022-05-01",
        "2022-09-01",
        "2022-10-01",
        "2022-12-01",
        "2022-12-15-preview",
        "2023-02-01",
        "2023-03-01",
        "2023-06-01",
        "2023-08-01",
        "2023-08-01-preview",
        "2023-09-01-preview",
        "2023-11-01-preview",
        "2024-01-01",
        "2024-02-15-preview",
        "2024-04-01",
        "2024-09-01-preview",
        "2024-12-01-preview",
        "2025-02-01-preview",
        "2025-09-15-preview",
        "2025-10-01",
        "2026-02-01",
        "2026-04-30",
        "2026-05-01-preview",
        "2026-10-01",
    }
)
# deploymentSettings and edgeDevices exist since these; older versions answer NoRegisteredProviderFound.
HCI_DEPLOYMENT = frozenset(version for version in HCI if version >= "2023-08-01-preview")
HCI_UPDATES = frozenset(version for version in HCI if version >= "2022-12-01")
HYBRID_COMPUTE = frozenset(
    {
        "2020-08-02",
        "2021-05-20",
        "2022-03-10",
        "2022-11-10",
        "2022-12-27",
        "2023-03-15-preview",
        "2023-06-20-preview",
        "2023-10-03-preview",
        "2024-03-31-preview",
        "2024-05-20-preview",
        "2024-07-10",
        "2024-07-31-preview",
        "2024-11-10-preview",
        "2025-01-13",
        "2025-02-19-preview",
        "2025-06-01",
        "2026-06-16-preview",
        "2026-07-15",
    }
)
DEPLOYMENTS = frozenset(
    {
        "2018-05-01",
        "2019-10-01",
        "2020-06-01",
        "2020-10-01",
        "2021-01-01",
        "2021-04-01",
        "2022-09-01",
        "2023-07-01",
        "2024-03-01",
        "2024-07-01",
        "2024-11-01",
        "2025-03-01",
        "2025-04-01",
        "2026-06-01",
    }
)
RESOURCES = frozenset(
    {
        "2016-02-01",
        "2018-05-01",
        "2019-10-01",
        "2020-01-01",
        "2020-06-01",
        "2020-10-01",
        "2021-01-01",
        "2021-04-01",
        "2022-09-01",
        "2022-12-01",
        "2023-07-01",
        "2024-03-01",
        "2024-07-01",
        "2024-11-01",
        "2025-03-01",
        "2025-04-01",
    }
)
RESOURCE_GRAPH = frozenset(
    {
        "2019-04-01",
        "2020-04-01-preview",
        "2021-03-01",
        "2021-06-01-preview",
        "2022-10-01",
        "2024-04-01",
    }
)
STORAGE = frozenset(
    {
        "2019-06-01",
        "2021-04-01",
        "2021-09-01",
        "2022-05-01",
        "2022-09-01",
        "2023-01-01",
        "2023-05-01",
        "2024-01-01",
        "2025-01-01",
        "2025-06-01",
        "2026-04-01",
    }
)
RESOURCE_BRIDGE = frozenset({"2022-04-15-preview", "2022-10-27", "2025-03-01-preview"})
CUSTOM_LOCATION = frozenset({"2021-08-15", "2021-08-31-preview"})
AUTHORIZATION = frozenset({"2015-07-01", "2018-01-01-preview", "2020-04-01-preview", "2022-04-01"})
LOCKS = frozenset({"2016-09-01", "2020-05-01"})
KEY_VAULT = frozenset(
    {
        "2019-09-01",
        "2021-10-01",
        "2022-07-01",
        "2023-02-01",
        "2023-07-01",
        "2024-11-01",
        "2026-02-01",
    }
)
INSIGHTS = frozenset(
    {
        "2015-04-01",
        "2017-05-01-preview",
        "2021-05-01-preview",
        "2021-09-01-preview",
        "2022-06-01",
        "2023-03-11",
        "2024-03-11",
    }
)
