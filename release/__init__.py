"""Build, sign, verify, deploy and check a release of Todo.

Each command is a module with a `main(arguments)`; `scripts/release` lists them. The commands of a deployment
use the standard library only, because the workflow runs them with the runner's own Python. Nothing of the
product imports this.
"""
