"""The laws of the field, as functions on arrays. Each states its source and where it holds."""
