// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Condition types. Ready, Reconciling and Stalled follow kstatus: Ready is always there, Reconciling and Stalled only
// while True.
const (
	// ConditionReady is True when the object is what its spec asks for and Mux has finished with it.
	ConditionReady = "Ready"
	// ConditionReconciling is True while the operator or Mux is still at work; absent otherwise.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when nothing will change until a person acts; absent otherwise.
	ConditionStalled = "Stalled"
	// ConditionSynced is True when the spec of observedGeneration has reached Mux. Only the leader writes it.
	ConditionSynced = "Synced"
	// ConditionPlayable is True when the asset can be played: it is ready and has a playback id.
	ConditionPlayable = "Playable"
	// ConditionFinalized is True when the asset's media will not grow any more: at once for files, after the end of the
	// broadcast for recordings.
	ConditionFinalized = "Finalized"
	// ConditionTextTracksReady is True when every text track is ready; absent while the asset has none.
	ConditionTextTracksReady = "TextTracksReady"
	// ConditionStaticRenditionsReady is True when every static rendition is ready or skipped; absent while the asset has none.
	ConditionStaticRenditionsReady = "StaticRenditionsReady"
	// ConditionMasterReady is True while the master can be downloaded; absent when it was never asked for.
	ConditionMasterReady = "MasterReady"
	// ConditionConnected is True while an encoder is connected to the live stream.
	ConditionConnected = "Connected"
	// ConditionRecording is True while Mux records what the encoder sends.
	ConditionRecording = "Recording"
	// ConditionActive is True while viewers can watch the live stream.
	ConditionActive = "Active"
	// ConditionSimulcastHealthy is False when a simulcast target is errored; absent while the stream has no target.
	ConditionSimulcastHealthy = "SimulcastHealthy"
	// ConditionURLReady is True while the upload waits for its file and its URL is in the Secret.
	ConditionURLReady = "URLReady"
	// ConditionStreamKeyReady is True while the stream key and the ingest URLs of the live stream are in its Secret.
	ConditionStreamKeyReady = "StreamKeyReady"
	// ConditionMasterURLReady is True while the URL of the master is in its Secret; absent when the master was never asked for.
	ConditionMasterURLReady = "MasterURLReady"
	// ConditionWebhookVerified is True once a webhook with a valid signature has arrived for the environment.
	ConditionWebhookVerified = "WebhookVerified"
	// ConditionWebhookHealthy is False when the repair sweep found what a webhook should have told.
	ConditionWebhookHealthy = "WebhookHealthy"
	// ConditionWebhookRegistered is True while Mux has a webhook endpoint that the operator made and whose signing secret it
	// holds; absent where spec.webhook.registration asks for none.
	ConditionWebhookRegistered = "WebhookRegistered"
	// ConditionThrottled is True while Mux has asked not to be called; the message says until when. Absent otherwise.
	ConditionThrottled = "Throttled"
	// ConditionLimited is True while as many objects have been made as discovery or recordings allow; absent otherwise.
	ConditionLimited = "Limited"
)

// Reasons of Ready and Synced, shared by all kinds. The message beside a reason says what to do.
const (
	// ReasonReady : everything the spec asks for is there.
	ReasonReady = "Ready"
	// ReasonSynced : the spec has reached Mux.
	ReasonSynced = "Synced"
	// ReasonObserved : the object only follows what Mux has (managementPolicy Observe).
	ReasonObserved = "Observed"
	// ReasonPending : the controller has not looked at the object yet.
	ReasonPending = "Pending"
	// ReasonPreparing : Mux is at work.
	ReasonPreparing = "Preparing"
	// ReasonErrored : Mux gave up; the message holds its words.
	ReasonErrored = "Errored"
	// ReasonDeletedAtMux : Mux no longer has the object. It is reported, never re-created.
	ReasonDeletedAtMux = "DeletedAtMux"
	// ReasonNotFound : Mux does not know the id to import or observe.
	ReasonNotFound = "NotFound"
	// ReasonWaitingForTracks : the asset is ready, a text track that the spec declares is not settled.
	ReasonWaitingForTracks = "WaitingForTextTracks"
	// ReasonWaitingForRenditions : the asset is ready, a static rendition that the spec declares is not settled.
	ReasonWaitingForRenditions = "WaitingForStaticRenditions"
	// ReasonTrackErrored : a text track that the spec declares ended in error.
	ReasonTrackErrored = "TextTrackErrored"
	// ReasonRenditionErrored : a static rendition that the spec declares ended in error.
	ReasonRenditionErrored = "StaticRenditionErrored"
	// ReasonSuspended : spec.suspend is true and the spec holds something that has not reached Mux.
	ReasonSuspended = "Suspended"
	// ReasonEnvironmentNotFound : environmentRef names no MuxEnvironment.
	ReasonEnvironmentNotFound = "EnvironmentNotFound"
	// ReasonEnvironmentNotAllowed : the MuxEnvironment does not allow objects of this namespace.
	ReasonEnvironmentNotAllowed = "EnvironmentNotAllowed"
	// ReasonEnvironmentNotReady : the MuxEnvironment cannot be used now; the message repeats why.
	ReasonEnvironmentNotReady = "EnvironmentNotReady"
	// ReasonEnvironmentSuspended : the MuxEnvironment has spec.suspend.
	ReasonEnvironmentSuspended = "EnvironmentSuspended"
	// ReasonEnvironmentMismatch : the credentials belong to another Mux environment than the object.
	ReasonEnvironmentMismatch = "EnvironmentMismatch"
	// ReasonReceiveOnly : the MuxEnvironment has no credentials, so nothing can be sent to Mux.
	ReasonReceiveOnly = "ReceiveOnly"
	// ReasonIDConflict : another object already holds the same Mux id.
	ReasonIDConflict = "IDConflict"
	// ReasonCreateOutcomeUnknown : a create was sent and its answer never came; the operator waits for the webhook and searches.
	ReasonCreateOutcomeUnknown = "CreateOutcomeUnknown"
	// ReasonDeleting : the object is being deleted at Mux.
	ReasonDeleting = "Deleting"
	// ReasonInvalid : Mux refused the spec; the message holds its words.
	ReasonInvalid = "InvalidSpec"
	// ReasonPlanLimit : the Mux plan does not allow it.
	ReasonPlanLimit = "PlanLimit"
	// ReasonThrottled : Mux asked to slow down, or the request budget is used up; the operator goes on by itself.
	ReasonThrottled = "Throttled"
	// ReasonMuxUnavailable : Mux could not be reached or answered with an error that passes.
	ReasonMuxUnavailable = "MuxUnavailable"
	// ReasonSecretNotFound : a Secret that is referred to does not exist.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonSecretKeyMissing : a Secret lacks the key that is referred to.
	ReasonSecretKeyMissing = "SecretKeyMissing"
	// ReasonCredentialsRejected : Mux does not accept the access token.
	ReasonCredentialsRejected = "CredentialsRejected"
	// ReasonPermissionMissing : the access token lacks a permission; the message names it.
	ReasonPermissionMissing = "PermissionMissing"
	// ReasonSigningSecretMissing : no signing secret is configured, so webhooks cannot be verified.
	ReasonSigningSecretMissing = "SigningSecretMissing"
	// ReasonLive : the asset is a recording of a broadcast that still runs.
	ReasonLive = "Live"
	// ReasonNoPlaybackID : the asset is ready but has no playback id.
	ReasonNoPlaybackID = "NoPlaybackID"
	// ReasonConnected : an encoder is connected.
	ReasonConnected = "EncoderConnected"
	// ReasonNotConnected : no encoder is connected.
	ReasonNotConnected = "NoEncoder"
	// ReasonRecording : Mux records what the encoder sends.
	ReasonRecording = "Recording"
	// ReasonNotRecording : nothing is recorded.
	ReasonNotRecording = "NotRecording"
	// ReasonBroadcasting : viewers can watch.
	ReasonBroadcasting = "Broadcasting"
	// ReasonIdle : the live stream waits for an encoder.
	ReasonIdle = "Idle"
	// ReasonDisabled : the live stream refuses encoders.
	ReasonDisabled = "Disabled"
	// ReasonTargetErrored : a simulcast target is errored.
	ReasonTargetErrored = "SimulcastTargetErrored"
	// ReasonWaitingForUpload : the upload's URL waits for its file.
	ReasonWaitingForUpload = "WaitingForUpload"
	// ReasonTimedOut : the file did not come in time.
	ReasonTimedOut = "TimedOut"
	// ReasonCancelled : the upload was cancelled.
	ReasonCancelled = "Cancelled"
	// ReasonURLPublished : the upload URL is in the Secret.
	ReasonURLPublished = "URLPublished"
	// ReasonStreamKeyPublished : the stream key and the ingest URLs are in the Secret.
	ReasonStreamKeyPublished = "StreamKeyPublished"
	// ReasonMasterURLPublished : the URL of the master is in the Secret.
	ReasonMasterURLPublished = "MasterURLPublished"
	// ReasonMasterOver : the 24 hours of master access are over.
	ReasonMasterOver = "MasterAccessOver"
	// ReasonWaitingForIdle : a change waits for the end of the broadcast, since Mux makes it only while the live stream is idle.
	ReasonWaitingForIdle = "WaitingForIdle"
	// ReasonActionUnanswered : what an annotation asked for was sent, and its answer did not come. It is not sent again.
	ReasonActionUnanswered = "ActionUnanswered"
	// ReasonNotWaiting : the upload has ended, and its URL is of no use any more.
	ReasonNotWaiting = "NotWaiting"
	// ReasonSecretNotOwned : a Secret that the operator is to write exists and is not the object's.
	ReasonSecretNotOwned = "SecretNotOwned"
	// ReasonSecretRefused : the API server does not let the operator write a Secret.
	ReasonSecretRefused = "SecretRefused"
	// ReasonAtMaximum : no more objects are made for something.
	ReasonAtMaximum = "AtMaximum"
	// ReasonNeverDelivered : no webhook with a valid signature has arrived yet.
	ReasonNeverDelivered = "NeverDelivered"
	// ReasonDelivered : a webhook with a valid signature has arrived.
	ReasonDelivered = "Delivered"
	// ReasonRegistered : the webhook endpoint is at Mux.
	ReasonRegistered = "Registered"
	// ReasonRotating : the webhook endpoint has a new signing secret, and the one with the old is still there.
	ReasonRotating = "Rotating"
	// ReasonEndpointDisabled : somebody has disabled the webhook endpoint at Mux.
	ReasonEndpointDisabled = "EndpointDisabled"
	// ReasonInUse : the MuxEnvironment is being deleted and objects need it for their own deletion.
	ReasonInUse = "InUse"
	// ReasonWebhooksMissed : the sweep found changes that no webhook told.
	ReasonWebhooksMissed = "WebhooksMissed"
)

// Annotations that carry what must survive the loss of a status.
const (
	// AnnotationID holds the Mux id of the object.
	AnnotationID = "video.mux.com/id"
	// AnnotationCreateToken holds the token that a create sends along, so that its outcome can be found again.
	AnnotationCreateToken = "video.mux.com/create-token"
	// AnnotationCreateTime holds the time of the create intent, RFC 3339.
	AnnotationCreateTime = "video.mux.com/create-time"
	// AnnotationReading says, on a Secret that the operator writes, which answer of Mux its content came from: the stamp.
	AnnotationReading = "video.mux.com/reading"
	// AnnotationRequestRefresh asks for one GET; its value is a token that status.lastHandledRefresh repeats when done.
	AnnotationRequestRefresh = "video.mux.com/request-refresh"
	// AnnotationRequestMaster asks for temporary master access; status.lastHandledMaster repeats its token.
	AnnotationRequestMaster = "video.mux.com/request-master"
	// AnnotationRequestComplete asks to end the running broadcast of a live stream.
	AnnotationRequestComplete = "video.mux.com/request-complete"
	// AnnotationRequestResetStreamKey asks for a new stream key.
	AnnotationRequestResetStreamKey = "video.mux.com/request-reset-stream-key"
	// AnnotationRequestRotateSigningSecret asks for a new signing secret of the registered webhook endpoint.
	AnnotationRequestRotateSigningSecret = "video.mux.com/request-rotate-signing-secret"
)

// Finalizer keeps an object until its deletion policy has been carried out at Mux.
const Finalizer = "video.mux.com/finalizer"

// ProjectionVersion is the version of the stamps and joins that this release writes into status.projectionVersion. A
// writer that reads a higher one than its own leaves the object to newer replicas.
const ProjectionVersion = 1

// Labels of objects that the operator makes for what Mux makes by itself.
const (
	// LabelOrigin says why the object was made: OriginRecording, OriginUpload or OriginDiscovery.
	LabelOrigin = "video.mux.com/origin"
	// LabelOriginName names what it was made for: the MuxLiveStream, the MuxUpload or the MuxEnvironment; longer names than a
	// label takes are cut and end in a hash.
	LabelOriginName = "video.mux.com/origin-name"

	// OriginRecording : a broadcast of a MuxLiveStream with spec.recordings.
	OriginRecording = "recording"
	// OriginUpload : a MuxUpload.
	OriginUpload = "upload"
	// OriginDiscovery : spec.discovery of a MuxEnvironment.
	OriginDiscovery = "discovery"
)
