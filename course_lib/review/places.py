"""Where something is taught: "notebook 03, Never peek" names a notebook and one of its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOTEBOOKS = {
    "00": "00_start_here",
    "01": "01_four_step_loop",
    "02": "02_batches_and_epochs",
    "03": "03_data_splits",
    "04": "04_complete_loop",
    "05": "05_monitoring",
    "06": "06_training_patterns",
    "07": "07_gpu_training",
    "08": "08_checkpointing",
    "09": "09_beyond_one_device",
}


@dataclass(frozen=True)
class Place:
    """A heading of a notebook.

    Attributes:
        number: the notebook's, two digits.
        heading: as it stands in the notebook, code in backticks.
    """

    number: str
    heading: str

    @classmethod
    def read(cls, words: str) -> Place:
        """The place that ``words`` name, such as "notebook 03, Never peek".

        Raises:
            ValueError: if they are not of that form, or there is no notebook of that number.
        """
        match = re.fullmatch(r"notebook (\d\d), (\S.*)", words)
        if match is None or match[1] not in NOTEBOOKS:
            raise ValueError(f'{words!r} names no place; write it as "notebook 03, Never peek".')
        return cls(match[1], match[2])

    @property
    def name(self) -> str:
        """The notebook's name, without its ending."""
        return NOTEBOOKS[self.number]

    @property
    def address(self) -> str:
        """The link's target, for a page that lies beside the notebooks."""
        anchor = self.heading.replace("`", "").replace(" ", "-")  # as JupyterLab makes them
        return f"{self.name}.ipynb#{anchor}"

    @property
    def words(self) -> str:
        """Number and heading, without the backticks of code."""
        return f"{self.number}, {self.heading}".replace("`", "")

    def markdown(self) -> str:
        """A link to the heading."""
        return f"[{self.number}, {self.heading}]({self.address})"
