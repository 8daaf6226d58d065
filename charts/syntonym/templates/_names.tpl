{{/* Of two long names that begin alike, each keeps a hash of the whole: services and labels end at 63 characters. */}}
{{- define "syntonym.name" -}}
{{- $whole := printf "%s-%s" .root.Release.Name .component -}}
{{- if le (len $whole) 63 -}}{{ $whole }}{{- else -}}{{ $whole | trunc 54 | trimSuffix "-" }}-{{ sha256sum $whole | trunc 8 }}{{- end -}}
{{- end -}}

{{- define "syntonym.selector" -}}
app.kubernetes.io/name: syntonym
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "syntonym.labels" -}}
{{ include "syntonym.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "syntonym.image" -}}
{{- $image := .root.Values.image -}}
{{- $tag := ternary $image.gpuTag $image.tag .gpu -}}
{{- $digest := ternary $image.gpuDigest $image.digest .gpu -}}
{{- printf "%s%s" $image.registryPrefix $image.repository -}}
{{- if $digest }}@{{ $digest }}{{ else }}:{{ $tag }}{{ end -}}
{{- end -}}

{{- define "syntonym.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* What Pod Security "restricted" asks for, and a root file system that nobody writes. */}}
{{- define "syntonym.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
automountServiceAccountToken: false
enableServiceLinks: false
{{- end -}}

{{- define "syntonym.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{- define "syntonym.redisUrl" -}}
{{- if .Values.bundled.redis.enabled -}}redis://{{ .Release.Name }}-redis:6379{{- else -}}{{ .Values.services.redis.url }}{{- end -}}
{{- end -}}
{{- define "syntonym.s3Endpoint" -}}
{{- if .Values.bundled.s3.enabled -}}http://{{ .Release.Name }}-s3:8333{{- else -}}{{ .Values.services.s3.endpoint }}{{- end -}}
{{- end -}}
{{- define "syntonym.registryUrl" -}}
{{- if .Values.bundled.registry.enabled -}}http://{{ .Release.Name }}-registry:8080/apis/ccompat/v7{{- else -}}{{ .Values.services.schemaRegistry.url }}{{- end -}}
{{- end -}}
{{- define "syntonym.s3Secret" -}}
{{- if .Values.bundled.s3.enabled -}}{{ .Release.Name }}-s3{{- else -}}{{ .Values.services.s3.existingSecret }}{{- end -}}
{{- end -}}

{{/* What is missing for a set of values that is well formed; one message with all of it. */}}
{{- define "syntonym.require" -}}
{{- $missing := list -}}
{{- if not .Values.services.kafka.brokers }}{{ $missing = append $missing "services.kafka.brokers: host:port of the brokers" }}{{ end -}}
{{- if not .Values.jobsRoot.existingClaim }}{{ $missing = append $missing "jobsRoot.existingClaim: the claim with the files that clients name" }}{{ end -}}
{{- if not .Values.keys.existingSecret }}{{ $missing = append $missing "keys.existingSecret: a secret with keys.json" }}{{ end -}}
{{- if not (or .Values.bundled.registry.enabled .Values.services.schemaRegistry.url) }}{{ $missing = append $missing "services.schemaRegistry.url, or bundled.registry.enabled for a trial" }}{{ end -}}
{{- if not (or .Values.bundled.redis.enabled .Values.services.redis.url .Values.services.redis.existingSecret) }}{{ $missing = append $missing "services.redis.url or .existingSecret, or bundled.redis.enabled for a trial" }}{{ end -}}
{{- if not (or .Values.bundled.s3.enabled (and .Values.services.s3.endpoint .Values.services.s3.existingSecret)) }}{{ $missing = append $missing "services.s3.endpoint and services.s3.existingSecret, or bundled.s3.enabled for a trial" }}{{ end -}}
{{- range $name, $pool := .Values.anonymizer.pools }}
{{- if and $pool.enabled (ne $pool.executionProvider "cpu") (not $pool.gpu.resource) }}{{ $missing = append $missing (printf "anonymizer.pools.%s.gpu.resource: %s needs a GPU" $name $pool.executionProvider) }}{{ end -}}
{{- range $key := list "filmDecode" "filmEncode" }}
{{- if and $pool.enabled (eq (default "cpu" (get $pool $key)) "cuda") (not $pool.gpu.resource) }}{{ $missing = append $missing (printf "anonymizer.pools.%s.gpu.resource: %s cuda needs a GPU" $name $key) }}{{ end -}}
{{- end -}}
{{- if and $pool.enabled (lt (int $pool.terminationGraceSeconds) (add $pool.drainSeconds 30)) }}{{ $missing = append $missing (printf "anonymizer.pools.%s.terminationGraceSeconds: at least drainSeconds and 30 s more to hand tasks back" $name) }}{{ end -}}
{{- end -}}
{{- if $missing }}{{ fail (printf "These values are missing:\n  - %s" (join "\n  - " $missing)) }}{{ end -}}
{{- end -}}
