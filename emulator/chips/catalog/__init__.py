"""The emulated chips that come with spinloop, one file each."""
