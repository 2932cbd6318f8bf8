package news

import "slices"

// The kinds of targets that an alert can have, as feeds.yaml and records name them.
const (
	TargetWebhook    = "webhook"
	TargetSlack      = "slack"
	TargetNtfy       = "ntfy"
	TargetMail       = "mail"
	TargetTelegram   = "telegram"
	TargetMatrix     = "matrix"
	TargetTeams      = "teams"
	TargetDiscord    = "discord"
	TargetMattermost = "mattermost"
	TargetPushover   = "pushover"
	TargetGotify     = "gotify"
)

// TargetKind is a kind of target, as feeds.yaml describes one: by a key that is the kind's
// name and holds an address, and by further keys.
type TargetKind struct {
	Name   string
	Server string   // if the key holds a recipient instead: the service's address, unless the key `server` says another
	Needs  []string // further keys that it must have
	May    []string // further keys that it may have
}

// TargetKinds are all kinds of targets, in the order in which texts list them. The list
// is read-only. Package notify has a sender for each kind; the help and the schema of
// feeds.yaml follow the list.
var TargetKinds = []TargetKind{
	{Name: TargetWebhook, May: []string{"secret", "template", "headers"}},
	{Name: TargetSlack},
	{Name: TargetNtfy, May: []string{"token", "priority"}},
	{Name: TargetMail},
	{Name: TargetTelegram, Server: "https://api.telegram.org", Needs: []string{"token"}, May: []string{"server"}},
	{Name: TargetMatrix, Needs: []string{"room", "token"}},
	{Name: TargetTeams},
	{Name: TargetDiscord},
	{Name: TargetMattermost},
	{Name: TargetPushover, Server: "https://api.pushover.net", Needs: []string{"token"}, May: []string{"server", "priority"}},
	{Name: TargetGotify, Needs: []string{"token"}, May: []string{"priority"}},
}

// TargetNames returns the names of all kinds of targets; with a further key, of those that
// can have that key.
func TargetNames(key ...string) (names []string) {
	for _, k := range TargetKinds {
		if len(key) == 0 || k.Has(key[0]) {
			names = append(names, k.Name)
		}
	}
	return names
}

// Has reports whether targets of the kind can have a further key.
func (k *TargetKind) Has(key string) bool {
	return slices.Contains(k.Needs, key) || slices.Contains(k.May, key)
}
