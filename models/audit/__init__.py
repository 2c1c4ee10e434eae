"""What the log answers: who, when, why, on what evidence."""
