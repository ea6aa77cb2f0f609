// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// What Mux documents as sustained rates, per second and environment. It names no size of the burst: ten seconds'
// worth is an assumption, generous enough for a page that loads a handful of things at once.
const (
	createsPerSecond = 1
	othersPerSecond  = 5
	burstSeconds     = 10
)

// limits are the two buckets of an environment; nil buckets are unlimited.
type limits struct{ creates, others *rate.Limiter }

func newLimits(scale float64) limits {
	if scale <= 0 {
		return limits{}
	}
	bucket := func(perSecond float64) *rate.Limiter {
		return rate.NewLimiter(rate.Limit(perSecond*scale), max(1, int(perSecond*scale*burstSeconds)))
	}
	return limits{creates: bucket(createsPerSecond), others: bucket(othersPerSecond)}
}

// take spends one request and sets the rate headers; false says that there was none left.
func (l limits) take(now time.Time, method, route string, header http.Header) bool {
	bucket := l.others
	if method == http.MethodPost && strings.HasPrefix(route, "/video/") {
		bucket = l.creates
	}
	if bucket == nil {
		return true
	}
	allowed := bucket.AllowN(now, 1)
	left := bucket.TokensAt(now)
	header.Set("X-RateLimit-Limit", strconv.Itoa(bucket.Burst()))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, int(left))))
	if !allowed {
		wait := math.Ceil((1 - left) / float64(bucket.Limit()))
		header.Set("Retry-After", strconv.Itoa(max(1, int(wait))))
	}
	return allowed
}
