"""What is wrong with a loop: a trace is judged by rules, each of which knows one mistake.

Where the evidence is thin, the audit is silent.
"""

from course_lib.auditing.facts import Facts
from course_lib.auditing.finding import Finding
from course_lib.auditing.rules import judge
from course_lib.auditing.texts import CODES, finding_of
from course_lib.trace.trace import Trace

__all__ = ["CODES", "Finding", "audit"]


def audit(trace: Trace) -> list[Finding]:
    """The mistakes that a trace shows, one finding for each kind, in the order they appear.

    ::

        with course_lib.record(train=train_loader, val=val_loader) as trace:
            any_loop(...)
        for finding in course_lib.audit(trace):
            print(finding)

    An empty list means that no mistake was seen, not that there is none.
    """
    return [finding_of(evidence) for evidence in judge(Facts(trace))]
