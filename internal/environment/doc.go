// SPDX-License-Identifier: Apache-2.0

// Package environment holds what the receiver and the controllers both need to know of a MuxEnvironment: which objects may
// use it, where its webhooks arrive, and the Secrets it names.
package environment
