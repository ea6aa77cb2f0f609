// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

// budget is what is held.
type budget struct {
	requests int
	bytes    int64
}

// add what a place holds, or take it away with a sign of -1.
func (b *budget) add(p *place, sign int) {
	b.requests += sign
	b.bytes += int64(sign) * p.bytes
}

// pool is what verified events may hold, shared out between environments: one gets at most three times what is free, so that there is
// always room for another one. It is used under the admission's lock.
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
	if of.requests >= share*(o.most.requests-o.held.requests) || of.bytes+p.bytes > share*(o.most.bytes-o.held.bytes) {
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
