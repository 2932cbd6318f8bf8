package news

// The kinds of targets that an alert can have, as feeds.yaml and records name them.
const (
	TargetWebhook = "webhook"
	TargetSlack   = "slack"
	TargetNtfy    = "ntfy"
	TargetMail    = "mail"
)

// TargetKinds are all kinds of targets, in the order in which texts list them. The list
// is read-only. How each kind is sent to is in package notify.
var TargetKinds = []string{TargetWebhook, TargetSlack, TargetNtfy, TargetMail}
