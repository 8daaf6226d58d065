{{/* The port of an address; the scheme's own where none is written. */}}
{{- define "syntonym.urlPort" -}}
{{- $host := (urlParse .).host -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- if $port }}{{ $port }}{{ else if hasPrefix "https" . }}443{{ else if hasPrefix "redis" . }}6379{{ else }}80{{ end -}}
{{- end -}}

{{/* The flows to services as a JSON list of {to, ports, bundled}: `to` is what it is called in the table of README.md. */}}
{{- define "syntonym.serviceFlows" -}}
{{- $flows := list -}}
{{- $ports := list -}}
{{- range .Values.services.kafka.brokers }}{{ $ports = append $ports (regexFind "[0-9]+$" . | int) }}{{ end -}}
{{- $flows = append $flows (dict "to" "kafka" "ports" (uniq $ports) "bundled" "") -}}
{{- $flows = append $flows (dict "to" "registry" "ports" (list (include "syntonym.urlPort" (include "syntonym.registryUrl" .) | int)) "bundled" (ternary "registry" "" .Values.bundled.registry.enabled)) -}}
{{- $flows = append $flows (dict "to" "redis" "ports" (list (include "syntonym.urlPort" (default "redis://x" (include "syntonym.redisUrl" .)) | int)) "bundled" (ternary "redis" "" .Values.bundled.redis.enabled)) -}}
{{- $flows = append $flows (dict "to" "s3" "ports" (list (include "syntonym.urlPort" (include "syntonym.s3Endpoint" .) | int)) "bundled" (ternary "s3" "" .Values.bundled.s3.enabled)) -}}
{{- if .Values.tracing.endpoint }}{{ $flows = append $flows (dict "to" "otlp" "ports" (list (include "syntonym.urlPort" .Values.tracing.endpoint | int)) "bundled" "") }}{{ end -}}
{{- toJson (dict "flows" $flows) -}}
{{- end -}}

{{/* The components that are processes of ours. */}}
{{- define "syntonym.processes" -}}
{{- $names := list "gateway" "extractor" "projection" "topics" -}}
{{- range $name, $pool := .Values.anonymizer.pools }}{{ if $pool.enabled }}{{ $names = append $names (printf "anonymizer-%s" $name) }}{{ end }}{{ end -}}
{{- toJson $names -}}
{{- end -}}

{{- define "syntonym.policyHead" }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .root.Release.Name }}-{{ .name }}
  labels:
    {{- include "syntonym.labels" (dict "root" .root "component" "network") | nindent 4 }}
{{- end }}
