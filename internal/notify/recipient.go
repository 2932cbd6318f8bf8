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
	"github.com/slugline/slugline/internal/store"
)

// Newsletter is a topic sent by mail on certain days.
type Newsletter struct {
	Name, Topic string
	At          time.Duration  // since midnight in the site's zone
	Days        []time.Weekday // never empty
}

const (
	askInterval = time.Hour      // one address is asked no sooner
	confirmWithin = 72 * time.Hour // who does not confirm
	maxUnconfirmed = 10_000         // addresses that have not confirmed, in all
)

// What is wrong with a wish.
var (
	ErrBadAddress = errors.New("no mail address")
	ErrTooMany = errors.New("too many addresses are waiting to be confirmed")
	ErrBadLink    = errors.New("no such link")
	ErrNoNewsletter = errors.New("no such newsletter")
)

// Newsletter finds one by name.
func (s *Settings) Newsletter(name string) (Newsletter, bool) {
	i := slices.IndexFunc(s.Newsletters, func(l Newsletter) bool { return l.Name == name })
	if i < 0 {
		return Newsletter{}, false
	}
	return s.Newsletters[i], true
}

// Subscribe asks an address whether it wants a newsletter. Whoever wants it already is
// told nothing, and nobody is asked twice within an hour.
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
		was, err := tx.Recipient(newsletter, id)
		if err != nil || was != nil && (!was.Confirmed.IsZero() || now.Sub(was.Asked) < askInterval) {
			return err
		}
		if was == nil {
			if err := checkUnconfirmed(tx); err != nil {
				return err
			}
		}
		r := &news.Recipient{ID: id, Newsletter: newsletter, Address: address, Language: language, Asked: now}
		m = &news.Mail{Newsletter: newsletter, Recipient: id, Made: now}
		return errors.Join(tx.PutRecipient(r), tx.PutMail(m))
	})
	if err != nil || m == nil {
		return err
	}
	n.mails.pending = append(n.mails.pending, m)
	nudge(n.wake)
	return nil
}

func checkUnconfirmed(tx *store.Tx) error {
	all, err := tx.Recipients("")
	if err != nil {
		return err
	}
	waiting := 0
	for _, r := range all {
		if r.Confirmed.IsZero() {
			waiting++
		}
	}
	if waiting >= maxUnconfirmed {
		return ErrTooMany
	}
	return nil
}

// normalizeAddress writes an address in one way, so that it subscribes once.
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

// isPlainLocal takes what needs no quotes and no extension of SMTP.
func isPlainLocal(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),:;<>@[\]`, c) })
}

const linkSecret = "letters"

// linkKey is what links are signed with. It is made when it is first asked for.
func linkKey(tx *store.Tx) ([]byte, error) {
	key, err := tx.Secret(linkSecret)
	if err != nil || key != nil {
		return key, err
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key, tx.PutSecret(linkSecret, key)
}

func macOf(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return news.Crockford(mac.Sum(nil)[:20])
}

// recipientID is the same for an address however its letters are cased.
func recipientID(key []byte, newsletter, address string) string {
	return macOf(key, "id", newsletter, strings.ToLower(address))[:13]
}

// Ways that a link of a mail leads to.
const (
	Confirm = "confirm"
	Unsubscribe   = "leave"
)

// signature is what a link proves. That of a question ends with it.
func signature(key []byte, way string, r *news.Recipient) string {
	asked := ""
	if way == Confirm {
		asked = r.Asked.Format(time.RFC3339Nano)
	}
	return macOf(key, way, r.Newsletter, r.ID, asked)
}

// Recipient is whom a link is for; ErrLink when it is none of ours, or of somebody who
// is forgotten.
func (n *Notifier) Recipient(way, newsletter, id, sig string) (r *news.Recipient, err error) {
	err = n.Store.View(func(tx *store.Tx) error {
		r, err = recipientOf(tx, way, newsletter, id, sig)
		return err
	})
	return r, err
}

func recipientOf(tx *store.Tx, way, newsletter, id, sig string) (*news.Recipient, error) {
	key, err := tx.Secret(linkSecret)
	if err != nil {
		return nil, err
	}
	r, err := tx.Recipient(newsletter, id)
	if err != nil {
		return nil, err
	}
	if key == nil || r == nil || !hmac.Equal([]byte(sig), []byte(signature(key, way, r))) {
		return nil, ErrBadLink
	}
	return r, nil
}

// FollowLink does what a link of a mail is for. To leave twice is no error.
func (n *Notifier) FollowLink(way, newsletter, id, sig string) error {
	now := news.Instant(n.Now())
	return n.Store.Update(func(tx *store.Tx) error {
		r, err := recipientOf(tx, way, newsletter, id, sig)
		switch {
		case err != nil:
			return err
		case way == Unsubscribe:
			return deleteRecipient(tx, r)
		case !r.Confirmed.IsZero():
			return nil
		}
		r.Confirmed = now
		return tx.PutRecipient(r)
	})
}

// deleteRecipient removes an address and what waits for it.
func deleteRecipient(tx *store.Tx, r *news.Recipient) error {
	all, err := tx.Mails()
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Newsletter == r.Newsletter && m.Recipient == r.ID {
			if err := tx.DropMail(m); err != nil {
				return err
			}
		}
	}
	return tx.DropRecipient(r.Newsletter, r.ID)
}

// DeleteAddress forgets an address in all newsletters, or in one, and says in how many it
// was.
func DeleteAddress(tx *store.Tx, address, newsletter string) (int, error) {
	all, err := tx.Recipients(newsletter)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, r := range all {
		if !strings.EqualFold(r.Address, strings.TrimSpace(address)) {
			continue
		}
		if err := deleteRecipient(tx, r); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
