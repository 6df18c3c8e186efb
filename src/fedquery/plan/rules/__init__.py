"""The optimizer's rules, one a file, in order."""
