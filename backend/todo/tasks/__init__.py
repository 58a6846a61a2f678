"""Tasks and their series: the API, commands and queries, and the creation of successors."""
