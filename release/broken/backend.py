"""The entry point of a broken release: it migrates as it should, but none of its services starts."""

import os
import sys

if "serve" in sys.argv:
    sys.exit("deliberately broken: this image is here to be rolled back")
os.execvp("todo", ["todo", *sys.argv[1:]])  # noqa: S606
