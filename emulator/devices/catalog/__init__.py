"""Parameter sets of devices, read by `spinloop.emulator.devices.catalog_file`."""
