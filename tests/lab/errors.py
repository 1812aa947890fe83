# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).


class LabError(Exception):
    """The lab cannot do what was asked; the text says what to do."""


class PortClash(LabError):
    """Another process took one of the chosen ports before our server did."""


class LabInUse(LabError):
    """A running lab holds the directory."""
