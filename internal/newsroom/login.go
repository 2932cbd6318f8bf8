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

// Token is a named token of the API. Secret is set only when the token is created.
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

// maxTokens is the most named tokens that there may be.
const maxTokens = 1000

var tokenName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$`) })

// MakeToken creates a named token. A token that only reads can't change anything. MakeToken
// refuses a bad name, a name in use, and more than 1,000 tokens.
func MakeToken(tx *store.Tx, name string, read bool, now time.Time) (*Token, error) {
	if !tokenName().MatchString(name) {
		return nil, reply.Faultf(http.StatusBadRequest, "%q can't be the name of a token. Use up to 40 letters, digits, spaces, dots and dashes.", name)
	}
	all, err := tx.Tokens.All()
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.Name == name {
			return nil, reply.Faultf(http.StatusConflict, "There is a token %q already. Its key can't be shown again. Revoke the token and create a new one.", name)
		}
	}
	if len(all) >= maxTokens {
		return nil, reply.Faultf(http.StatusConflict, "There are %d tokens. Revoke some first.", len(all))
	}
	secret := "desk_" + strings.ToLower(rand.Text())
	t := &news.Token{Name: name, Hash: tokenHash(secret), Read: read, Made: news.Instant(now)}
	if err := tx.Tokens.Put(t); err != nil {
		return nil, err
	}
	return &Token{Name: name, Read: read, Made: t.Made, Secret: secret}, nil
}

// DeleteToken revokes a named token and deletes its read state. It refuses an unknown name.
// The stars stay: they belong to the name, so that a colleague whose key was lost has them
// again with a new one.
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

// tokenIndex is the named tokens by the hash of their key.
type tokenIndex struct {
	version uint64 // of the table
	byHash  map[string]*news.Token
}

// tokenByKey returns the named token with a key, nil if there is none. It reads all tokens
// once after each change of one: a client with wrong keys costs little.
func (a *access) tokenByKey(key string) (found *news.Token, err error) {
	err = a.store.View(func(tx *store.Tx) error {
		index := a.tokens.Load()
		if v := tx.Tokens.Version(); index == nil || index.version != v {
			if index, err = readTokenIndex(tx, v); err != nil {
				return err
			}
			a.tokens.Store(index)
		}
		found = index.byHash[tokenHash(key)]
		return nil
	})
	return found, err
}

func readTokenIndex(tx *store.Tx, version uint64) (*tokenIndex, error) {
	all, err := tx.Tokens.All()
	index := &tokenIndex{version, map[string]*news.Token{}}
	for _, t := range all {
		index.byHash[t.Hash] = t
	}
	return index, err
}

// tokens answers GET /api/tokens.
func (a api) tokens(w http.ResponseWriter, r *http.Request) error {
	return readJSON(a.Desk, w, r, Tokens)
}

// TokenRequest creates a token or revokes one.
type TokenRequest struct {
	Name   string `json:"name"`
	Read   bool   `json:"read,omitempty"`
	Revoke bool   `json:"revoke,omitempty"`
}

func (a api) changeTokens(w http.ResponseWriter, r *http.Request) error {
	var want TokenRequest
	if err := json.NewDecoder(r.Body).Decode(&want); err != nil {
		return reply.BodyFault(err, `Send JSON such as {"name": "anna", "read": false}.`)
	}
	made := &Token{Name: want.Name}
	err := a.Store.Update(func(tx *store.Tx) (err error) {
		if want.Revoke {
			return DeleteToken(tx, want.Name)
		}
		made, err = MakeToken(tx, want.Name, want.Read, a.now())
		return err
	})
	if err != nil {
		return err
	}
	if want.Revoke {
		a.sessions.end(want.Name)
	}
	return reply.JSON(w, http.StatusOK, made)
}

// The cookie that /login sets holds the key.
const (
	cookieName     = "slugline"
	cookieLifetime = 30 * 24 * time.Hour
)

// loginPage is the data of login.html.
type loginPage struct {
	wirePage
	To, Problem string
}

// login answers GET /login with a form, and POST /login with a cookie if the key is valid.
func (pg pages) login(w http.ResponseWriter, r *http.Request) error {
	loc := pg.locale()
	p := &loginPage{wirePage: pg.newPage(), To: localPath(r.URL.Query().Get("to"))}
	if r.Method != http.MethodPost {
		if r.URL.Query().Has("ended") { // the scripts of the wire say so
			p.Problem = loc.T("You have been signed out: the key of this browser is no longer valid. Sign in with another key.")
		}
		return pg.show(w, "login.html", p)
	}
	if err := pg.access.cross.Check(r); err != nil {
		return errCrossSite
	}
	err := r.ParseForm()
	if err == nil {
		err = r.ParseMultipartForm(4 << 10)
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return reply.BodyFault(err, "The form can't be read.")
	}
	p.To = localPath(r.Form.Get("to"))
	key := strings.TrimSpace(r.PostForm.Get("key"))
	_, err = pg.access.checkToken(w, r, key)
	switch {
	case errors.Is(err, errTooManyWrong): // the form stays: a valid key works at once
		p.Problem = loc.T("Too many invalid keys were tried. Wait a moment before you guess again; a valid key works at once.")
		return pg.renderAs(w, http.StatusTooManyRequests, "login.html", p)
	case errors.Is(err, errToken):
		p.Problem = loc.T("This key is not valid. Create one with `slugline token NAME`.")
		return pg.show(w, "login.html", p)
	case err != nil:
		return err
	}
	http.SetCookie(w, pg.access.cookie(r, key, cookieLifetime))
	http.Redirect(w, r, p.To, http.StatusSeeOther)
	return nil
}

// logout answers POST /logout. It deletes the cookie.
func (pg pages) logout(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, pg.access.cookie(r, "", -time.Second))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// localPath returns to if it is a path at the desk, else /. It prevents redirects to other
// sites.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return "/"
	}
	return to
}

// cookie returns the cookie with a key. A negative lifetime deletes it. Browsers send it
// over HTTPS only if the request came that way.
func (a *access) cookie(r *http.Request, key string, lifetime time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: key, Path: "/", MaxAge: int(lifetime / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: a.cameByHTTPS(r),
	}
}

// cameByHTTPS reports whether the client used HTTPS, to us or to a proxy. The page that
// sends a form says so too, which a proxy passes on even if it is not trusted.
func (a *access) cameByHTTPS(r *http.Request) bool {
	return reply.CameByHTTPS(r, a.proxies) || strings.HasPrefix(r.Header.Get("Origin"), "https://")
}
