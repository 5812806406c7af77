"""Learning loops: forward on the chip, backward in numpy, writes by delta."""
