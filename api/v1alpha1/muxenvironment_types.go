// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Defaults of a MuxEnvironment, for what its spec leaves out.
const (
	// DefaultAPIURL is the Mux API.
	DefaultAPIURL = "https://api.mux.com"
	// DefaultTokenIDKey is the key of the access token's id in the credentials Secret.
	DefaultTokenIDKey = "MUX_TOKEN_ID"
	// DefaultTokenSecretKey is the key of the access token's secret in the credentials Secret.
	DefaultTokenSecretKey = "MUX_TOKEN_SECRET"
	// DefaultSigningSecretKey is the key of a webhook endpoint's signing secret.
	DefaultSigningSecretKey = "MUX_WEBHOOK_SECRET"
	// DefaultToleranceSeconds is what Mux's own libraries allow between the signature's time and now.
	DefaultToleranceSeconds = 300
	// DefaultResyncInterval is the time between two repair sweeps over what has not settled.
	DefaultResyncInterval = 6 * time.Hour
	// DefaultSettledResyncInterval is the time between two repair sweeps over everything.
	DefaultSettledResyncInterval = 24 * time.Hour
)

// CredentialsSecretReference names the Secret with a Mux access token, in the environment's namespace.
type CredentialsSecretReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// tokenIDKey is the key of the token's id.
	// +kubebuilder:default=MUX_TOKEN_ID
	// +kubebuilder:validation:MaxLength=253
	// +optional
	TokenIDKey string `json:"tokenIDKey,omitempty"`

	// tokenSecretKey is the key of the token's secret.
	// +kubebuilder:default=MUX_TOKEN_SECRET
	// +kubebuilder:validation:MaxLength=253
	// +optional
	TokenSecretKey string `json:"tokenSecretKey,omitempty"`
}

// SigningSecretReference names a Secret with the signing secret of a webhook endpoint, in the environment's namespace.
type SigningSecretReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// key within the Secret.
	// +kubebuilder:default=MUX_WEBHOOK_SECRET
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Key string `json:"key,omitempty"`
}

// WebhookSpec says how the environment's webhooks are verified.
type WebhookSpec struct {
	// signingSecretRefs are the signing secrets; a webhook is genuine when any of them has signed it, so that a secret can
	// be rotated with overlap.
	// +listType=map
	// +listMapKey=name
	// +listMapKey=key
	// +kubebuilder:validation:MaxItems=8
	// +optional
	SigningSecretRefs []SigningSecretReference `json:"signingSecretRefs,omitempty"`

	// toleranceSeconds is how far the time in a signature may be from now, either way.
	// +kubebuilder:default=300
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=600
	// +optional
	ToleranceSeconds int32 `json:"toleranceSeconds,omitempty"`

	// registration makes the operator keep the webhook endpoint at Mux itself. It takes an access token with system:read and
	// system:write. Unset, a person enters the endpoint in Mux's dashboard, and its signing secret in signingSecretRefs.
	// +optional
	Registration *WebhookRegistration `json:"registration,omitempty"`
}

// WebhookRegistration is how Mux reaches the receiver.
type WebhookRegistration struct {
	// publicURL of the receiver, without the environment's path, a query or a fragment. The operator makes a webhook endpoint
	// at Mux for it, keeps its signing secret in a Secret named after the MuxEnvironment, and deletes the endpoint when this
	// changes or goes.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^https://`
	PublicURL string `json:"publicURL"`
}

// NamespacesFrom says from where objects may refer to a MuxEnvironment.
// +kubebuilder:validation:Enum=Same;All;Selector
type NamespacesFrom string

const (
	// NamespacesFromSame admits the environment's own namespace.
	NamespacesFromSame NamespacesFrom = "Same"
	// NamespacesFromAll admits every namespace.
	NamespacesFromAll NamespacesFrom = "All"
	// NamespacesFromSelector admits namespaces by their labels.
	NamespacesFromSelector NamespacesFrom = "Selector"
)

// AllowedNamespaces says which namespaces may use the environment. Its own always may.
// +kubebuilder:validation:XValidation:rule="(self.from == 'Selector') == has(self.selector)",message="selector is for from: Selector, which needs it"
type AllowedNamespaces struct {
	// from is Same, All or Selector.
	// +kubebuilder:default=Same
	// +optional
	From NamespacesFrom `json:"from,omitempty"`

	// selector of namespaces by their labels. An operator that watches one namespace alone cannot read them and refuses it.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// DiscoverySpec makes objects for what exists at Mux and no object declares.
type DiscoverySpec struct {
	// assets makes a MuxAsset for every asset.
	// +optional
	Assets bool `json:"assets,omitempty"`

	// liveStreams makes a MuxLiveStream for every live stream.
	// +optional
	LiveStreams bool `json:"liveStreams,omitempty"`

	// namespace of the objects; the environment's own when unset.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`

	// template of the objects.
	// +optional
	Template *ObjectTemplate `json:"template,omitempty"`

	// max is the most objects that discovery keeps.
	// +kubebuilder:default=1000
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	// +optional
	Max int32 `json:"max,omitempty"`

	// retention is how long an object stays after it was deleted at Mux; never less than 73 hours, while Mux may still
	// redeliver its events.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +optional
	Retention *metav1.Duration `json:"retention,omitempty"`
}

// ObjectTemplate is put on objects that the operator makes.
type ObjectTemplate struct {
	// labels of the objects.
	// +kubebuilder:validation:MaxProperties=32
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// annotations of the objects.
	// +kubebuilder:validation:MaxProperties=32
	// +optional
	Annotations map[string]AnnotationValue `json:"annotations,omitempty"`
}

// LabelValue is the value of a label.
// +kubebuilder:validation:MaxLength=63
type LabelValue string

// AnnotationValue is the value of an annotation.
// +kubebuilder:validation:MaxLength=4096
type AnnotationValue string

// ResyncSpec says how often the repair sweep reads from Mux what webhooks should have told.
// +kubebuilder:validation:XValidation:rule="!has(self.interval) || duration(self.interval) == duration('0s') || duration(self.interval) >= duration('1s')",message="interval is 0s for no sweep, or at least 1s"
// +kubebuilder:validation:XValidation:rule="!has(self.settledInterval) || duration(self.settledInterval) >= duration('1s')",message="settledInterval is at least 1s"
type ResyncSpec struct {
	// interval between two sweeps over what has not settled; 0s for none, 6h when unset.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// settledInterval between two sweeps over everything; 24h when unset.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +optional
	SettledInterval *metav1.Duration `json:"settledInterval,omitempty"`
}

// MuxEnvironmentSpec is a Mux environment: who the operator is there, and how its webhooks are verified.
// +kubebuilder:validation:XValidation:rule="has(self.credentialsSecretRef) || has(self.environmentID)",message="credentialsSecretRef is needed, or environmentID for an environment that only receives"
type MuxEnvironmentSpec struct {
	// suspend stops all calls to Mux for the environment and its objects. Webhooks are still received.
	// +optional
	Suspend bool `json:"suspend,omitempty"`

	// apiURL of the Mux API.
	// +kubebuilder:default="https://api.mux.com"
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^https?://[^/?#@]+$`
	// +optional
	APIURL string `json:"apiURL,omitempty"`

	// environmentID is the id of the environment at Mux. With credentials the operator finds it out, and only checks it
	// where it is given.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +optional
	EnvironmentID string `json:"environmentID,omitempty"`

	// credentialsSecretRef names the Secret with the access token. Without it the environment only receives.
	// +optional
	CredentialsSecretRef *CredentialsSecretReference `json:"credentialsSecretRef,omitempty"`

	// webhook says how webhooks are verified.
	// +optional
	Webhook *WebhookSpec `json:"webhook,omitempty"`

	// allowedNamespaces says which namespaces may use the environment; only its own when unset.
	// +optional
	AllowedNamespaces *AllowedNamespaces `json:"allowedNamespaces,omitempty"`

	// discovery makes objects for what exists at Mux and no object declares; off when unset.
	// +optional
	Discovery *DiscoverySpec `json:"discovery,omitempty"`

	// resync says how often the repair sweep runs.
	// +optional
	Resync *ResyncSpec `json:"resync,omitempty"`
}

// WebhookEndpointStatus is a webhook endpoint at Mux that the operator has made, or is making.
type WebhookEndpointStatus struct {
	// address that Mux sends webhooks to. Its query names the MuxEnvironment that it is of.
	Address string `json:"address"`

	// id of the endpoint at Mux; unset while it is being made.
	// +optional
	ID string `json:"id,omitempty"`

	// serial of the endpoint; a newer one has a greater.
	Serial int32 `json:"serial"`

	// createdAt is when the endpoint was made, and before it is, when the operator began to.
	CreatedAt metav1.Time `json:"createdAt"`
}

// MuxEnvironmentStatus is what the operator found out about the environment.
type MuxEnvironmentStatus struct {
	// observedGeneration is the newest generation of the spec that the controller has acted on; -1 before the first.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, Reconciling, Stalled, WebhookVerified, WebhookHealthy, WebhookRegistered, Throttled and Limited.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// environmentID is the id of the environment at Mux.
	// +optional
	EnvironmentID string `json:"environmentID,omitempty"`

	// environmentName is its name there.
	// +optional
	EnvironmentName string `json:"environmentName,omitempty"`

	// environmentType is its type there, such as production.
	// +optional
	EnvironmentType string `json:"environmentType,omitempty"`

	// organizationID is the organization that it belongs to.
	// +optional
	OrganizationID string `json:"organizationID,omitempty"`

	// permissions of the access token.
	// +listType=set
	// +optional
	Permissions []string `json:"permissions,omitempty"`

	// webhookPath is the path of the receiver on which the environment's webhooks arrive.
	// +optional
	WebhookPath string `json:"webhookPath,omitempty"`

	// lastSweepTime is when the repair sweep last ran.
	// +optional
	LastSweepTime *metav1.Time `json:"lastSweepTime,omitempty"`

	// lastSettledSweepTime is when it last covered everything.
	// +optional
	LastSettledSweepTime *metav1.Time `json:"lastSettledSweepTime,omitempty"`

	// missedWebhooks is how many assets the last sweep knew to have changed within a day without a webhook.
	// +optional
	MissedWebhooks int32 `json:"missedWebhooks,omitempty"`

	// webhookEndpoints are the webhook endpoints at Mux that the operator has made, the newest first. Several are there while
	// one takes the place of another.
	// +listType=map
	// +listMapKey=address
	// +optional
	WebhookEndpoints []WebhookEndpointStatus `json:"webhookEndpoints,omitempty"`

	// webhookSerial is the least serial of an endpoint whose signing secret is not to be replaced.
	// +optional
	WebhookSerial int32 `json:"webhookSerial,omitempty"`

	// lastHandledRotateSigningSecret is the token of the last handled video.mux.com/request-rotate-signing-secret.
	// +optional
	LastHandledRotateSigningSecret string `json:"lastHandledRotateSigningSecret,omitempty"`
}

// MuxEnvironment is a Mux environment that objects live in.
//
// +genclient
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
// +kubebuilder:resource:shortName=mxe,categories=mux
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Environment",type=string,JSONPath=`.status.environmentID`
// +kubebuilder:printcolumn:name="Webhooks",type=string,JSONPath=`.status.conditions[?(@.type=="WebhookVerified")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.status.environmentName`,priority=1
// +kubebuilder:printcolumn:name="Path",type=string,JSONPath=`.status.webhookPath`,priority=1
type MuxEnvironment struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says who the operator is at Mux and how webhooks are verified.
	Spec MuxEnvironmentSpec `json:"spec"`

	// status is what the operator found out.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status MuxEnvironmentStatus `json:"status,omitempty"`
}

// MuxEnvironmentList is a list of MuxEnvironments.
// +kubebuilder:object:root=true
type MuxEnvironmentList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MuxEnvironment `json:"items"`
}
