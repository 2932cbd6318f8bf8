package store

import (
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// Tx is one transaction: a table for each kind of row, and methods for the few
// values that exist once. Methods that return no error keep the first one that they
// meet, and View or Update returns it.
type Tx struct {
	rows

	// The shared half: a function of the records alone.

	Records  Records
	Orders   Orders
	Changes  Changes
	Entries  Entries
	Stories  Stories
	Events   Events
	Topics   Topics
	Archives Archives
	Sources  Sources
	Fold     Fold
	Notices  Notices

	// This node's own.

	Visits        Visits
	Subscriptions Subscriptions
	Pushes        Pushes
	FeedReaders   FeedReaders
	Dispatches    Dispatches
	ClosedTargets ClosedTargets
	Troubles      Troubles
	Recipients    Recipients
	Issues        Issues
	Mails         Mails
	Schedules     Schedules
	Secrets       Secrets
	Tokens        Tokens
	ReadStates    ReadStates
}

func newTx(b *bolt.Tx, known *atomic.Pointer[knownRules]) *Tx {
	tx := &Tx{rows: rows{b: b, known: known}}
	r := &tx.rows
	tx.Records = Records{r}
	tx.Orders = Orders{r}
	tx.Changes = Changes{r}
	tx.Entries = Entries{r}
	tx.Stories = Stories{r}
	tx.Events = Events{r}
	tx.Topics = Topics{r}
	tx.Archives = Archives{r}
	tx.Sources = Sources{r}
	tx.Fold = Fold{r}
	tx.Notices = Notices{r}
	tx.Visits = Visits{r}
	tx.Subscriptions = Subscriptions{r}
	tx.Pushes = Pushes{r}
	tx.FeedReaders = FeedReaders{r}
	tx.Dispatches = Dispatches{r}
	tx.ClosedTargets = ClosedTargets{r}
	tx.Troubles = Troubles{r}
	tx.Recipients = Recipients{r}
	tx.Issues = Issues{r}
	tx.Mails = Mails{r}
	tx.Schedules = Schedules{r}
	tx.Secrets = Secrets{r}
	tx.Tokens = Tokens{r}
	tx.ReadStates = ReadStates{r}
	return tx
}

// The tables. Get returns nil without an error when there is no such row; All returns
// rows in the order of their keys unless it says otherwise.
type (
	Records       struct{ *rows }
	Orders        struct{ *rows }
	Changes       struct{ *rows }
	Entries       struct{ *rows }
	Stories       struct{ *rows }
	Events        struct{ *rows }
	Topics        struct{ *rows }
	Archives      struct{ *rows }
	Sources       struct{ *rows }
	Fold          struct{ *rows }
	Notices       struct{ *rows }
	Visits        struct{ *rows }
	Subscriptions struct{ *rows }
	Pushes        struct{ *rows }
	FeedReaders   struct{ *rows }
	Dispatches    struct{ *rows }
	ClosedTargets struct{ *rows }
	Troubles      struct{ *rows }
	Recipients    struct{ *rows }
	Issues        struct{ *rows }
	Mails         struct{ *rows }
	Schedules     struct{ *rows }
	Secrets       struct{ *rows }
	Tokens        struct{ *rows }
	ReadStates    struct{ *rows }
)
