"""The reasons that phases, decisions and rings give, each with what it means and what ends it.

Beside these a decision may bear ARM's own error code, where ARM refused a start.
"""

from __future__ import annotations

from azlocal.core.rule import Rule

_SOURCE, _DATE = "azlocal's own rules", "2026-11"


def _reasons(where: str, *lines: str) -> tuple[Rule, ...]:
    """Return reasons from lines `Id | title | meaning | what ends it`."""
    return tuple(_reason(where, *(part.strip() for part in line.split("|"))) for line in lines)


def _reason(where: str, name: str, title: str, text: str, ends: str) -> Rule:
    return Rule(
        id=name, kind="reason", title=title, text=text, source=_SOURCE, date=_DATE,
        details=(("Told of", where), ("Ends when", ends)),
    )  # fmt: skip


PHASES = _reasons(
    "phases",
    "Os22H2 | On 22H2 | Every node runs the OS from before the upgrade. | the OS is upgraded",
    "OsUpgrading | OS upgrade under way | The nodes run different builds. | every node runs one build",
    "OsUpgradeRequired | OS upgrade required | Every node runs 22H2. | the OS is upgraded",
    "OsUpgradeRunning | OS upgrade running | The nodes run different builds. | every node runs one build",
    "Candidate | Candidate | Every precondition is met that Azure can show. | a validation starts",
    "Blocked | Blocked | A precondition or a row of the support matrix is not met. | the finding is put right",
    "EvidenceMissing | Evidence missing | Something is not known that must be: not read, too old, or two sources that differ. | it can be read again",
    "Unknown | Not known | Where the cluster stands cannot be said. | it can be read again",
    "NotApplicable | Not applicable | The cluster cannot take the solution upgrade. | it is left out by the plan's scope.exclude",
    "Unreadable | Not readable | Azure did not give the cluster whole, or what it gave is too old. | it can be read again",
    "IntentUnreadable | Tag unreadable | The tag azlocal-op cannot be read, so nobody knows what was started. | the tag is corrected or removed",
    "IntentLost | Tag lost | A deployment of azlocal's is there and the tag that counts its attempts is gone. | the tag is written back, or both are removed",
    "Starting | Starting | A start was announced or sent and does not show yet. | the settings change, or 15 minutes pass",
    "IntentOpen | Start announced | A start was announced and is not visible yet. | it becomes visible, or 15 minutes pass",
    "DeploymentActive | Deployment active | ARM still works on azlocal's deployment. | the deployment ends",
    "Validating | Validating | A readiness validation runs. | it ends",
    "Validated | Validated | A readiness validation succeeded; as a decision: everything an upgrade needs is there. | an upgrade starts, or the validation grows too old",
    "ValidationFailed | Validation failed | A readiness validation failed. | the cause is fixed and a person accepts the attempt",
    "Applying | Upgrading | The upgrade runs. | it ends",
    "ApplyFailed | Upgrade failed | The upgrade failed half-way. | the cause is fixed and a person accepts the attempt; it is resumed, never begun anew",
    "StartRefused | Start refused | A start ended before the cluster began. | the cause is fixed and a person accepts the attempt",
    "CheckerRefused | Refused by the checker | The checker that runs before an upgrade refused it. | the cause is fixed and a person accepts the attempt",
    "UpgradeOverwritten | Upgrade overwritten | Others validated after azlocal had begun an upgrade, whose end Azure no longer tells. | a person looks at the cluster and accepts the attempt",
    "NoEffect | No effect | Azlocal's deployment succeeded and changed nothing; it is never repeated. | a person finds out why",
    "Finishing | Finishing | All steps succeeded and Azure is not done yet. | Azure is done",
    "Verifying | Verifying | The upgrade succeeded; what must follow is looked for. | all of it is there",
    "Upgraded | Upgraded | Upgraded and verified. | never",
    "Solution | Solution | The cluster is the solution. | never",
    "AlreadySolution | Already the solution | The cluster is the solution without azlocal's doing. | never",
    "Stuck | Stuck | The innermost step runs for too long. | it ends, or a person acts on the machine",
    "Conflicting | Conflicting | Azure's words contradict each other. | they agree again",
    "ModeUnknown | Mode unknown | deploymentSettings carry a mode that is neither Validate nor Deploy. | a person looks",
    "NothingReported | Nothing reported | A request succeeded and the cluster reported nothing. | a person looks",
    "ForeignSettings | Foreign settings | deploymentSettings are not those of an upgrade: hands off. | they are gone",
    "SettingsDeleting | Settings deleting | deploymentSettings are being deleted. | they are gone",
)

DECISIONS = _reasons(
    "decisions",
    "NoPlan | No plan | No fleet plan was named, so nothing is decided. | a plan is named",
    "NoRing | No ring | No ring of the plan selects the cluster. | a ring selects it",
    "NotRead | Settings not read | Its deployment settings were not read, so nothing starts on it. | they are read",
    "StillReporting | Still reporting | Azure still reports an operation. | the operation has ended",
    "NoLongerReady | No longer ready | Between its operations the cluster lost a precondition. | the finding is put right",
    "ExtensionOutdated | Extension outdated | The LCM extension needs an update, which the plan lets azlocal do. | it is updated",
    "ExtensionNotUpdated | Extension not updated | An update of the LCM extension had no effect. | it is updated by hand, or a person allows a retry",
    "ForeignValidation | Validated by others | Somebody else validated the settings, so azlocal validates its own. | its own validation ends",
    "ValidationStale | Validation too old | The validation is older than validationFreshFor. | it is validated again",
    "ValidationAgeUnknown | Validation of unknown age | Azure shows no step times. | it is surely too old, and validated again",
    "InputsChanged | Inputs changed | The inputs changed since they were validated. | they are validated",
    "TemplateChanged | Template changed | The template changed since it was validated with. | it is validated again",
    "EchoDiffers | Echo differs | Azure echoes another configuration than the one that was validated. | a person compares them",
    "EchoMissing | Echo missing | Azure echoes nothing to compare with. | a person compares them",
    "RetryAccepted | Retry accepted | A person accepted the failed attempt, which allows one retry. | the retry starts",
    "RetrySafe | Safe to repeat | The failure is known to pass when repeated, and the plan allows that. | the retry starts",
    "ResumeInputsDiffer | Resume with other inputs | The failed upgrade was sent with other inputs than azlocal has. | azlocal is given the echoed ones",
    "ResumeTemplateDiffers | Resume with another template | The failed upgrade was sent with another template than azlocal has. | a person resumes it in the portal",
    "InputsMissing | Inputs missing | There are no upgrade inputs for the cluster. | they are written",
    "InputsInvalid | Inputs invalid | The upgrade inputs cannot be sent. | they are corrected",
    "AttestationMissing | Attestation missing | What the validator does not test was not attested. | it is attested",
    "AttestedNo | Attested no | An operator attested that it does not hold. | it is settled, and attested again",
    "ApprovalNeeded | Approval needed | The ring is not approved for this plan and these members. | a person approves it",
    "NoWindow | No window | The ring has no window, so nothing is ever deployed in it. | the plan names windows",
    "OutsideWindow | Outside the window | No window is open. | a window opens",
    "WindowTooShort | Window too short | Too little of the window is left for an upgrade. | a longer one opens",
    "Frozen | Frozen | A freeze of the plan or of a tag covers the day. | the freeze ends",
    "Held | Held | The tag azlocal-hold stands on the cluster, its group or its subscription. | it is released",
    "Excluded | Taken out | A tag on the cluster takes it out of every start. | the tag is set otherwise",
    "TagUnreadable | Tag not understood | A tag about time on the cluster cannot be read. | it is corrected",
    "Paused | Paused | A person paused the fleet, or the plan is paused. | the pause is lifted",
    "NoControl | No control group | What people decided cannot be read. | the plan names the group and the identity may read it",
    "NoLease | No lease | The plan names no lease or no control group, so nothing starts. | both are named",
    "RingFull | Ring full | Every slot of the ring is taken. | an operation ends",
    "DomainFull | Domain full | A cap on what clusters share is reached. | an operation there ends",
    "RampStage | Ramp | The stage of the ring's ramp lets no more begin. | the stage is done",
    "ValidationsFull | Validations full | Every slot for validations is taken. | a validation ends",
    "NotThisDoor | Not this door | The start is due, and this door may not send it. | a tick that may is run",
    "FleetTickDecides | The fleet's tick decides | This was a look at one cluster, which starts nothing. | the next tick of the fleet",
    "NotSelected | Not selected | The start is due, and this run acts on other clusters. | a tick that may is run",
    "AnotherRunner | Another runner | Another runner holds the lease or has just started something. | the next tick",
    "LeaseLost | Lease lost | The fleet's lease was lost. | the next tick",
    "Deadline | Deadline | The door's time was used up. | the next tick",
    "NotReRead | Not read again | The cluster could not be read again before the start. | the next tick",
    "ChangedSinceObserved | Changed since observed | Something the decision rests on changed before the start. | the next tick",
    "IntentNotWritten | Intent not written | It is not certain that the announcement stands, so nothing was sent. | the next tick",
    "NotSent | Not sent | The start was not sent. | the next tick",
    "OutcomeUnknown | Outcome unknown | Azure gave no answer that says what became of the start. | the next tick reads it",
    "Throttled | Throttled | Azure throttled the start. | the next tick",
    "Refused | Refused | Azure refused the start without a code of its own. | the cause is fixed",
    "FailureNotRecorded | Failure not recorded | A resume would overwrite a failure whose rows were not taken. | telemetry takes them",
)

RINGS = _reasons(
    "rings",
    "Open | Open | The ring's gate is open. | every member is upgraded",
    "Complete | Complete | Every member is upgraded. | a member is added",
    "RingClosed | Closed | A ring before it is not known to be good. | the ring before is complete and has soaked",
    "SoakUnknown | Soak unknown | When a member was upgraded is not known, so the soak cannot be over. | it is known",
    "ScopeShrunk | Scope shrunk | Fewer clusters are visible than expected, or the fleet could not be read whole. | they are visible again, or the plan is corrected",
    "FailureBudgetSpent | Failure budget spent | More upgrades failed than the ring allows. | a person accepts the failures",
)

REASONS = (*PHASES, *DECISIONS, *RINGS)
