// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"strconv"
)

// choosePorts takes the documented ports where they are free, so that lines copied from the documentation work, and others
// where not. All are held until all are chosen, so that no two are the same.
func choosePorts() (ports, error) {
	var p ports
	for _, choice := range []struct {
		port *int
		want int
	}{{&p.mux, 8089}, {&p.receiver, 8090}, {&p.metrics, 8080}, {&p.probes, 8081}} {
		listener, err := net.Listen("tcp", address(choice.want))
		if err != nil {
			listener, err = net.Listen("tcp", address(0))
		}
		if err != nil {
			return p, err
		}
		defer listener.Close()
		*choice.port = listener.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}

func address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
