"""The cases of the conformance kit, one small mixin each."""
