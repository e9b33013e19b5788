"""A picture's alt text where every reader can reach it."""

import html


def in_words(alt: str) -> dict[str, str]:
    """A line that unfolds to ``alt``, as a bundle of MIME types for the output under a picture.

    JupyterLab and nbconvert's pages do not read the alt text in a picture's metadata.
    """
    words = f"<details><summary>Picture in words</summary>{html.escape(alt)}</details>"
    return {"text/html": words, "text/plain": alt}
