// Reads rendered manifests from standard input and holds every pod in them against the Pod Security Standard
// "restricted", by the API server's own checks: once as rendered and, where the pod asks for a Dapr sidecar, once
// more with the sidecar that Dapr's own injector would add. Prints one line of JSON per pod; exits 1 on a violation.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dapr/dapr/pkg/injector/patcher"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

type object struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Template    *corev1.PodTemplateSpec `json:"template"`
		JobTemplate *struct {
			Spec struct {
				Template corev1.PodTemplateSpec `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
	} `json:"spec"`
}

type finding struct {
	Kind       string   `json:"kind"`
	Name       string   `json:"name"`
	Injected   bool     `json:"injected"`
	Containers []string `json:"containers"`
	Violations []string `json:"violations"`
}

func main() {
	bad, err := run(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if bad {
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) (bool, error) {
	checks, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return false, err
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	documents := utilyaml.NewYAMLReader(bufio.NewReader(in))
	encoder, bad := json.NewEncoder(out), false
	for {
		raw, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return bad, nil
		}
		if err != nil {
			return false, err
		}
		kind, name, pod, err := podOf(raw)
		if err != nil {
			return false, err
		}
		if pod == nil {
			continue
		}
		variants := []*corev1.Pod{pod}
		if pod.Annotations["dapr.io/enabled"] == "true" {
			injected, err := inject(pod)
			if err != nil {
				return false, fmt.Errorf("%s %s: %w", kind, name, err)
			}
			variants = append(variants, injected)
		}
		for i, variant := range variants {
			found := finding{Kind: kind, Name: name, Injected: i == 1, Violations: []string{}}
			for _, c := range append(variant.Spec.InitContainers, variant.Spec.Containers...) {
				found.Containers = append(found.Containers, c.Name)
			}
			for _, result := range checks.EvaluatePod(level, &variant.ObjectMeta, &variant.Spec) {
				if !result.Allowed {
					found.Violations = append(found.Violations, result.ForbiddenReason+": "+result.ForbiddenDetail)
				}
			}
			bad = bad || len(found.Violations) > 0
			if err := encoder.Encode(found); err != nil {
				return false, err
			}
		}
	}
}

func podOf(raw []byte) (kind, name string, pod *corev1.Pod, err error) {
	var head metav1.TypeMeta
	if err := yaml.Unmarshal(raw, &head); err != nil {
		return "", "", nil, err
	}
	switch head.Kind {
	case "Pod":
		pod = &corev1.Pod{}
		err = yaml.Unmarshal(raw, pod)
		return head.Kind, pod.Name, pod, err
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob":
		var o object
		if err := yaml.Unmarshal(raw, &o); err != nil {
			return "", "", nil, err
		}
		template := o.Spec.Template
		if o.Spec.JobTemplate != nil {
			template = &o.Spec.JobTemplate.Spec.Template
		}
		return head.Kind, o.Name, &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}, nil
	}
	return "", "", nil, nil
}

// inject adds the sidecar as Dapr's injector does when it was installed with this repository's Dapr values.
func inject(pod *corev1.Pod) (*corev1.Pod, error) {
	config := patcher.NewSidecarConfig(pod)
	config.Namespace, config.ControlPlaneNamespace = "todo-app", "dapr-system"
	config.OperatorAddress, config.SentryAddress = "dapr-api.dapr-system.svc:443", "dapr-sentry.dapr-system.svc:443"
	config.SidecarImage, config.MTLSEnabled = "docker.io/daprio/daprd:1.18.2", true
	config.RunAsNonRoot, config.ReadOnlyRootFilesystem, config.SidecarDropALLCapabilities = true, true, true
	config.SetFromPodAnnotations()
	patch, err := config.GetPatch()
	if err != nil {
		return nil, err
	}
	return patcher.PatchPod(pod, patch)
}
