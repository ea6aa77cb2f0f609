// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// connections bounds those that are open. One more than that costs the oldest of those that have not sent a whole header yet,
// or else the one that has been idle for longest: Mux sends its header at once, so whoever holds connections open to keep
// others out loses them first, and the newest are answered.
type connections struct {
	most int

	mu      sync.Mutex
	open    int
	waiting map[net.Conn]*list.Element
	fresh   list.List // have not sent a header yet; the oldest first
	idle    list.List // wait for their next request; likewise
}

func newConnections(most int) *connections {
	return &connections{most: most, waiting: map[net.Conn]*list.Element{}}
}

// changed is the server's hook.
func (c *connections) changed(connection net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(connection)
	switch state {
	case http.StateNew:
		c.open++
		c.waiting[connection] = c.fresh.PushBack(connection)
		if c.open > c.most {
			c.closeOne()
		}
	case http.StateIdle:
		c.waiting[connection] = c.idle.PushBack(connection)
	case http.StateClosed, http.StateHijacked:
		c.open--
	}
}

// closeOne closes the oldest; the newest, which has just come, only when there is no other.
func (c *connections) closeOne() {
	oldest := c.fresh.Front()
	if c.fresh.Len() == 1 && c.idle.Len() > 0 {
		oldest = c.idle.Front()
	}
	connection := oldest.Value.(net.Conn)
	c.forget(connection)
	_ = connection.Close() // the server notices, and says so
}

// forget that a connection waits.
func (c *connections) forget(connection net.Conn) {
	if e, ok := c.waiting[connection]; ok {
		c.fresh.Remove(e) // from whichever it is in
		c.idle.Remove(e)
		delete(c.waiting, connection)
	}
}
