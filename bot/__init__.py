"""The shell: Grok, Telegram, the clock, the scheduler and the web around the pure core."""
