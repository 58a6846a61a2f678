"""`python -m todo.launch`: what scripts/bootstrap hands over to, and what `todo up` does."""

import gc
import sys

# A start is mostly the loading of modules. Rich (with Pygments) is a seventh of that: structlog takes it for
# coloured tracebacks, which a log file never shows. And what is loaded stays: looking for garbage finds none.
sys.modules["rich"] = None  # type: ignore[assignment]
gc.disable()

from todo.launch.progress import CannotStart  # noqa: E402
from todo.runtime.settings import SettingsInvalid, load_settings  # noqa: E402


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
