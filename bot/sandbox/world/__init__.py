"""A small X on loopback: posts with a ground truth, found through X's own search language."""

from bot.sandbox.world.chatter import Surge
from bot.sandbox.world.errors import QueryError, WorldError
from bot.sandbox.world.simulated import simulated_world
from bot.sandbox.world.stories import Chapter, Planted, invented, schedule
from bot.sandbox.world.world import World, file_world
from bot.sources.posts.archive import Mode
from bot.sources.posts.post import XPost, created_at, snowflake

__all__ = [
    "Chapter",
    "Mode",
    "Planted",
    "QueryError",
    "Surge",
    "World",
    "WorldError",
    "XPost",
    "created_at",
    "file_world",
    "invented",
    "schedule",
    "simulated_world",
    "snowflake",
]
