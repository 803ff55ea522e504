"""Make the connection on which alerts are written refuse to, as a disk would."""


async def pragma(database, setting):
    """Set it outside any transaction, for one may not even begin."""
    async with database._engines.durable.connect() as c:
        raw = await c.get_raw_connection()
        await raw.driver_connection.execute(f"PRAGMA {setting}")
