"""The console: server-rendered pages for people. A page asks the same queries and commands as a route of the API."""
