"""A simulated world lived through by the pure core, hour by hour, and graded against what was planted."""
