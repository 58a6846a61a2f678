"""A release that must not come through: migrates and prepares as it should, but no service of it ever starts."""

import os
import sys

if "serve" in sys.argv:
    sys.exit("deliberately broken: this image is here to be rolled back")
os.execvp("todo", ["todo", *sys.argv[1:]])
