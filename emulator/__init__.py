"""The imitation: device physics, arrays, chips, instruments and the bench that wires them together."""
