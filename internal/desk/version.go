package desk

import (
	"cmp"
	"fmt"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// NewerError says that rules were written by a newer Slugline. Its fold judges headlines
// in a way that this one does not know, so this one must not continue. A Slugline with
// new kinds of records or new orders needs a new version of the fold too: nodes of the
// older one then stop at its rules, before they refuse what others apply.
type NewerError struct {
	What        string // what was written: the database or a record
	Fold, Knows int    // see story.Version
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s was written by a newer Slugline (fold %d; this one knows %d). Upgrade this binary, or restore a backup made before the upgrade.", e.What, e.Fold, e.Knows)
}

// checkAfter refuses rules that a node filed before it knew of those in force now. So of two
// nodes that file rules at the same time one is refused, the same one everywhere.
func checkAfter(filed, inForce *news.Rules) error {
	if have := cmp.Or(inForce.Hash, news.NoRules); filed.After != "" && filed.After != have {
		return refused("other rules were put in force before these (%s; these were to follow %s)", have, filed.After)
	}
	return nil
}

// checkFold checks rules that were filed against the rules in force. Rules of a newer
// fold are a NewerError. Rules of an older fold than the one in force are refused: what
// was judged since can't be judged again.
func checkFold(filed, inForce *news.Rules) error {
	switch {
	case filed.Fold > story.Version:
		return &NewerError{What: "these rules", Fold: filed.Fold, Knows: story.Version}
	case filed.Fold < inForce.Fold:
		return refused("these rules are of an older Slugline (fold %d; fold %d is in force)", filed.Fold, inForce.Fold)
	}
	return nil
}
