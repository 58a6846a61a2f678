"""Check, before anything is touched, that every variable of the deployment's environment is set.

    check-environment

Variables are set under Settings → Environments; docs/deploy/ has the values for each cloud.
"""

import os
import re

from release.report import Refused

# What the login of .github/actions/cluster-login needs for each cloud.
WANTED = {
    "oke": ("OCI_TENANCY", "OCI_REGION", "OCI_DOMAIN_URL", "OCI_OIDC_CLIENT", "OKE_CLUSTER"),
    "gke": (
        *("GCP_PROJECT", "GCP_WORKLOAD_IDENTITY_PROVIDER", "GCP_SERVICE_ACCOUNT"),
        *("GKE_CLUSTER", "GKE_LOCATION"),
    ),
    "aks": (
        *("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"),
        *("AKS_RESOURCE_GROUP", "AKS_CLUSTER"),
    ),
}


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: check-environment (everything comes from the environment)")
    cloud = os.environ.get("CLOUD", "")
    if not cloud:
        raise Refused("CLOUD is not set: oke, gke or aks, a variable of the environment")
    if cloud not in WANTED:
        raise Refused(f"CLOUD is '{cloud}': it must be oke, gke or aks")
    missing = [name for name in (*WANTED[cloud], "PUBLIC_URL") if not os.environ.get(name)]
    if missing:
        where = f"docs/deploy/{cloud}.md says where each comes from"
        raise Refused(f"not set for {cloud}: {' '.join(missing)} ({where})")
    url = os.environ["PUBLIC_URL"]
    if not re.fullmatch(r"https://[^/]+", url):
        raise Refused(
            f"PUBLIC_URL must look like https://todo.example.com, without a path: '{url}'"
        )
