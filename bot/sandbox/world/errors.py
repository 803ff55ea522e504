"""What can go wrong in the simulated X; each text is a sentence a person can act on."""


class WorldError(ValueError):
    """A world cannot be made from what was given: the sentence says what would do."""


class QueryError(ValueError):
    """A search query is malformed: the sentence names the part."""
