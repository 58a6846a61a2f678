"""Refuse a release unless every image has our signature (and, with SBOM_TYPE, our bill of materials).

verify

IMAGES_DIR          folder with one file per image, each holding name@sha256:…
COSIGN_PUBLIC_KEY   verify with this key. Without it: keyless, and the signer must be this workflow
SBOM_TYPE           spdxjson or cyclonedx: also demand that attestation
REGISTRY_HTTP=1     the registry speaks plain HTTP (a registry on loopback)
"""

import os

from release.programs import last_line, require, run
from release.references import read_all
from release.report import Refused, say, setting

ISSUER = "https://token.actions.githubusercontent.com"


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: verify (settings come from the environment)")
    require("cosign")
    options = verifying_options()
    kind = os.environ.get("SBOM_TYPE", "")
    for name, image in read_all().items():
        say(f"verify {name}")
        done = run("cosign", "verify", *options, str(image))
        if done.returncode:
            raise Refused(
                f"{name} is not signed by us, nothing was deployed: {image} ({last_line(done)})"
            )
        attestation = ("verify-attestation", *options, "--type", kind, str(image))
        if kind and run("cosign", *attestation).returncode:
            raise Refused(
                f"{name} has no bill of materials signed by us, nothing was deployed: {image}"
            )


def verifying_options() -> list[str]:
    if key := os.environ.get("COSIGN_PUBLIC_KEY"):
        if not os.access(key, os.R_OK):
            raise Refused(f"the public key {key} cannot be read")
        options = ["--key", key, "--insecure-ignore-tlog=true"]
    else:
        # Repository, workflow and ref: a signature from a fork, another workflow or another branch is refused.
        workflow = setting(
            "GITHUB_WORKFLOW_REF",
            "owner/repository/.github/workflows/deploy.yml@ref, whose signature is expected "
            "(or set COSIGN_PUBLIC_KEY)",
        )
        options = ["--certificate-identity", f"https://github.com/{workflow}"]
        options += ["--certificate-oidc-issuer", ISSUER]
    if os.environ.get("REGISTRY_HTTP") == "1":
        options.append("--allow-http-registry")
    return options
