package fetch

import "net/http"

// GuardedTransport returns a transport for requests of any method that dials only
// addresses that a visit may dial. Callers must limit redirects, the size of bodies, and
// time.
func (c *Client) GuardedTransport() http.RoundTripper { return c.http }
