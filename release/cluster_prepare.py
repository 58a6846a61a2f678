"""Prepare the cluster of $KUBECONFIG for the tests: Dapr, a metrics server, and the environment that runs them.

cluster-prepare
"""

from release.programs import ROOT, must, require, run
from release.report import Refused

DAPR_VERSION = "1.18.2"
DAPR_CHARTS = "https://dapr.github.io/helm-charts/"
METRICS_CHARTS = "https://kubernetes-sigs.github.io/metrics-server/"


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: cluster-prepare (the cluster is that of $KUBECONFIG)")
    require("helm", "kubectl")
    install(
        "dapr",
        DAPR_CHARTS,
        *("--version", DAPR_VERSION, "--namespace", "dapr-system", "--create-namespace"),
        *("--values", str(ROOT / "helm/dapr-values.yaml"), "--set", "global.ha.enabled=false"),
    )
    # kind has no metrics server, which autoscaling needs.
    if run("kubectl", "get", "apiservice", "v1beta1.metrics.k8s.io").returncode:
        install(
            "metrics-server",
            METRICS_CHARTS,
            *("--namespace", "kube-system", "--set", "args={--kubelet-insecure-tls}"),
        )
    must("the environment could not be made", ROOT / "scripts/bootstrap", "dev")


def install(chart: str, repository: str, *options: str) -> None:
    must(
        f"{chart} could not be installed",
        *("helm", "upgrade", "--install", chart, chart, "--repo", repository, *options),
        *("--wait", "--timeout", "5m"),
    )
