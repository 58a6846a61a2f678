"""Sign every image of a release, by digest, and attest its bill of materials when there is one.

sign

IMAGES_DIR        folder with one file per image, each holding name@sha256:… SBOM_DIR          (optional)
NAME.spdx.json or NAME.cdx.json per image COSIGN_KEY        private key file: sign with it and publish nothing.
Without it: keyless, with the job's OIDC identity REGISTRY_HTTP=1   the registry speaks plain HTTP (a registry
on loopback)
"""

import os
import tempfile
from pathlib import Path

from release.programs import must, require
from release.references import read_all
from release.report import Refused, say

# No transparency log and no time stamps: a local key must not publish anything.
OFFLINE = (
    '{"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",'
    ' "rekorTlogUrls": [], "tsaUrls": []}'
)
BILLS = {"spdxjson": "spdx", "cyclonedx": "cdx"}  # cosign's type, and the file's ending


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: sign (settings come from the environment)")
    require("cosign")
    with tempfile.TemporaryDirectory() as scratch:
        options = signing_options(Path(scratch))
        for name, image in read_all().items():
            say(f"sign {name}")
            # --recursive: the index and the image of each architecture, so that either can be verified.
            must(f"could not sign {name}", "cosign", "sign", *options, "--recursive", str(image))
            for kind, ending in BILLS.items():
                bill = Path(os.environ.get("SBOM_DIR") or scratch) / f"{name}.{ending}.json"
                if bill.is_file():
                    must(
                        f"could not attest the bill of materials of {name}",
                        *("cosign", "attest", *options, "--type", kind),
                        *("--predicate", bill, str(image)),
                    )


def signing_options(scratch: Path) -> list[str]:
    options = ["--yes"]
    if key := os.environ.get("COSIGN_KEY"):
        if not os.access(key, os.R_OK):
            raise Refused(f"the signing key {key} cannot be read")
        offline = scratch / "offline.json"
        offline.write_text(OFFLINE)
        options += ["--key", key, "--signing-config", str(offline)]
    elif not os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL"):
        raise Refused("nothing to sign with: set COSIGN_KEY, or give the job 'id-token: write'")
    if os.environ.get("REGISTRY_HTTP") == "1":
        options.append("--allow-http-registry")
    return options
