// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

// budget is a number of requests, and of bytes of their bodies.
type budget struct {
	requests int
	bytes    int64
}

// add what a place holds, or take it away with a sign of -1.
func (b *budget) add(p *place, sign int) {
	b.requests += sign
	b.bytes += int64(sign) * p.bytes
}

// fits says whether somebody who holds so much may have more, where so much is free: three times that at most, so that something is left
// for another one.
func fits[N int | int64](held, more, free N) bool { return more <= free && held+more <= share*free }

// pool is what verified events may hold, shared out between environments as fits says. It is used under the admission's lock.
type pool struct {
	most, held budget
	shares     map[string]*budget // of held, by environment
}

func newPool(requests int, bytes int64) pool {
	return pool{most: budget{requests, bytes}, shares: map[string]*budget{}}
}

// take what a place holds into its environment's share; false where that has no room.
func (o *pool) take(p *place, line string) bool {
	of := o.shares[line]
	if of == nil {
		of = &budget{}
	}
	if !fits(of.requests, 1, o.most.requests-o.held.requests) || !fits(of.bytes, p.bytes, o.most.bytes-o.held.bytes) {
		return false
	}
	o.shares[line], p.pool, p.line = of, o, line
	of.add(p, 1)
	o.held.add(p, 1)
	return true
}

// give back what a place holds.
func (o *pool) give(p *place) {
	of := o.shares[p.line]
	of.add(p, -1)
	o.held.add(p, -1)
	if of.requests == 0 {
		delete(o.shares, p.line)
	}
	p.pool = nil
}
