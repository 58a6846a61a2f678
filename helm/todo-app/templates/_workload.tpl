{{/* One service: account, Deployment, Service. include "todo.workload" (dict "root" $ "id" id "svc" svc) */}}
{{- define "todo.workload" -}}
{{- $ := .root -}}
{{- $id := .id -}}
{{- $svc := .svc -}}
{{- $python := ne $svc.image "frontend" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $id }}
  labels:
    {{- include "todo.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ $id }}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $id }}
  labels:
    {{- include "todo.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ $id }}
spec:
  {{- if not $svc.autoscaling.enabled }}
  replicas: {{ $svc.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  # a new pod must be ready before an old one stops
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector:
    matchLabels:
      {{- include "todo.selector" (dict "root" $ "id" $id) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "todo.labels" $ | nindent 8 }}
        app.kubernetes.io/component: {{ $id }}
      annotations:
        # daprd reads its components only at start
        checksum/dapr: {{ include (print $.Template.BasePath "/dapr.yaml") $ | sha256sum | trunc 16 }}
        kubectl.kubernetes.io/default-container: app
        dapr.io/enabled: "true"
        dapr.io/app-id: {{ $id }}
        dapr.io/app-port: {{ $svc.port | quote }}
        dapr.io/app-protocol: http
        dapr.io/config: {{ $id }}
        dapr.io/app-token-secret: {{ include "todo.appTokenSecret" $ }}
        dapr.io/api-token-secret: {{ include "todo.apiTokenSecret" $ }}
        {{- if $svc.daprHealthPath }}
        # 3 × 3 s to detect an unhealthy app, well under the 40 s after which an event becomes a dead letter
        dapr.io/enable-app-health-check: "true"
        dapr.io/app-health-check-path: {{ $svc.daprHealthPath }}
        dapr.io/app-health-probe-interval: "3"
        dapr.io/app-health-probe-timeout: {{ $.Values.dapr.appHealthProbeTimeoutMs | quote }}
        dapr.io/app-health-threshold: "3"
        {{- end }}
        dapr.io/graceful-shutdown-seconds: {{ $.Values.dapr.gracefulShutdownSeconds | quote }}
        {{- if $svc.blockShutdownSeconds }}
        dapr.io/block-shutdown-duration: {{ printf "%vs" $svc.blockShutdownSeconds | quote }}
        {{- end }}
        {{- if $.Values.dapr.nativeSidecar }}
        dapr.io/enable-native-sidecar: "true"
        {{- end }}
        # the built-in store gives out every Secret that the account may read; ours has one
        dapr.io/disable-builtin-k8s-secret-store: "true"
        dapr.io/sidecar-seccomp-profile-type: RuntimeDefault
        dapr.io/sidecar-cpu-request: {{ $svc.sidecar.cpuRequest | quote }}
        dapr.io/sidecar-memory-request: {{ $svc.sidecar.memoryRequest | quote }}
        dapr.io/sidecar-memory-limit: {{ $svc.sidecar.memoryLimit | quote }}
        # with the default, a sidecar that misses 1 s five times removes its pod from the Service
        dapr.io/sidecar-readiness-probe-timeout-seconds: "10"
        dapr.io/sidecar-liveness-probe-timeout-seconds: "10"
        # the app uses 9090
        dapr.io/metrics-port: "9091"
        dapr.io/log-as-json: "true"
        dapr.io/log-level: {{ $.Values.dapr.logLevel }}
        {{- with $svc.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ $id }}
      # only the sidecar of a service that reads Secrets calls the API server
      automountServiceAccountToken: {{ $svc.secretStore }}
      enableServiceLinks: false
      # preStop, then the app's shutdown, then the sidecar's
      terminationGracePeriodSeconds: {{ add (max 60 (add $svc.preStopSeconds $.Values.dapr.gracefulShutdownSeconds 20)) 0 }}
      securityContext:
        {{- include "todo.podSecurity" $ | nindent 8 }}
      {{- with $.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "todo.selector" (dict "root" $ "id" $id) | nindent 14 }}
        {{- end }}
      {{- with $svc.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $svc.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $svc.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      containers:
        - name: app
          image: {{ include "todo.image" (dict "root" $ "image" $svc.image) | quote }}
          imagePullPolicy: {{ $.Values.image.pullPolicy }}
          {{- if $python }}
          args: [serve, {{ $id }}]
          {{- end }}
          ports:
            - {name: http, containerPort: {{ $svc.port }}, protocol: TCP}
            {{- if $svc.metricsPort }}
            - {name: metrics, containerPort: {{ $svc.metricsPort }}, protocol: TCP}
            {{- end }}
          env:
            # the injector gives the tokens to the sidecar only
            - name: DAPR_API_TOKEN
              valueFrom: {secretKeyRef: {name: {{ include "todo.apiTokenSecret" $ }}, key: token}}
            {{- if $python }}
            - name: APP_API_TOKEN
              valueFrom: {secretKeyRef: {name: {{ include "todo.appTokenSecret" $ }}, key: token}}
            - {name: TODO_RUNTIME, value: dapr}
            - {name: TODO_HOST, value: "0.0.0.0"}
            - {name: APP_PORT, value: {{ $svc.port | quote }}}
            {{- if $svc.metricsPort }}
            - {name: TODO_METRICS_PORT, value: {{ $svc.metricsPort | quote }}}
            {{- end }}
            - {name: TODO_DATA_DIR, value: /tmp}
            - {name: TODO_LOG_LEVEL, value: {{ $.Values.app.logLevel }}}
            - {name: TODO_SIGNUP, value: {{ $.Values.app.signup }}}
            {{- with $.Values.app.trustedProxies }}
            - {name: TODO_TRUSTED_PROXIES, value: {{ . | quote }}}
            {{- end }}
            {{- with include "todo.publicUrl" $ }}
            - {name: TODO_PUBLIC_URL, value: {{ . | quote }}}
            {{- end }}
            {{- if $svc.database }}
            - {name: TODO_DATABASE_POOL, value: {{ $.Values.database.poolSize | quote }}}
            - name: DATABASE_URL
              valueFrom: {secretKeyRef: {name: {{ include "todo.databaseSecret" $ }}, key: {{ $.Values.database.key }}}}
            {{- end }}
            {{- if $svc.internet }}
            - {name: TODO_ALLOW_PRIVATE_ADDRESSES, value: {{ $.Values.app.allowPrivateAddresses | quote }}}
            {{- end }}
            {{- if $svc.appSecret }}
            - {name: SMTP_FROM, value: {{ $.Values.app.smtpFrom | quote }}}
            {{- range $name, $key := dict "TODO_SECRET_KEY" "secret-key" "SMTP_URL" "smtp-url" "TODO_VAPID_PRIVATE_KEY" "vapid-private-key" }}
            - name: {{ $name }}
              valueFrom: {secretKeyRef: {name: {{ include "todo.appSecret" $ }}, key: {{ $key }}{{ if ne $key "secret-key" }}, optional: true{{ end }}}}
            {{- end }}
            {{- end }}
            {{- if and (eq $id "todo-backend") $.Values.app.model }}
            - {name: TODO_MODEL, value: {{ $.Values.app.model | quote }}}
            {{- with $.Values.app.modelUrl }}
            - {name: OPENAI_BASE_URL, value: {{ . | quote }}}
            {{- end }}
            - {name: TODO_CHAT_TOKENS_PER_DAY, value: {{ $.Values.app.modelTokensPerDay | quote }}}
            - name: OPENAI_API_KEY
              valueFrom: {secretKeyRef: {name: {{ include "todo.appSecret" $ }}, key: openai-api-key, optional: true}}
            {{- end }}
            {{- if $svc.secretStore }}
            - {name: TODO_SECRET_STORE, value: kubernetes-secrets}
            {{- end }}
            {{- if $svc.publishes }}
            {{- include "todo.kafkaEnv" $ | nindent 12 }}
            {{- end }}
            {{- else }}
            - {name: HOSTNAME, value: "0.0.0.0"}
            - {name: PORT, value: {{ $svc.port | quote }}}
            {{- with include "todo.publicUrl" $ }}
            - {name: TODO_PUBLIC_URL, value: {{ . | quote }}}
            {{- end }}
            {{- end }}
            {{- range $name, $value := $svc.env }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
          startupProbe:
            httpGet: {path: {{ $svc.livenessPath }}, port: http}
            periodSeconds: 2
            timeoutSeconds: 3
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: {{ $svc.livenessPath }}, port: http}
            periodSeconds: 10
            timeoutSeconds: 10
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: {{ $svc.readinessPath }}, port: http}
            periodSeconds: 5
            # A pod that answers with an error is removed from the Service after 15 s, one that does not answer after
            # 30 s: an overloaded node slows all pods, and must not remove the last one.
            timeoutSeconds: 10
            failureThreshold: 3
          lifecycle:
            preStop: {sleep: {seconds: {{ $svc.preStopSeconds }}}}
          securityContext:
            {{- include "todo.containerSecurity" $ | nindent 12 }}
          resources:
            {{- toYaml $svc.resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            {{- if and $svc.publishes (include "todo.kafkaCaSecret" $) }}
            - {name: kafka-ca, mountPath: /etc/kafka-ca, readOnly: true}
            {{- end }}
            {{- if not $python }}
            # Next.js caches optimised images and revalidated pages here
            - {name: cache, mountPath: /app/.next/cache}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: 64Mi}
        {{- if and $svc.publishes (include "todo.kafkaCaSecret" $) }}
        - name: kafka-ca
          secret: {secretName: {{ include "todo.kafkaCaSecret" $ }}, items: [{key: ca.crt, path: ca.crt}]}
        {{- end }}
        {{- if not $python }}
        - name: cache
          emptyDir: {sizeLimit: 64Mi}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $id }}
  labels:
    {{- include "todo.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ $id }}
spec:
  type: ClusterIP
  selector:
    {{- include "todo.selector" (dict "root" $ "id" $id) | nindent 4 }}
  ports:
    - {name: http, port: 80, targetPort: http, protocol: TCP}
{{- end -}}
