"""What an experiment leaves behind: run folders."""
