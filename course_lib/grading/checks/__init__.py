"""The judges: what is asked of an answer, and the oracles that know what is right.

Never imported by a process that holds a submission.
"""
