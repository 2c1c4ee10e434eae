"""Stuck cases: what is late or cannot move, who could move it, and who knows."""
