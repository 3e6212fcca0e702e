"""What became of an announced start: whether anything stands behind an intent."""

from __future__ import annotations

from azlocal.core.facts import ClusterFacts, DeploymentFacts, SettingsFacts
from azlocal.core.steps import latest
from azlocal.core.tags import Intent


def intent_used(cluster: ClusterFacts, intent: Intent) -> bool:
    """Return whether something stands behind an intent: a deployment, or settings that came after it."""
    deployment, settings = cluster.deployment, cluster.settings
    if intent.mode == "extension":
        return False
    if isinstance(deployment, DeploymentFacts) and behind(deployment, intent):
        return True
    return isinstance(settings, SettingsFacts) and settings.mode.lower() == intent.mode and came_after(settings, intent)


def behind(deployment: DeploymentFacts, intent: Intent) -> bool:
    """Return whether *deployment* is the one an intent announced."""
    same = (deployment.mode, deployment.attempt, deployment.inputs) == (intent.mode, intent.attempt, intent.inputs)
    return same and deployment.intended_at in {None, intent.at}


def came_after(settings: SettingsFacts, intent: Intent) -> bool:
    """Return whether the settings show something that happened after an intent; without times they do not."""
    newest = latest(settings)
    return newest is not None and newest >= intent.at


def came_before(settings: SettingsFacts, intent: Intent) -> bool:
    """Return whether all that the settings show happened before an intent; without times that is not shown."""
    newest = latest(settings)
    return newest is not None and newest < intent.at


def is_ours(settings: SettingsFacts, cluster: ClusterFacts) -> bool:
    """Return whether what the settings carry was started by azlocal.

    An intent to deploy is written only over a validation of our own, so one that is older than it is ours.
    """
    intent = cluster.intent
    if not isinstance(intent, Intent):
        return False
    mode = settings.mode.lower()
    if mode == intent.mode:
        return intent_used(cluster, intent)
    return mode == "validate" and intent.mode == "deploy" and came_before(settings, intent)
