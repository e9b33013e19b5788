"""From text sources to executed notebooks, and the rules that both keep."""
