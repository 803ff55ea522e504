"""What can go wrong with posts and searches; each text is a sentence a person can act on."""

from core.errors import BadInput


class PostsError(BadInput):
    """Posts cannot be had from what was given: the sentence says what would do."""


class QueryError(ValueError):
    """A search query is malformed: the sentence names the part."""
