package fetch

import "net/http"

// GuardedTransport makes single requests of any method that dial no address that a visit
// may not dial. Redirects, the size of a body and the time are its caller's to
// bound.
func (c *Client) GuardedTransport() http.RoundTripper { return c.http }
