"""The pure half of INTERN: facts and `now` in, facts out. No I/O, no clock, no asyncio."""
