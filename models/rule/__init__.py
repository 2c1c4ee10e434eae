"""The declared vocabulary as the database keeps it: machines, states, rules, and the words they are written in."""
