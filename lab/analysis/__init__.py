"""From readings to parameters with uncertainties."""
