"""The command: wires the rooms together and holds no rule."""
