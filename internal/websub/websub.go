// Package websub is a WebSub hub for our topic feeds, and a subscriber to the hubs of
// our sources (https://www.w3.org/TR/websub/, whose sections comments name).
//
// The hub asks a callback to confirm each request (intent verification), sends it the
// edition whenever its topic changes, at least once, and ends the subscription when the
// lease expires, the subscriber unsubscribes, or deliveries failed for a day. A request is
// stored before it is accepted, and which editions a subscriber still has to get follows
// from two numbers in the store, so a kill loses neither. It sends only editions, only to
// callbacks that confirmed, and never to an address that the transport forbids. A callback
// that does not answer, or slowly, delays only others at its own address or near it.
//
// The subscriber accepts only content that a hub signed with our secret. It relies on a
// hub, so that the source is polled rarely, only while no visit finds items that the
// hub did not send.
//
// Of several nodes, the one that visits a source works for it: it alone asks the hub, and files
// what the hub sends. A hub calls back any node, which has that one answer; see Peers. While
// nobody visits the source, a hub is told to come again: nothing is confirmed that nobody asked
// for, and nothing is accepted that is not filed. The subscription is the same one for the next
// node, which asks the hub anew only when the last one would have.
//
//	hub.go            Hub: requests to it; subscriptions.go stores them
//	follow.go         what other nodes have changed
//	quota.go          how many subscriptions and requests there may be
//	queue.go          whose turn it is to be asked or sent something
//	form.go           a request to the hub, and refusals
//	intent.go         intent verification
//	deliver.go        deliveries of editions
//	subscriber.go     Subscriber: what hubs send us
//	request.go        what we ask hubs; pushes.go stores it
//	peers.go          for which sources this node does so
//	pass.go           requests of hubs that another node answers
//	sign.go           signatures
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

// The paths of the two handlers, below the site's address. Inbox is followed by a token.
const (
	Path  = "/websub"
	Inbox = "/websub/in/"
)

const (
	requestTimeout = 20 * time.Second // for each request of ours
	maxAddress     = 2048             // bytes of a callback or topic
)

// httpAddress parses an http or https address without user and fragment.
func httpAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || len(s) > maxAddress:
		return nil, errors.New("not an address")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("not an http or https address")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("an address with a user or a fragment")
	}
	return u, nil
}

// withQuery returns the address with parameters added to its own.
func withQuery(u *url.URL, q url.Values) string {
	to := *u
	if to.RawQuery != "" {
		to.RawQuery += "&"
	}
	to.RawQuery += q.Encode()
	return to.String()
}

// randomToken returns 128 random bits in hexadecimal.
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

func userAgent(site string) string { return "Slugline (+" + site + Path + ")" }

func isSuccess(status int) bool { return status/100 == 2 }
