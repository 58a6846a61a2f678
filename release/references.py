"""The images of a release, named by digest: one file per image in a folder, each holding `name@sha256:…`.

    image name IMAGE      print the image's name in the registry, and write `name=` to the step's outputs
    image record IMAGE    write $NAME and $DIGEST to $IMAGES_DIR/IMAGE

A tag can be moved to another image after it was signed, so anything that is not a digest is refused.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from release.report import Refused, append, setting, summary

FOLDER = "the folder with one file per image, each holding name@sha256:…"


@dataclass(frozen=True)
class Reference:
    repository: str
    digest: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"


def read(folder: Path, image: str) -> Reference:
    try:
        text = "".join((folder / image).read_text().split())
    except OSError as error:
        raise Refused(f"{folder} has no image named {image}") from error
    found = re.fullmatch(r"([^@\s]+)@(sha256:[0-9a-f]{64})", text)
    if not found:
        raise Refused(f"the image {image} is not given by digest: '{text}'")
    return Reference(found[1], found[2])


def read_all(folder: Path | None = None) -> dict[str, Reference]:
    """Every image of the release, in the order of their names."""
    folder = folder or Path(setting("IMAGES_DIR", FOLDER))
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not names:
        raise Refused(f"{folder} holds no image")
    return {name: read(folder, name) for name in names}


def record(folder: Path, image: str, reference: Reference) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / image).write_text(f"{reference}\n")
    read(folder, image)


def name(image: str) -> str:
    owner = setting("GITHUB_REPOSITORY_OWNER", "the owner under whose name images are pushed")
    # Registries accept lower case only; owners on GitHub may have capitals.
    return f"ghcr.io/{owner.lower()}/todo-{image}"


def main(arguments: list[str]) -> None:
    match arguments:
        case ["name", ("backend" | "frontend") as image]:
            append("GITHUB_OUTPUT", f"name={name(image)}")
            print(name(image))
        case ["record", ("backend" | "frontend") as image]:
            reference = Reference(
                setting("NAME", "the image's name"),
                setting("DIGEST", "the digest that the build returned"),
            )
            record(Path(setting("IMAGES_DIR", FOLDER)), image, reference)
            summary(f"- `{reference}`")
        case [("name" | "record"), *image]:
            raise Refused(f"no such image: '{' '.join(image)}' (backend or frontend)")
        case _:
            raise Refused("usage: image name|record IMAGE")
