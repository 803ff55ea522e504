"""What can go wrong in the simulated X; each text is a sentence a person can act on."""

from bot.sources.posts.errors import PostsError, QueryError

__all__ = ["QueryError", "WorldError"]

WorldError = PostsError  # a world is made of posts: what is wrong with them is wrong with it
