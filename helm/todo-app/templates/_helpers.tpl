{{/* Every service with its defaults filled in: YAML of {app id: service}. */}}
{{- define "todo.services" -}}
{{- $all := dict -}}
{{- range $id, $own := .Values.services -}}
{{- $_ := set $all $id (mergeOverwrite (deepCopy $.Values.serviceDefaults) (deepCopy (default dict $own))) -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* App ids of the services for which `field` is set: include "todo.having" (list services "field") → JSON list. */}}
{{- define "todo.having" -}}
{{- $ids := list -}}
{{- $field := index . 1 -}}
{{- range $id, $svc := index . 0 -}}
{{- if index $svc $field }}{{ $ids = append $ids $id }}{{ end -}}
{{- end -}}
{{- toJson $ids -}}
{{- end -}}

{{- define "todo.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/name: todo-app
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: todo
{{- end -}}

{{/* What selects one service's pods: include "todo.selector" (dict "root" $ "id" "todo-backend") */}}
{{- define "todo.selector" -}}
app.kubernetes.io/name: todo-app
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .id }}
{{- end -}}

{{- define "todo.image" -}}
{{- $image := index .root.Values.image .image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .root.Chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}

{{- define "todo.host" -}}
{{- if .Values.ingress.enabled }}{{ .Values.ingress.host }}{{ else if .Values.gateway.enabled }}{{ .Values.gateway.host }}{{ end -}}
{{- end -}}

{{- define "todo.publicUrl" -}}
{{- if .Values.app.publicUrl -}}
{{ .Values.app.publicUrl }}
{{- else if and .Values.ingress.enabled .Values.ingress.host -}}
{{ ternary "https" "http" .Values.ingress.tls.enabled }}://{{ .Values.ingress.host }}
{{- else if and .Values.gateway.enabled .Values.gateway.host -}}
{{ ternary "https" "http" .Values.gateway.tls }}://{{ .Values.gateway.host }}
{{- end -}}
{{- end -}}

{{- define "todo.appSecret" -}}{{ default "todo-app" .Values.app.existingSecret }}{{- end -}}
{{- define "todo.databaseSecret" -}}{{ default "todo-database" .Values.database.existingSecret }}{{- end -}}
{{/* Hooks run before the objects of the release exist, so an inline URL needs a Secret that is a hook too. */}}
{{- define "todo.hookDatabaseSecret" -}}{{ default "todo-database-hook" .Values.database.existingSecret }}{{- end -}}
{{- define "todo.appTokenSecret" -}}{{ default "todo-dapr-app-token" .Values.dapr.appTokenSecret }}{{- end -}}
{{- define "todo.apiTokenSecret" -}}{{ default "todo-dapr-api-token" .Values.dapr.apiTokenSecret }}{{- end -}}

{{- define "todo.kafkaUser" -}}todo-app-kafka{{- end -}}
{{- define "todo.kafkaSecret" -}}
{{- if eq .Values.kafka.mode "strimzi" }}{{ include "todo.kafkaUser" . }}{{ else }}{{ .Values.kafka.auth.existingSecret }}{{ end -}}
{{- end -}}
{{- define "todo.kafkaMechanism" -}}
{{- ternary "SCRAM-SHA-512" .Values.kafka.auth.mechanism (eq .Values.kafka.mode "strimzi") -}}
{{- end -}}
{{- define "todo.brokers" -}}
{{- if eq .Values.kafka.mode "strimzi" -}}
{{ .Values.kafka.strimzi.clusterName }}-kafka-bootstrap:9093
{{- else -}}
{{ join "," .Values.kafka.brokers }}
{{- end -}}
{{- end -}}
{{- define "todo.kafkaCaSecret" -}}
{{- if eq .Values.kafka.mode "strimzi" }}{{ .Values.kafka.strimzi.clusterName }}-cluster-ca-cert{{ else }}{{ .Values.kafka.tls.caSecret }}{{ end -}}
{{- end -}}
{{- define "todo.kafkaScram" -}}
{{- if or (eq .Values.kafka.mode "strimzi") (eq .Values.kafka.auth.type "scram") }}true{{ end -}}
{{- end -}}

{{/* Environment of a container that connects to the brokers itself (topics, replay, dead letters). */}}
{{- define "todo.kafkaEnv" -}}
- {name: KAFKA_BROKERS, value: {{ include "todo.brokers" . | quote }}}
{{- if include "todo.kafkaScram" . }}
- {name: KAFKA_SASL_MECHANISM, value: {{ include "todo.kafkaMechanism" . }}}
- {name: KAFKA_TLS, value: {{ ternary "true" (ternary "true" "false" .Values.kafka.tls.enabled) (eq .Values.kafka.mode "strimzi") | quote }}}
{{- if include "todo.kafkaCaSecret" . }}
- {name: KAFKA_CA, value: /etc/kafka-ca/ca.crt}
{{- end }}
{{- if eq .Values.kafka.mode "strimzi" }}
- {name: KAFKA_USERNAME, value: {{ include "todo.kafkaUser" . }}}
{{- else }}
- name: KAFKA_USERNAME
  valueFrom: {secretKeyRef: {name: {{ include "todo.kafkaSecret" . }}, key: username}}
{{- end }}
- name: KAFKA_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "todo.kafkaSecret" . }}, key: password}}
{{- end }}
{{- end -}}

{{/* None of our containers needs root, capabilities, a writable root or more than the default system calls. */}}
{{- define "todo.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}
{{- define "todo.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The topics of the product, with their dead-letter topics. */}}
{{- define "todo.topics" -}}
{{- $topics := list -}}
{{- range $id, $svc := include "todo.services" . | fromYaml -}}
{{- $topics = concat $topics $svc.publishes $svc.subscribes $svc.fanOut -}}
{{- range $svc.subscribes }}{{ $topics = append $topics (printf "%s.dead-letter" .) }}{{ end -}}
{{- end -}}
{{- toJson ($topics | uniq | sortAlpha) -}}
{{- end -}}

{{/* App ids that are called through a sidecar. */}}
{{- define "todo.invoked" -}}
{{- $ids := list -}}
{{- range include "todo.services" . | fromYaml }}{{ $ids = concat $ids .invokes }}{{ end -}}
{{- toJson ($ids | uniq | sortAlpha) -}}
{{- end -}}

{{/* Connection of a Dapr component to the brokers. */}}
{{- define "todo.kafkaMetadata" -}}
- {name: brokers, value: {{ include "todo.brokers" . | quote }}}
{{- if include "todo.kafkaScram" . }}
- {name: authType, value: password}
{{- if eq .Values.kafka.mode "strimzi" }}
- {name: saslUsername, value: {{ include "todo.kafkaUser" . }}}
{{- else }}
- name: saslUsername
  secretKeyRef: {name: {{ include "todo.kafkaSecret" . }}, key: username}
{{- end }}
- name: saslPassword
  secretKeyRef: {name: {{ include "todo.kafkaSecret" . }}, key: password}
# exactly SHA-256 or SHA-512: Dapr silently takes anything else as PLAIN
- {name: saslMechanism, value: {{ include "todo.kafkaMechanism" . | trimPrefix "SCRAM-" }}}
- {name: disableTls, value: {{ ternary "false" (ternary "false" "true" .Values.kafka.tls.enabled) (eq .Values.kafka.mode "strimzi") | quote }}}
{{- with include "todo.kafkaCaSecret" . }}
- name: caCert
  secretKeyRef: {name: {{ . }}, key: ca.crt}
{{- end }}
{{- else }}
- {name: authType, value: none}
{{- end }}
# in older protocol versions an aborted join leaves a member without a client in the group
- {name: version, value: 2.4.0}
# Dapr passes record headers and the key on as HTTP headers: escape them, so that no record can break a request
- {name: excludeHeaderMetaRegex, value: ".*"}
- {name: escapeHeaders, value: "true"}
- {name: sessionTimeout, value: 6s}
- {name: heartbeatInterval, value: 2s}
# by default each attempt to publish to a hung broker takes 30 s
- {name: dialTimeout, value: 5s}
- {name: readTimeout, value: 5s}
- {name: writeTimeout, value: 5s}
{{- end -}}

{{/* A random value is generated once; an upgrade looks it up and keeps it. */}}
{{- define "todo.kept" -}}
{{- $found := (lookup "v1" "Secret" .root.Release.Namespace .name) -}}
{{- if and $found (index (default dict $found.data) .key) }}{{ index $found.data .key }}{{ else }}{{ randAlphaNum 48 | b64enc }}{{ end -}}
{{- end -}}
