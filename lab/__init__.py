"""The bench and the experiments: real instruments, procedures, analysis and learning loops."""
