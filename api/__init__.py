"""How people and machines knock: thin routes. A route declares, calls one command or query, and returns."""
