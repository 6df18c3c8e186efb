"""The conformance kit for connectors."""
