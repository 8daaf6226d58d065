{{/* The environment of every process: the same names as outside of Kubernetes. */}}
{{- define "syntonym.environment" -}}
{{- $v := .root.Values -}}
- { name: SYNTONYM_MODE, value: cluster }
- { name: SYNTONYM_HOST, value: "0.0.0.0" }
- { name: SYNTONYM_PORT, value: "8080" }
- { name: SYNTONYM_METRICS_PORT, value: "9464" }
- { name: SYNTONYM_DATA_DIR, value: /work/data }
- { name: SYNTONYM_JOBS_ROOT, value: /syntonym/jobs }
- { name: SYNTONYM_KAFKA_BROKERS, value: {{ join "," $v.services.kafka.brokers | quote }} }
- { name: SYNTONYM_SCHEMA_REGISTRY_URL, value: {{ include "syntonym.registryUrl" .root | quote }} }
{{- if and $v.services.redis.existingSecret (not $v.bundled.redis.enabled) }}
- name: SYNTONYM_REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ $v.services.redis.existingSecret }}, key: url } }
{{- else }}
- { name: SYNTONYM_REDIS_URL, value: {{ include "syntonym.redisUrl" .root | quote }} }
{{- end }}
- { name: SYNTONYM_S3_ENDPOINT, value: {{ include "syntonym.s3Endpoint" .root | quote }} }
- { name: SYNTONYM_S3_BUCKET, value: {{ $v.services.s3.bucket | quote }} }
- { name: SYNTONYM_S3_REGION, value: {{ $v.services.s3.region | quote }} }
{{- with $v.services.s3.publicEndpoint }}
- { name: SYNTONYM_S3_PUBLIC_ENDPOINT, value: {{ . | quote }} }
{{- end }}
- name: SYNTONYM_S3_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ include "syntonym.s3Secret" .root }}, key: access-key } }
- name: SYNTONYM_S3_SECRET_KEY
  valueFrom: { secretKeyRef: { name: {{ include "syntonym.s3Secret" .root }}, key: secret-key } }
- { name: SYNTONYM_LOG_LEVEL, value: {{ $v.logLevel }} }
{{- with $v.services.s3.sourceBuckets }}
- { name: SYNTONYM_S3_SOURCE_BUCKETS, value: {{ join "," . | quote }} }
{{- end }}
{{- with $v.tracing.endpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- range $name, $value := .environment }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{/*
One deployment. Takes root, component, entry (the program), replicas, resources; optional: environment, gpu (a pool's),
workFolder, jobsRoot, keys, http, graceSeconds, nodeSelector, tolerations, scaled (the replicas belong to an autoscaler).
*/}}
{{- define "syntonym.deployment" -}}
{{- $v := .root.Values -}}
{{- $gpu := and .gpu .gpu.resource -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "syntonym.name" . }}
  labels:
    {{- include "syntonym.labels" . | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: {{ ternary 1 0 (not (empty $gpu)) }}, maxSurge: {{ ternary 0 1 (not (empty $gpu)) }} }
  selector:
    matchLabels:
      {{- include "syntonym.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "syntonym.labels" . | nindent 8 }}
    spec:
      {{- include "syntonym.podSecurity" . | nindent 6 }}
      {{- include "syntonym.pullSecrets" .root | nindent 6 }}
      terminationGracePeriodSeconds: {{ .graceSeconds | default 45 }}
      {{- with $v.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- if $gpu }}
      {{- with .gpu.runtimeClassName }}
      runtimeClassName: {{ . }}
      {{- end }}
      {{- end }}
      {{- with merge (dict) (.nodeSelector | default dict) $v.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with concat (.tolerations | default list) $v.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.topologyKey }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "syntonym.selector" $ | nindent 14 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "syntonym.image" (dict "root" .root "gpu" (not (empty $gpu))) }}
          imagePullPolicy: {{ $v.image.pullPolicy }}
          args: [{{ .entry | quote }}]
          {{- include "syntonym.containerSecurity" . | nindent 10 }}
          env:
            {{- include "syntonym.environment" . | nindent 12 }}
          {{- if .http }}
          # Requests still come until every node has heard that the pod goes; nobody is refused meanwhile.
          lifecycle: { preStop: { exec: { command: [sleep, "5"] } } }
          {{- end }}
          ports:
            - { name: metrics, containerPort: 9464 }
            {{- if .http }}
            - { name: http, containerPort: 8080 }
            {{- end }}
          startupProbe:
            httpGet: { path: /livez, port: {{ ternary "http" "metrics" (default false .http) }} }
            periodSeconds: 5
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /livez, port: {{ ternary "http" "metrics" (default false .http) }} }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: {{ ternary "http" "metrics" (default false .http) }} }
            periodSeconds: 10
            timeoutSeconds: 5
          resources:
            requests:
              {{- toYaml .resources.requests | nindent 14 }}
            limits:
              {{- toYaml .resources.limits | nindent 14 }}
              {{- if $gpu }}
              {{ .gpu.resource }}: {{ .gpu.count }}
              {{- end }}
          volumeMounts:
            - { name: work, mountPath: /work }
            - { name: tmp, mountPath: /tmp }
            {{- if .jobsRoot }}
            - { name: jobs-root, mountPath: /syntonym/jobs, readOnly: true }
            {{- end }}
            {{- if .keys }}
            - { name: keys, mountPath: /etc/syntonym, readOnly: true }
            {{- end }}
            {{- if and .models $v.models.existingClaim }}
            - { name: models, mountPath: /opt/syntonym/cache/syntonym, readOnly: true }
            {{- end }}
      volumes:
        - name: work
          emptyDir: { sizeLimit: {{ .workFolder | default "1Gi" }} }
        - name: tmp
          emptyDir: { sizeLimit: 1Gi }
        {{- if .jobsRoot }}
        - name: jobs-root
          persistentVolumeClaim: { claimName: {{ $v.jobsRoot.existingClaim }}, readOnly: true }
        {{- end }}
        {{- if .keys }}
        - name: keys
          secret: { secretName: {{ $v.keys.existingSecret }}, defaultMode: 288 }
        {{- end }}
        {{- if and .models $v.models.existingClaim }}
        - name: models
          persistentVolumeClaim: { claimName: {{ $v.models.existingClaim }}, readOnly: true }
        {{- end }}
{{- end -}}

{{- define "syntonym.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "syntonym.name" . }}
  labels:
    {{- include "syntonym.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "syntonym.selector" . | nindent 6 }}
{{- end -}}

{{- define "syntonym.cpuScaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "syntonym.name" . }}
  labels:
    {{- include "syntonym.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ include "syntonym.name" . }} }
  minReplicas: {{ .autoscaling.min }}
  maxReplicas: {{ .autoscaling.max }}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 600
      policies: [{ type: Pods, value: 1, periodSeconds: 120 }]
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ .autoscaling.targetCpuPercent }} }
{{- end -}}
