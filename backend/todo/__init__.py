"""Todo's server and command line. `services.py` lists the services; ARCHITECTURE.md explains the folders."""
