"""The ways out of the house: one small class per channel, and what each may answer."""
