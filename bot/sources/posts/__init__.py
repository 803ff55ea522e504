"""Posts from a file instead of a model: found through X's own search language, told in the same words."""

from bot.sources.posts.source import PostsFile, open_posts

__all__ = ["PostsFile", "open_posts"]
