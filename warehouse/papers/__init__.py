"""The paper pack: what a paper needs of a figure, in files."""

from ingest import Explained


class ExportError(Explained):
    """The export cannot be made; the message says what to do."""
