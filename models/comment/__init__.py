"""Comments: what colleagues tell each other about a case, beside its log."""
