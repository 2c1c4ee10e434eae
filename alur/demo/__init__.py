"""The main job as a story, told over public HTTP by its different roles. Imports nothing of the product."""
