"""`python -m todo.launch`: what scripts/bootstrap hands over to, and what `todo up` does."""

import sys

from todo.launch.steps import CannotStart
from todo.runtime.settings import SettingsInvalid, load_settings


def main() -> int:
    try:
        settings = load_settings()
        if "dapr" in sys.argv[1:]:
            from todo.launch.stack import run_stack

            return run_stack(settings)
        from todo.launch.embedded import run_embedded

        return run_embedded(settings)
    except (CannotStart, SettingsInvalid) as reason:
        sys.stderr.write(f"{reason}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
