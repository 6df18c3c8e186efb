"""The README and docs/ say what the code does: their links, lists, commands and examples are run."""
