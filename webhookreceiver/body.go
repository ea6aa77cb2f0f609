// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"errors"
	"io"
	"net/http"
)

// readBody reads the raw bytes that the signature covers.
func (p *place) readBody(w http.ResponseWriter, request *http.Request) ([]byte, *answer) {
	body, err := io.ReadAll(countedBody{http.MaxBytesReader(w, request.Body, maxBody), p})
	var tooLarge *http.MaxBytesError
	var a answer
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLarge):
		a = refuse(http.StatusRequestEntityTooLarge, reasonTooLarge)
	case errors.Is(err, errNoRoom), p.gaveWay():
		a = tryAgain(reasonOverloaded)
	default:
		a = refuse(http.StatusBadRequest, reasonCutBody)
	}
	return nil, &a
}

// gaveWay says whether the reading was ended for others.
func (p *place) gaveWay() bool {
	p.admission.mu.Lock()
	defer p.admission.mu.Unlock()
	return p.isCut
}
