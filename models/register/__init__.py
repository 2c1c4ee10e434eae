"""The social register: households, persons, their identity numbers and the published code lists."""
