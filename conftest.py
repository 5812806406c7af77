"""What all tests share: random examples are never judged by the clock."""

from hypothesis import HealthCheck, settings

settings.register_profile("spinloop", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("spinloop")
