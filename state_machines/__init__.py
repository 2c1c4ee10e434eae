"""state_machines."""
