"""What one machine needs to run Alur: PostgreSQL, Prefect's server, and a supervisor that leaves nothing behind."""
