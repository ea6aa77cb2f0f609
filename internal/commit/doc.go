// SPDX-License-Identifier: Apache-2.0

// Package commit writes statuses: read, join, patch with resourceVersion, and on a conflict read and join again. The
// receiver and the controllers meet only in the API object, and this is how both write it.
//
// A change is a function of an object that edits its status. It may run several times, on newer versions of the object, so
// it must bring in what is known and depend on nothing else. After it the conditions are summarized anew, and a patch is
// sent only when the status is different: an observation that says nothing new costs no write.
//
// What is known of an object after a write is what was sent, with the version that the API server gave it. So a change must put nothing into a
// status that the API server would store otherwise, such as a time with a fraction of a second.
package commit
