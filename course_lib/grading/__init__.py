"""Judging answers to the exercises: in the reader's notebook, and for a class of submissions."""
