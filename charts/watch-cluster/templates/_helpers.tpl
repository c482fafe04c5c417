{{- define "watch-cluster.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "watch-cluster.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "watch-cluster.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "watch-cluster.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "watch-cluster.selectorLabels" -}}
app.kubernetes.io/name: {{ include "watch-cluster.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "watch-cluster.labels" -}}
{{ include "watch-cluster.selectorLabels" . }}
{{/* The label that the commands in the documentation select by. */ -}}
app: watch-cluster
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "watch-cluster.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "watch-cluster.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name: name an account, or set serviceAccount.create" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "watch-cluster.image" -}}
{{- .Values.image.repository }}:{{ .Values.image.tag }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Helm reads numbers as floats, which print as 3.6e+06. */}}
{{- define "watch-cluster.variable" -}}
{{- if kindIs "float64" . }}{{ int64 . | toString | quote }}{{ else }}{{ toString . | quote }}{{ end }}
{{- end }}

{{/* The Secret with the channels for notifications; empty without any. */}}
{{- define "watch-cluster.notificationsSecret" -}}
{{- if and .Values.notifications.channels .Values.notifications.existingSecret }}
{{- fail "notifications: set either channels or existingSecret" }}
{{- else if .Values.notifications.channels }}
{{- include "watch-cluster.fullname" . }}-notifications
{{- else }}
{{- .Values.notifications.existingSecret }}
{{- end }}
{{- end }}

{{- define "watch-cluster.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "watch-cluster.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}

{{/* What the Pods of the controller and of the test have in common. */}}
{{- define "watch-cluster.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "watch-cluster.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end }}

{{- define "watch-cluster.environment" -}}
env:
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  - name: HEALTH_PORT
    value: "8080"
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
envFrom:
  - configMapRef:
      name: {{ include "watch-cluster.fullname" . }}-config
  {{- if .Values.secrets }}
  - secretRef:
      name: {{ include "watch-cluster.fullname" . }}-secrets
  {{- end }}
  {{- with .Values.existingSecret }}
  - secretRef:
      name: {{ . }}
  {{- end }}
{{- end }}
