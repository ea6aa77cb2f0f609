// SPDX-License-Identifier: Apache-2.0

package controlplane

import "net"

// FreeAddresses are host:port on the loopback of n different ports on which nobody listens now, for servers that a test starts as
// processes. It fails where the machine has no port to give.
func FreeAddresses(n int) (addresses []string, err error) {
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // when all are chosen, so that no two are the same
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
