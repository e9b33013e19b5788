"""How long training takes here, beside other loops: ``make bench``."""
