"""The whole course on a few pages: its words, its calls, and where each is taught."""

from course_lib.review.cheat_sheet import CheatSheet, cheat_sheet
from course_lib.review.concepts import Concepts, concepts
from course_lib.review.places import Place

__all__ = ["CheatSheet", "Concepts", "Place", "cheat_sheet", "concepts"]
