// Package websub is a hub for our topic feeds and a subscriber to the hubs of our
// sources (https://www.w3.org/TR/websub/).
//
// Whoever subscribes is asked whether it meant it, is sent the edition whenever
// its topic changes, at least once, and is forgotten when its lease is over, when
// it says so, or when it could not be reached for a day. What is owed to a
// subscriber follows from two numbers in the store, so that a kill forgets
// nothing. A hub that we asked is believed only what it signs, and a source is
// left to it only as long as it does not keep news to itself.
//
// It sends nothing but editions, to nobody who did not agree, and not to an
// address that the transport forbids. It knows of nobody's topics but ours.
package websub

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Where the two handlers are to be found below the site's address. What follows
// Inbox is a token.
const (
	Path  = "/websub"
	Inbox = "/websub/in/"
)

// requestTimeout is how long any one request of ours may take.
const requestTimeout = 20 * time.Second

const maxAddress = 2048 // bytes of a callback or topic

// httpAddress reads an address of the web; what it names is nothing but a host
// and what is there.
func httpAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || len(s) > maxAddress:
		return nil, errors.New("no address")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("no http or https address")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("an address with a user or a fragment")
	}
	return u, nil
}

// withQuery adds to what the address already asks.
func withQuery(u *url.URL, q url.Values) string {
	to := *u
	if to.RawQuery != "" {
		to.RawQuery += "&"
	}
	to.RawQuery += q.Encode()
	return to.String()
}

// randomToken is a token of 128 bits.
func randomToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// doRequest sends a request and reads up to most bytes of the answer.
func doRequest(c *http.Client, req *http.Request, most int64) (*http.Response, []byte, error) {
	res, err := c.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		return nil, nil, fmt.Errorf("read answer: %w", err)
	}
	return res, body, nil
}

// userAgent is how we introduce ourselves.
func userAgent(site string) string { return "Slugline (+" + site + Path + ")" }

func isSuccess(status int) bool { return status/100 == 2 }
