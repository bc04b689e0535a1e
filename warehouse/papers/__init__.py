"""The paper pack: what a paper needs of a figure, in files."""


class ExportError(Exception):
    """The export cannot be made; the message says what to do."""
