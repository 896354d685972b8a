"""The pure part: it decides, and touches neither clock, network, disk nor log."""
