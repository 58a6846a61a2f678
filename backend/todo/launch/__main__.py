"""`python -m todo.launch`: the second half of `make up`, after scripts/bootstrap."""

import gc
import sys

# Loading modules takes most of a start. Without rich, which structlog imports for coloured tracebacks, it is a
# seventh shorter. Garbage collection is off because modules are never freed.
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
