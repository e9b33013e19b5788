"""What the curves of a run say: a label, how sure it is, what it rests on, and what to try next.

``diagnose`` reads a history; ``diagnose_by_experiment`` also runs the experiments that settle it.
"""

from course_lib.diagnosis.experiment import diagnose_by_experiment
from course_lib.diagnosis.reading import diagnose
from course_lib.diagnosis.verdict import LABELS, Diagnosis

__all__ = ["LABELS", "Diagnosis", "diagnose", "diagnose_by_experiment"]
