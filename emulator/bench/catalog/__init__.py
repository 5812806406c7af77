"""Bench files that come with spinloop; `NAME@spinloop` finds them here."""
