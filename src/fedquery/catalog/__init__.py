"""The unified directory: its model, and reading, checking, comparing and writing it."""
