package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// Newsletter is a topic that is sent by mail on certain days.
type Newsletter struct {
	Name, Topic string
	At          time.Duration  // since midnight in the site's zone
	Days        []time.Weekday // never empty
}

const (
	askInterval    = time.Hour      // between two confirmation mails to one address
	confirmWithin  = 72 * time.Hour // then an unconfirmed address is deleted
	maxUnconfirmed = 10_000         // addresses, in all newsletters
)

// Errors of Subscribe, Recipient and FollowLink.
var (
	ErrBadAddress   = errors.New("not a mail address")
	ErrTooMany      = errors.New("too many addresses are not confirmed yet")
	ErrBadLink      = errors.New("no such link")
	ErrNoNewsletter = errors.New("no such newsletter")
)

// Newsletter finds a newsletter by its name.
func (s *Settings) Newsletter(name string) (Newsletter, bool) {
	i := slices.IndexFunc(s.Newsletters, func(l Newsletter) bool { return l.Name == name })
	if i < 0 {
		return Newsletter{}, false
	}
	return s.Newsletters[i], true
}

// Subscribe sends an address a confirmation mail for a newsletter. It sends none, and
// returns no error, when the address is subscribed or was asked within the last hour.
func (n *Notifier) Subscribe(newsletter, address, language string) error {
	n.ready()
	if _, ok := n.Settings().Newsletter(newsletter); !ok {
		return ErrNoNewsletter
	}
	address, err := normalizeAddress(address)
	if err != nil {
		return err
	}
	now := news.Instant(n.Now())
	n.mu.Lock()
	defer n.mu.Unlock()
	var m *news.Mail
	err = n.Store.Update(func(tx *store.Tx) error {
		key, err := linkKey(tx)
		if err != nil {
			return err
		}
		id := recipientID(key, newsletter, address)
		known, err := tx.Recipients.Get(newsletter, id)
		if err != nil || known != nil && (!known.Confirmed.IsZero() || now.Sub(known.Asked) < askInterval) {
			return err
		}
		if known == nil {
			if err := checkUnconfirmed(tx); err != nil {
				return err
			}
		}
		r := &news.Recipient{ID: id, Newsletter: newsletter, Address: address, Language: language, Asked: now}
		m = &news.Mail{Newsletter: newsletter, Recipient: id, Made: now}
		return errors.Join(tx.Recipients.Put(r), tx.Mails.Put(m))
	})
	if err != nil || m == nil {
		return err
	}
	if n.running { // else whoever runs reads it
		n.mails.pending = append(n.mails.pending, m)
		retry.Wake(n.wake)
	}
	return nil
}

// checkUnconfirmed returns ErrTooMany when too many addresses are not confirmed.
func checkUnconfirmed(tx *store.Tx) error {
	all, err := tx.Recipients.All("")
	if err != nil {
		return err
	}
	unconfirmed := 0
	for _, r := range all {
		if r.Confirmed.IsZero() {
			unconfirmed++
		}
	}
	if unconfirmed >= maxUnconfirmed {
		return ErrTooMany
	}
	return nil
}

// normalizeAddress returns the one form of an address, so that it subscribes once.
func normalizeAddress(address string) (string, error) {
	a, err := mail.ParseAddress(strings.TrimSpace(address))
	if err != nil || a.Name != "" || len(a.Address) > 254 || strings.Contains(address, "<") {
		return "", ErrBadAddress
	}
	at := strings.LastIndexByte(a.Address, '@')
	local := a.Address[:at]
	host, err := idna.Lookup.ToASCII(a.Address[at+1:])
	if err != nil || !isPlainLocal(local) || !strings.Contains(strings.Trim(host, "."), ".") {
		return "", ErrBadAddress
	}
	return local + "@" + strings.ToLower(host), nil
}

// isPlainLocal reports whether the local part of an address needs neither quotes nor an
// extension of SMTP.
func isPlainLocal(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),:;<>@[\]`, c) })
}

const linkSecret = "letters" // its key in the store

// linkKey returns the key that signs links. The first call makes it.
func linkKey(tx *store.Tx) ([]byte, error) {
	key, err := tx.Secrets.Get(linkSecret)
	if err != nil || key != nil {
		return key, err
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key, tx.Secrets.Put(linkSecret, key)
}

// macOf authenticates a list of strings.
func macOf(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return news.Crockford(mac.Sum(nil)[:20])
}

// recipientID is the same for an address in upper and lower case.
func recipientID(key []byte, newsletter, address string) string {
	return macOf(key, "id", newsletter, strings.ToLower(address))[:13]
}

// The actions of the links in a mail, as they are in the links.
const (
	Confirm     = "confirm"
	Unsubscribe = "leave"
)

// signature authenticates a link. That of a Confirm link is valid until the address is
// asked again.
func signature(key []byte, action string, r *news.Recipient) string {
	asked := ""
	if action == Confirm {
		asked = r.Asked.Format(time.RFC3339Nano)
	}
	return macOf(key, action, r.Newsletter, r.ID, asked)
}

// Recipient returns whom a link is for. It returns ErrBadLink when the link is not valid
// or the recipient was deleted.
func (n *Notifier) Recipient(action, newsletter, id, sig string) (r *news.Recipient, err error) {
	err = n.Store.View(func(tx *store.Tx) error {
		r, err = recipientOf(tx, action, newsletter, id, sig)
		return err
	})
	return r, err
}

func recipientOf(tx *store.Tx, action, newsletter, id, sig string) (*news.Recipient, error) {
	key, err := tx.Secrets.Get(linkSecret)
	if err != nil {
		return nil, err
	}
	r, err := tx.Recipients.Get(newsletter, id)
	if err != nil {
		return nil, err
	}
	if key == nil || r == nil || !hmac.Equal([]byte(sig), []byte(signature(key, action, r))) {
		return nil, ErrBadLink
	}
	return r, nil
}

// FollowLink does the action of a link. It returns ErrBadLink when the link is not valid
// or the recipient was deleted, as by an earlier Unsubscribe.
func (n *Notifier) FollowLink(action, newsletter, id, sig string) error {
	now := news.Instant(n.Now())
	return n.Store.Update(func(tx *store.Tx) error {
		r, err := recipientOf(tx, action, newsletter, id, sig)
		switch {
		case err != nil:
			return err
		case action == Unsubscribe:
			return deleteRecipient(tx, r)
		case !r.Confirmed.IsZero():
			return nil
		}
		r.Confirmed = now
		return tx.Recipients.Put(r)
	})
}

// deleteRecipient deletes a recipient and the mails for it.
func deleteRecipient(tx *store.Tx, r *news.Recipient) error {
	all, err := tx.Mails.All()
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Newsletter == r.Newsletter && m.Recipient == r.ID {
			if err := tx.Mails.Delete(m); err != nil {
				return err
			}
		}
	}
	return tx.Recipients.Delete(r.Newsletter, r.ID)
}

// DeleteAddress deletes an address from one newsletter, or from all when newsletter is
// empty, and returns from how many.
func DeleteAddress(tx *store.Tx, address, newsletter string) (int, error) {
	all, err := tx.Recipients.All(newsletter)
	if err != nil {
		return 0, err
	}
	deleted := 0
	for _, r := range all {
		if !strings.EqualFold(r.Address, strings.TrimSpace(address)) {
			continue
		}
		if err := deleteRecipient(tx, r); err != nil {
			return deleted, err
		}
		deleted++
	}
	return deleted, nil
}
