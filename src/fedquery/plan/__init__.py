"""From SQL text to fragments and residual. Pure: no clock, no I/O."""
