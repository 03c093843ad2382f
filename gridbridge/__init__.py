"""gridbridge: a headless gateway between the power grid and EV chargers."""
