"""The demo city: departments with their own databases, seeded."""
