"""What a backup must know of the database: a snapshot, its extent, and the fingerprint of its log."""
