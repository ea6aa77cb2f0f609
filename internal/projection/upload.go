// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// Upload is what observations know of one direct upload: the value that Lift makes and Join merges. The zero Upload is
// bottom.
type Upload struct {
	state    stamp // its state word is the life-cycle state, the rest the smallest stamp that reached it
	snapshot stamp // the observation that facts came from
	facts    uploadFacts
	// expires is the smallest of what observations of a waiting upload allow; zero when none was seen.
	expires time.Time
	absent  stamp // the greatest stamp of a 404
}

// uploadFacts are the parts of a status that a snapshot sets together. Only those fields of the status are used.
type uploadFacts = video.MuxUploadStatus

// Join is the least upper bound of both.
func (u Upload) Join(o Upload) Upload {
	joined := Upload{
		state:    joinState(u.state, o.state),
		snapshot: u.snapshot,
		facts:    u.facts,
		expires:  soonest(u.expires, o.expires),
		absent:   latest(u.absent, o.absent),
	}
	if o.snapshot.compareByLife(u.snapshot) > 0 {
		joined.snapshot, joined.facts = o.snapshot, o.facts
	}
	return joined
}

// Covers says that the join of both is u itself.
func (u Upload) Covers(o Upload) bool {
	return joinState(u.state, o.state) == u.state && o.snapshot.compareByLife(u.snapshot) <= 0 && soonest(u.expires, o.expires).Equal(u.expires) &&
		latest(u.absent, o.absent) == u.absent
}

func soonest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func (u Upload) newest() stamp { return latest(u.snapshot, u.state) }

// currentState is the state that a reader sees. Mux forgets an upload at some time after its end: a 404 is news only for
// one that still waits.
func (u Upload) currentState() string {
	state := u.state.state
	if state == none {
		state = ""
	}
	if !u.absent.isZero() && u.absent.compare(u.newest()) > 0 && lifeRank(state) <= lifeRank(StateWaiting) {
		return StateDeleted
	}
	return state
}

// ReadUpload takes from a status what observations have set.
func ReadUpload(status *video.MuxUploadStatus) Upload {
	stamps := status.Stamps
	if stamps == nil {
		return Upload{}
	}
	u := Upload{state: parseStamp(stamps.State), snapshot: parseStamp(stamps.Snapshot), absent: parseStamp(stamps.Absent)}
	setUploadFacts(&u.facts, status)
	if status.ExpiresAt != nil {
		u.expires = status.ExpiresAt.UTC()
	}
	return u
}

// Write puts the upload into status and leaves everything that is not observed as it is.
func (u Upload) Write(status *video.MuxUploadStatus) {
	if u.newest().isZero() && u.absent.isZero() {
		return
	}
	setUploadFacts(status, &u.facts)
	status.State = u.currentState()
	status.ExpiresAt = nil
	if !u.expires.IsZero() {
		status.ExpiresAt = &metav1.Time{Time: u.expires}
	}
	status.ProjectionVersion = video.ProjectionVersion
	status.Stamps = &video.UploadStamps{State: u.state.text(), Snapshot: u.snapshot.text(), Absent: u.absent.text()}
}

// setUploadFacts is the list of the fields that a snapshot sets together.
func setUploadFacts(to, from *uploadFacts) {
	to.AssetID = from.AssetID
	to.Test = from.Test
	to.Error = from.Error
}

// SnapshotStamp is the stamp of the snapshot that the upload's facts came from.
func (u Upload) SnapshotStamp() video.Stamp { return u.snapshot.text() }

// LiftUploadEvent gives what a webhook event knows of an upload. It is false when the event says nothing about an upload.
func LiftUploadEvent(event *mux.Event) (Upload, bool) {
	source, _ := strings.CutPrefix(event.Type, "video.")
	if _, known := sourceRanks[source]; !known || !strings.HasPrefix(source, "upload.") {
		return Upload{}, false
	}
	upload, err := event.Upload()
	if err != nil {
		return Upload{}, false
	}
	status := upload.Status
	if told := lastWord(source); told != "created" {
		status = told
	}
	return liftUpload(upload, newStamp(event.CreatedAt, status, source, eventID(event)), event.CreatedAt), true
}

// LiftUploadAnswer gives what a REST answer knows of an upload. The parameters are those of LiftAssetAnswer.
func LiftUploadAnswer(upload *mux.Upload, at time.Time, source, digest string) Upload {
	return liftUpload(upload, newStamp(at, upload.Status, source, digest), at)
}

// LiftUploadAbsence gives what a trustworthy 404 knows of an upload that was seen before.
func LiftUploadAbsence(at time.Time) Upload {
	return Upload{absent: newStamp(at, StateDeleted, SourceGet, "404")}
}

// liftUpload takes the snapshot. An upload that waits at a time expires no later than its timeout after that.
func liftUpload(upload *mux.Upload, at stamp, seen time.Time) Upload {
	lifted := Upload{state: at, snapshot: at, facts: uploadFacts{
		AssetID: text(upload.AssetID),
		Test:    upload.Test,
		Error:   errorStatus(upload.Error),
	}}
	if at.state == StateWaiting && upload.Timeout > 0 && upload.Timeout <= maxTimeout && !seen.IsZero() {
		lifted.expires = seen.UTC().Truncate(time.Second).Add(time.Duration(upload.Timeout) * time.Second)
	}
	return lifted
}

// maxTimeout is the longest that Mux gives an upload, a week, with room for more; in seconds.
const maxTimeout = 366 * 24 * 3600
