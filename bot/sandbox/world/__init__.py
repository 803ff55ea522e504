"""A small X on loopback: posts with a ground truth, found through X's own search language."""

from bot.sandbox.world.errors import QueryError, WorldError
from bot.sandbox.world.file import file_world
from bot.sandbox.world.post import XPost, created_at, snowflake
from bot.sandbox.world.simulated import simulated_world
from bot.sandbox.world.stories import Planted
from bot.sandbox.world.world import Mode, World

__all__ = [
    "Mode",
    "Planted",
    "QueryError",
    "World",
    "WorldError",
    "XPost",
    "created_at",
    "file_world",
    "simulated_world",
    "snowflake",
]
