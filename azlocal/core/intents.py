"""What became of an announced start: whether anything stands behind an intent."""

from __future__ import annotations

from azlocal.core.facts import ClusterFacts, DeploymentFacts, SettingsFacts
from azlocal.core.steps import latest
from azlocal.core.tags import Earlier, Intent


def intent_used(cluster: ClusterFacts, intent: Intent) -> bool:
    """Return whether something stands behind an intent: a deployment, or settings that came after it."""
    deployment, settings = cluster.deployment, cluster.settings
    if intent.mode == "extension":
        return False
    if isinstance(deployment, DeploymentFacts) and behind(deployment, intent):
        return True
    return isinstance(settings, SettingsFacts) and settings.mode.lower() == intent.mode and came_after(settings, intent)


def sent(cluster: ClusterFacts) -> tuple[Earlier, ...]:
    """Return the starts that Azure remembers azlocal to have announced on a cluster, the newest first."""
    intent, deployment = cluster.intent, cluster.deployment
    if not isinstance(intent, Intent):
        return ()
    ours = isinstance(deployment, DeploymentFacts) and behind(deployment, intent)
    known = (
        deployment.correlation_id.replace("-", "").lower() if ours and isinstance(deployment, DeploymentFacts) else ""
    )
    last = Earlier(mode=intent.mode, attempt=intent.attempt, at=intent.at, correlation=known)
    return (last, *intent.before)


def before(cluster: ClusterFacts, mode: str, attempt: int) -> tuple[Earlier, ...]:
    """Return what the next intent remembers: the starts before it, but for one of the same attempt, which came to nothing."""
    return tuple(one for one in sent(cluster) if (one.mode, one.attempt) != (mode, attempt))


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
