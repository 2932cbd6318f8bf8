package newsroom

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
)

// Token is a token as the newsroom sees it. Secret is told once, when it is made.
type Token struct {
	Name   string    `json:"name"`
	Read   bool      `json:"read,omitempty"`
	Made   time.Time `json:"made"`
	Secret string    `json:"secret,omitempty"`
}

// Tokens returns the named tokens.
func Tokens(tx *store.Tx) ([]Token, error) {
	all, err := tx.Tokens.All()
	if err != nil {
		return nil, err
	}
	out := []Token{}
	for _, t := range all {
		out = append(out, Token{Name: t.Name, Read: t.Read, Made: t.Made})
	}
	return out, nil
}

// maxTokens is how many named tokens there may be.
const maxTokens = 1000

var tokenName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$`) })

// MakeToken makes a named token. One that only reads can change nothing.
func MakeToken(tx *store.Tx, name string, read bool, now time.Time) (*Token, error) {
	if !tokenName().MatchString(name) {
		return nil, reply.Faultf(http.StatusBadRequest, "%q is no name for a token: up to 40 letters, digits, spaces, dots, dashes.", name)
	}
	all, err := tx.Tokens.All()
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.Name == name {
			return nil, reply.Faultf(http.StatusConflict, "There is a token %q already. Its key can't be shown again: revoke it and make a new one.", name)
		}
	}
	if len(all) >= maxTokens {
		return nil, reply.Faultf(http.StatusConflict, "There are %d tokens; revoke some first.", len(all))
	}
	secret := "desk_" + strings.ToLower(rand.Text())
	t := &news.Token{Name: name, Hash: tokenHash(secret), Read: read, Made: news.Instant(now)}
	if err := tx.Tokens.Put(t); err != nil {
		return nil, err
	}
	return &Token{Name: name, Read: read, Made: t.Made, Secret: secret}, nil
}

// DeleteToken revokes a named token.
func DeleteToken(tx *store.Tx, name string) error {
	t, err := tx.Tokens.Get(name)
	if err != nil {
		return err
	}
	if t == nil {
		return reply.Faultf(http.StatusNotFound, "There is no token %q.", name)
	}
	if err := tx.ReadStates.Delete(name); err != nil {
		return err
	}
	return tx.Tokens.Delete(name)
}

func tokenHash(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// tokenOf finds the token that a key belongs to, nil when there is none.
func tokenOf(st *store.Store, key string) (found *news.Token, err error) {
	want := tokenHash(key)
	err = st.View(func(tx *store.Tx) error {
		all, err := tx.Tokens.All()
		for _, t := range all {
			if reply.EqualSecrets(t.Hash, want) {
				found = t
			}
		}
		return err
	})
	return found, err
}

// keys answers /api/tokens.
func (a api) tokens(w http.ResponseWriter, _ *http.Request) error { return readJSON(a.Desk, w, Tokens) }

// TokenRequest asks for a token, or for one to be revoked.
type TokenRequest struct {
	Name   string `json:"name"`
	Read   bool   `json:"read,omitempty"`
	Revoke bool   `json:"revoke,omitempty"`
}

func (a api) changeTokens(w http.ResponseWriter, r *http.Request) error {
	var want TokenRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&want); err != nil {
		return reply.Faultf(http.StatusBadRequest, `A token is asked for by JSON: {"name": "anna", "read": false}.`)
	}
	made := &Token{Name: want.Name}
	err := a.Store.Update(func(tx *store.Tx) (err error) {
		if want.Revoke {
			return DeleteToken(tx, want.Name)
		}
		made, err = MakeToken(tx, want.Name, want.Read, time.Now())
		return err
	})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, made)
}

// cookie is what /login gives for a key.
const (
	cookieName = "slugline"
	cookieFor  = 30 * 24 * time.Hour
)

// loginPage is what /login shows.
type loginPage struct {
	wirePage
	Title, To, Wrong string
}

// login answers /login: a form, and a cookie for who sends a key that is right.
func (pg pages) login(w http.ResponseWriter, r *http.Request) error {
	p := &loginPage{Title: "Sign in", To: localPath(r.FormValue("to"))}
	if r.Method != http.MethodPost {
		return pg.showScripted(w, "login.html", p)
	}
	if err := pg.access.cross.Check(r); err != nil {
		return errCrossSite
	}
	key := strings.TrimSpace(r.PostFormValue("key"))
	_, err := pg.access.tryToken(r, key)
	if errors.Is(err, errToken) {
		p.Wrong = "This is no key to this desk. `slugline token NAME` makes one."
		return pg.showScripted(w, "login.html", p)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: key, Path: "/", MaxAge: int(cookieFor / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: pg.access.secure(r),
	})
	http.Redirect(w, r, p.To, http.StatusSeeOther)
	return nil
}

// logout takes the cookie back.
func (pg pages) logout(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// localPath is an address of the desk's own, whatever was asked for.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return "/"
	}
	return to
}

// secure tells whether the client speaks HTTPS, to us or to a proxy that we trust.
func (a *access) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	from := a.client(r)
	return from.IsValid() && len(a.proxies) > 0 && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}
