"""The metadata store: catalogue versions, accounts and keys, the audit chain."""
