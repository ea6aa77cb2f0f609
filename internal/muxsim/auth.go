// SPDX-License-Identifier: Apache-2.0

package muxsim

import "crypto/subtle"

// authenticate finds the token's environment.
func (s *Server) authenticate(c *call, secret string) bool {
	t, known := s.tokens[c.tokenID]
	if !known || t.revoked || subtle.ConstantTimeCompare([]byte(t.Secret), []byte(secret)) != 1 {
		return false
	}
	c.token, c.env = t, t.environment
	return true
}

// RevokeToken makes every further use of the token a 401.
func (s *Server) RevokeToken(id string) {
	s.withToken(id, func(t *token) { t.revoked = true })
}

// SetPermissions replaces what the token may do; without a permission, Mux answers 404.
func (s *Server) SetPermissions(tokenID string, permissions ...string) {
	s.withToken(tokenID, func(t *token) { t.Permissions = permissions })
}

// MoveToken makes the token one of another environment, as if its secret had been replaced by that of another
// account. An unknown environment is made.
func (s *Server) MoveToken(tokenID, environmentID string) {
	s.withToken(tokenID, func(t *token) {
		if s.environments[environmentID] == nil {
			s.addEnvironment(Environment{ID: environmentID})
		}
		t.environment = s.environments[environmentID]
	})
}

func (s *Server) withToken(id string, change func(*token)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tokens[id]; t != nil {
		change(t)
	}
}

func whoami(c *call) (answer, *refusal) {
	e := c.env
	return ok(object{
		"permissions":       append([]string{}, c.token.Permissions...),
		"organization_name": e.OrganizationName,
		"organization_id":   e.OrganizationID,
		"environment_type":  e.Type,
		"environment_name":  e.Name,
		"environment_id":    e.ID,
		"access_token_name": c.token.Name,
	})
}
