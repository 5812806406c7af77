"""Station files that come with spinloop; `bench:NAME` finds them here."""
