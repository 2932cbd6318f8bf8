package news

// The kinds of targets that an alert can have, as feeds.yaml and records name them.
const (
	TargetWebhook = "webhook"
	TargetSlack   = "slack"
	TargetNtfy    = "ntfy"
	TargetMail    = "mail"
)

// TargetKinds are all kinds of targets, in the order in which texts list them. The list
// is read-only. Package notify has a sender for each kind.
var TargetKinds = []string{TargetWebhook, TargetSlack, TargetNtfy, TargetMail}
