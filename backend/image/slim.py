"""Copy what /opt/todo needs of the image it was built on into a folder that becomes the image's root.

That is the interpreter, its standard library, the shared libraries of both (as the dynamic loader finds them)
and the certificates: no shell, no package manager, nothing else that could be used or have to be patched.

    python3 slim.py DESTINATION
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

APP = Path("/opt/todo")
# parts of the standard library for which a server has no use
UNUSED = {
    "test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "lib2to3",
    "ensurepip",
    "site-packages",
    "dist-packages",
    "__pycache__",
}


def copied(source: Path, root: Path) -> None:
    target = root / source.relative_to("/")
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=True)


def libraries_of(binaries: Iterator[Path]) -> set[Path]:
    """Shared libraries outside the app's own folder; what is dlopened by glibc for threads comes along by name."""
    found: set[Path] = set()
    for binary in binaries:
        listing = subprocess.run(["ldd", binary], capture_output=True, text=True).stdout
        for line in listing.splitlines():
            match = re.search(r"(?:=> )?(/\S+) \(0x", line)
            if match and not match[1].startswith(str(APP)):
                found.add(Path(match[1]))
    for libc in [path for path in found if path.name == "libc.so.6"]:
        found |= {
            libc.with_name(name) for name in ("libgcc_s.so.1",) if libc.with_name(name).exists()
        }
    return found


def main(root: Path) -> None:
    interpreter = Path(sys.executable).resolve()
    standard = Path(
        sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "platbase": sys.base_prefix})
    )
    copied(interpreter, root)
    # the environment's `python` is a link to this name
    for name in ("python3", interpreter.name):
        link = root / Path(sys.base_exec_prefix, "bin", name).relative_to("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(interpreter)
    shutil.copytree(
        standard,
        root / standard.relative_to("/"),
        symlinks=False,
        ignore_dangling_symlinks=True,
        ignore=lambda folder, names: {
            n for n in names if n in UNUSED or n.startswith("config-") or n.endswith(".a")
        },
        dirs_exist_ok=True,
    )
    shared = [path for base in (standard, APP) for path in base.rglob("*.so*") if path.is_file()]
    for library in libraries_of(iter([interpreter, *shared])):
        copied(library, root)
    for name in ("etc/ssl/certs/ca-certificates.crt", "etc/nsswitch.conf", "etc/localtime"):
        if Path("/", name).exists():
            copied(Path("/", name), root)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text(
        "root:x:0:0:root:/:/nonexistent\ntodo:x:10001:10001:todo:/tmp:/nonexistent\n"
    )
    (root / "etc/group").write_text("root:x:0:\ntodo:x:10001:\n")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "app").mkdir()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            "-s",
            root,
            root / standard.relative_to("/"),
        ],
        check=False,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
