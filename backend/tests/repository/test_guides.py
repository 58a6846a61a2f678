"""The cloud guides: every command exists in its program, and the sizes and limits add up."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from release.__main__ import COMMANDS
from release.environment import WANTED
from release.programs import tools_folder
from release.tools import ensure

ROOT = Path(__file__).resolve().parents[3]
GUIDES = {path.stem: path.read_text() for path in sorted((ROOT / "docs/deploy").glob("*.md"))}
CLOUDS = ("oke", "gke", "aks")
# The flags of each command, from the program's `--help`, or from the vendor's reference where the program is not
# available as a package. The file names the versions.
KNOWN: dict[str, Any] = json.loads((Path(__file__).parent / "cloud_commands.json").read_text())
PROGRAMS = ("oci", "gcloud", "az", "neonctl", "rpk", "gh", "helm", "kubectl")


def blocks(guide: str) -> Iterator[str]:
    yield from re.findall(r"^```sh\n(.*?)^```$", GUIDES[guide], re.M | re.S)


def commands(guide: str) -> Iterator[list[str]]:
    """Each call of a cloud's program in the guide's shell blocks, those within $(…) included."""
    for block in blocks(guide):
        text = re.sub(r"<<(\w+)\n.*?^\1$", "", block, flags=re.M | re.S).replace("\\\n", " ")
        # Parentheses in single quotes are text.
        text = re.sub(r"'[^']*'", lambda quoted: re.sub(r"[()]", "_", quoted[0]), text)
        while inner := re.search(r"\$\(([^()]*)\)", text):
            yield from parse(inner[1])
            text = text[: inner.start()] + "VALUE" + text[inner.end() :]
        yield from parse(text)


def parse(text: str) -> Iterator[list[str]]:
    # Quoted text may contain newlines (JSON), so shlex splits the lines.
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";|\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words: list[str] = []
    for token in [*lexer, "\n"]:
        if not set(token) <= set(";|\n"):
            words.append(token)
            continue
        while words and (words[0] == "do" or re.match(r"export$|[A-Z_]+=", words[0])):
            words = words[1:]
        if words and words[0] in PROGRAMS:
            if words[1] == "--namespace":
                words = [words[0], *words[3:], *words[1:3]]
            yield words
        words = []


def known(words: list[str]) -> str | None:
    """The longest run of leading words that is a command of the table."""
    for length in range(len(words), 0, -1):
        if " ".join(words[:length]) in KNOWN["commands"]:
            return " ".join(words[:length])
    return None


ALL = [(guide, words) for guide in GUIDES for words in commands(guide)]


def test_the_guides_are_there_and_hold_commands() -> None:
    assert set(GUIDES) >= {*CLOUDS, "neon", "redpanda-cloud"}
    assert {words[0] for _, words in ALL} == set(PROGRAMS)
    assert len(ALL) > 100


@pytest.mark.parametrize(("guide", "words"), ALL, ids=[f"{g}-{' '.join(w[:4])}" for g, w in ALL])
def test_a_command_and_each_of_its_flags_exist(guide: str, words: list[str]) -> None:
    name = known(words)
    assert name, f"{guide}: {' '.join(words[:5])} is not in cloud_commands.json"
    flags = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    allowed = set(KNOWN["commands"][name]) | set(KNOWN["global"].get(words[0], []))
    assert flags <= allowed, f"{guide}: {name} does not take {flags - allowed}"


@pytest.mark.parametrize(
    ("guide", "words"), [(g, w) for g, w in ALL if w[0] == "oci"], ids=lambda v: str(v)[:50]
)
def test_json_given_to_oracle_is_json(guide: str, words: list[str]) -> None:
    for word in words:
        if word[:1] in "[{":
            json.loads(word)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_shell_block_is_valid_shell(guide: str) -> None:
    for block in blocks(guide):
        answer = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)
        assert answer.returncode == 0, f"{guide}: {answer.stderr}\n{block}"


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_mentions_exists(guide: str) -> None:
    for target in re.findall(r"\]\(([a-z-]+\.md)\)", GUIDES[guide]):
        assert (ROOT / "docs/deploy" / target).is_file(), target
    for path in re.findall(r"`((?:release|helm|\.github)/[\w./-]+)", GUIDES[guide]):
        assert (ROOT / path).exists(), path
    for command in re.findall(r"\bscripts/release ([a-z-]+)", GUIDES[guide]):
        assert command in COMMANDS, command
    for path in re.findall(r"--values[ =](helm/\S+)", GUIDES[guide]):
        assert (ROOT / path).is_file(), path
    for workflow in re.findall(r"gh workflow run (\S+)", GUIDES[guide]):
        started_by = yaml.safe_load((ROOT / ".github/workflows" / workflow).read_text())[True]
        assert "workflow_dispatch" in started_by, workflow


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_guide_goes_from_the_account_to_tls_and_back_to_nothing(cloud: str) -> None:
    headings = re.findall(r"^## (.*)$", GUIDES[cloud], re.M)
    assert headings[0] == "What it costs"
    assert headings[-1] == "Take it all down"
    numbered = [heading for heading in headings if heading[0].isdigit()]
    assert [int(heading.split(".")[0]) for heading in numbered] == [*range(1, len(numbered) + 1)]
    for wanted in (
        "Account",
        "cluster",
        "certificates",
        "domain",
        "secrets",
        "without a key",
        "workflow",
    ):
        assert any(wanted in heading for heading in numbered), f"no step about {wanted}"
    assert "required reviewers" in GUIDES[cloud]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_trust_names_the_repository_as_github_says_it_does(cloud: str) -> None:
    """It is `repo:owner/name` in older repositories and `repo:owner@id/name@id` in newer ones."""
    assert ".sub_claim_prefix" in GUIDES[cloud]
    trusted = re.findall(r"(\S*):environment:", GUIDES[cloud])
    assert trusted
    assert all("$SUBJECT" in subject for subject in trusted)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_guide_sets_every_variable_the_workflow_asks_for(cloud: str) -> None:
    given = set(re.findall(r"gh (?:variable|secret) set (\w+)", GUIDES[cloud]))
    optional = {"NAMESPACE", "HELM_VALUES", "SMOKE_TOKEN"}
    assert given == {*WANTED[cloud], "CLOUD", "PUBLIC_URL"} | optional
    assert f"--env $ENVIRONMENT --body {cloud}\n" in GUIDES[cloud]


def test_what_the_guides_share_is_the_same_everywhere() -> None:
    """Each guide is complete in itself; the parts that they repeat are equal."""

    def section(cloud: str, name: str) -> str:
        found = re.search(rf"^## \d+\. {name}.*?(?=^## )", GUIDES[cloud], re.M | re.S)
        assert found, f"{cloud} has no section {name}"
        text = re.sub(
            r"^## \d+\.|step \d+|^gh (?:variable|secret) set (?!HELM|SMOKE).*$",
            "",
            found[0],
            flags=re.M,
        )
        return re.sub(r"\n+", "\n", text.replace(f"CLOUD={cloud}", "CLOUD=…"))

    for name in ("A domain", "Database, events, secrets", "The workflow", "See that it works"):
        assert len({section(cloud, name) for cloud in CLOUDS}) == 1, name


def values(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "helm/todo-app" / name).read_text())
    return loaded


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        old = out.get(key)
        out[key] = (
            merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return out


@pytest.mark.timeout(900)  # helm is built once, then taken from the cache
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_values_of_a_guide_make_a_production_installation(cloud: str, tmp_path: Path) -> None:
    text = re.search(
        r"^gh variable set HELM_VALUES .*?<<YAML\n(.*?)^YAML$", GUIDES[cloud], re.M | re.S
    )
    assert text
    own = tmp_path / "values.yaml"
    own.write_text(text[1].replace("$KAFKA_BROKER", "seed-0.example.com:9092"))
    ensure(["helm"])
    chart = ROOT / "helm/todo-app"
    images = [
        f"image.{name}.repository=ghcr.io/owner/todo-{name},image.{name}.digest=sha256:{'0' * 64}"
        for name in ("backend", "frontend")
    ]
    command = [str(tools_folder() / "helm"), "template", "todo-app", str(chart), "-n", "todo-app"]
    command += [f"--values={chart / name}" for name in ("values-prod.yaml", f"values-{cloud}.yaml")]
    command += [f"--values={own}", *(f"--set-string={image}" for image in images)]
    rendered = subprocess.run(command, capture_output=True, text=True)
    assert rendered.returncode == 0, rendered.stderr
    objects = [one for one in yaml.safe_load_all(rendered.stdout) if one]
    ingress = next(one for one in objects if one["kind"] == "Ingress")
    assert ingress["spec"]["ingressClassName"] == "traefik"
    assert ingress["spec"]["tls"][0]["hosts"] == ["todo.example.com"]
    secrets = {"todo-app", "todo-database", "todo-kafka"}
    assert all(f"create secret generic {name} " in GUIDES[cloud] for name in secrets)
    assert not secrets & {one["metadata"]["name"] for one in objects if one["kind"] == "Secret"}


def values_in(guide: str) -> Iterator[dict[str, Any]]:
    """The chart's values in a guide: YAML blocks, `a: {b: c}` in a sentence, and `a.b` alone."""
    schema = json.loads((ROOT / "helm/todo-app/values.schema.json").read_text())
    text = GUIDES[guide]
    yaml_blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    yaml_blocks += re.findall(
        r"^gh variable set HELM_VALUES .*?<<YAML\n(.*?)^YAML$", text, re.M | re.S
    )
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    for found in [*yaml_blocks, *re.findall(r"`([^`\n]+)`", prose)]:
        if dotted := re.fullmatch(r"([a-zA-Z]+(?:\.[a-zA-Z]+)+)(?:: .*)?", found):
            found = ": {".join(dotted[1].split(".")) + ": x" + "}" * dotted[1].count(".")
        try:
            loaded = yaml.safe_load(found)
        except yaml.YAMLError:
            continue
        if isinstance(loaded, dict) and set(loaded) & set(schema["properties"]):
            yield loaded


def unknown(given: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    if not isinstance(given, dict) or not (schema.keys() & {"properties", "additionalProperties"}):
        return
    for key, value in given.items():
        inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        if not inner:
            yield f"{path}{key}"
        elif isinstance(inner, dict):
            yield from unknown(value, inner, f"{path}{key}.")


@pytest.mark.parametrize("guide", GUIDES)
def test_a_value_that_a_guide_names_is_one_of_the_chart(guide: str) -> None:
    schema = json.loads((ROOT / "helm/todo-app/values.schema.json").read_text())
    named = [*values_in(guide)]
    assert named, "the guides that have none would pass whatever they say"
    for given in named:
        assert [*unknown(given, schema)] == [], guide


def services(*files: str) -> dict[str, dict[str, Any]]:
    all_values: dict[str, Any] = {}
    for name in ("values.yaml", *files):
        all_values = merged(all_values, values(name))
    return {
        name: merged(all_values["serviceDefaults"], own)
        for name, own in all_values["services"].items()
    }


def most_pods(service: dict[str, Any]) -> int:
    scaling = service["autoscaling"]
    return int(scaling["max"] if scaling["enabled"] else service["replicas"])


def fewest_pods(service: dict[str, Any]) -> int:
    scaling = service["autoscaling"]
    return int(scaling["min"] if scaling["enabled"] else service["replicas"])


def cpu(text: str | int | float) -> float:
    return float(text[:-1]) / 1000 if isinstance(text, str) and text.endswith("m") else float(text)


def memory(text: str) -> float:
    """In GiB."""
    number, unit = re.fullmatch(r"([0-9.]+)(Mi|Gi)", text).groups()  # type: ignore[union-attr]
    return float(number) / (1024 if unit == "Mi" else 1)


# Everything else on such a cluster, in cores and GiB. The charts of Dapr, cert-manager and Traefik
# set no requests, so these are measured values, rounded up: Dapr without high availability
# (operator, injector, sentry, placement, scheduler), cert-manager's three parts, OKE's own pods on
# two nodes (DNS, proxy, Flannel, storage), and the reserve of two kubelets.
BESIDE = {
    "Dapr": (0.55, 0.65),
    "cert-manager": (0.05, 0.15),
    "Traefik": (0.1, 0.1),
    "the cluster's own pods": (0.5, 0.5),
    "kept by two kubelets": (0.14, 4.6),
}


def oke_sum(pods: Any) -> tuple[float, float]:
    needed_cpu, needed_memory = (sum(part[i] for part in BESIDE.values()) for i in (0, 1))
    for service in services("values-prod.yaml", "values-oke.yaml").values():
        needed_cpu += pods(service) * asked_by(service)[0]
        needed_memory += pods(service) * asked_by(service)[1]
    return needed_cpu, needed_memory


def test_everything_at_its_largest_fits_four_cores_and_24_gigabytes() -> None:
    """Requests of every pod at the largest scale, plus a broker in the cluster, plus one pod more of each
    service while an upgrade runs."""
    needed_cpu, needed_memory = oke_sum(lambda service: most_pods(service) + 1)
    broker = values("values-oke.yaml")["kafka"]["strimzi"]["resources"]["requests"]
    assert needed_cpu + cpu(broker["cpu"]) <= 4.0
    assert needed_memory + memory(broker["memory"]) <= 24.0


def one_pod_each() -> dict[str, dict[str, Any]]:
    text = re.search(r"## Half the allowance.*?```yaml\n(.*?)```", GUIDES["oke"], re.S)
    assert text
    half = yaml.safe_load(text[1])["services"]
    full = services("values-prod.yaml", "values-oke.yaml")
    assert set(half) == set(full)
    small = {name: merged(full[name], own) for name, own in half.items()}
    assert all(fewest_pods(one) == most_pods(one) == 1 for one in small.values())
    return small


def asked_by(one: dict[str, Any]) -> tuple[float, float]:
    requests, sidecar = one["resources"]["requests"], one["sidecar"]
    return (
        cpu(requests["cpu"]) + cpu(sidecar["cpuRequest"]),
        memory(requests["memory"]) + memory(sidecar["memoryRequest"]),
    )


def test_a_small_staging_fits_beside_production_while_both_are_upgraded() -> None:
    needed_cpu, needed_memory = oke_sum(lambda service: most_pods(service) + 1)
    for one in one_pod_each().values():
        needed_cpu += 2 * asked_by(one)[0]
        needed_memory += 2 * asked_by(one)[1]
    assert needed_cpu <= 4.0
    assert needed_memory <= 24.0


def test_limits_fit_the_memory_too() -> None:
    """So that no pod is killed when all use their limits at the same time."""
    needed = sum(part[1] for part in BESIDE.values())
    for service in services("values-prod.yaml", "values-oke.yaml").values():
        limit = memory(service["resources"]["limits"]["memory"]) + memory(
            service["sidecar"]["memoryLimit"]
        )
        needed += most_pods(service) * limit
    needed += memory(values("values-oke.yaml")["kafka"]["strimzi"]["resources"]["limits"]["memory"])
    assert needed <= 24.0


def test_the_volumes_of_the_guide_are_within_the_free_200_gigabytes() -> None:
    size = int(re.search(r"--node-boot-volume-size-in-gbs (\d+) --size 2", GUIDES["oke"])[1])  # type: ignore[index]
    broker = int(values("values-oke.yaml")["kafka"]["strimzi"]["storage"][:-2])
    assert 2 * size + broker <= 200


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_database_connections_of_all_pods_fit_the_smallest_compute(cloud: str) -> None:
    pool = int(re.search(r"^  poolSize: (\d+)$", GUIDES[cloud], re.M)[1])  # type: ignore[index]
    running = services("values-prod.yaml", f"values-{cloud}.yaml")
    pods = sum(most_pods(service) for service in running.values() if service["database"])
    # Each pod has its pool and its listener; each sidecar with a state store has four connections.
    needed = pods * (pool + 1) + sum(4 * most_pods(s) for s in running.values() if s["state"])
    assert needed <= 97  # the limit of a compute of 0.25 units (docs/deploy/neon.md)


def test_half_the_allowance_is_enough_for_one_pod_each() -> None:
    needed_cpu, needed_memory = 1.0, 3.6  # everything else, on one node
    for one in one_pod_each().values():
        needed_cpu += 2 * asked_by(one)[0]  # old and new
        needed_memory += 2 * asked_by(one)[1]
    assert needed_cpu <= 2.0 + 0.5  # the last pods of an upgrade wait for the first old ones
    assert needed_memory <= 12.0
