"""Scripts behind ``course_lib.diagnosis``: make labelled runs, fit the judge, measure it."""
