{{/* Peers and ports in the syntax of network policies. */}}
{{- define "todo.namespace" }}{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ . }}}}}{{ end }}
{{- define "todo.cidrs" }}[{{ range $i, $cidr := . }}{{ if $i }}, {{ end }}{ipBlock: {cidr: {{ $cidr }}}}{{ end }}]{{ end }}
{{- define "todo.ports" }}[{{ range $i, $port := . }}{{ if $i }}, {{ end }}{port: {{ $port }}, protocol: TCP}{{ end }}]{{ end }}
{{/* The addresses of the Kubernetes API: as set, else those that the cluster tells (not without one: helm template). */}}
{{- define "todo.apiServer" }}
{{- $found := .Values.networkPolicy.apiServerCidrs }}
{{- if not $found }}
{{- range (lookup "v1" "Endpoints" "default" "kubernetes").subsets }}
{{- range .addresses }}{{ $found = append $found (printf "%s/%d" .ip (ternary 128 32 (contains ":" .ip))) }}{{ end }}
{{- end }}
{{- with (lookup "v1" "Service" "default" "kubernetes").spec }}{{ $found = append $found (printf "%s/%d" .clusterIP (ternary 128 32 (contains ":" .clusterIP))) }}{{ end }}
{{- end }}
{{- $found | uniq | toJson }}
{{- end }}
{{- define "todo.kafkaEgress" }}
{{- if eq .Values.kafka.mode "strimzi" }}
- to: [{podSelector: {matchLabels: {strimzi.io/cluster: {{ .Values.kafka.strimzi.clusterName }}}}}]
  ports: {{ include "todo.ports" (list 9093) }}
{{- else }}
{{- $ports := list }}
{{- range .Values.kafka.brokers }}{{ $ports = append $ports (splitList ":" . | last | int) }}{{ end }}
- to: {{ include "todo.cidrs" .Values.networkPolicy.kafkaCidrs }}
  ports: {{ include "todo.ports" ($ports | uniq) }}
{{- end }}
{{- end }}
