package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// usualCommands are the commands that are meant by words of other programs.
var usualCommands = map[string]string{
	"withdraw": "hide", "retract": "hide", "kill": "hide", "remove": "hide", "delete": "hide", "unpublish": "hide", "spike": "hide",
	"show": "unhide", "publish": "release", "approve": "release", "unhold": "release", "revert": "undo", "join": "merge",
	"search": "preview", "query": "preview", "find": "preview", "visit": "poll", "fetch": "poll", "refresh": "poll", "update": "poll",
	"start": "run", "serve": "run", "daemon": "run", "validate": "check", "lint": "check", "test": "check", "explain": "why",
	"list": "stories", "feeds": "sources", "tail": "watch", "follow": "watch", "subscribers": "recipients", "tokens": "token",
}

// wrongUsage says what to write instead of a command line that was refused.
func wrongUsage(err error) error {
	var (
		refused *kong.ParseError
		chosen  *kong.Node
	)
	if errors.As(err, &refused) && refused.Context != nil {
		chosen = refused.Context.Selected()
	}
	word, unexpected := strings.CutPrefix(err.Error(), "unexpected argument ")
	flag, unknown := strings.CutPrefix(err.Error(), "unknown flag -")
	meant := usualCommands[word]
	switch inPreview := chosen != nil && chosen.Name == "preview"; {
	case inPreview && unexpected:
		return usageError{fmt.Errorf("preview takes one query, and %q is a word too many; put a query of several words in single quotes, as in `slugline preview 'flood dam'`", word)}
	case inPreview && unknown && !strings.HasPrefix(flag, "-"):
		return usageError{errors.New("preview takes one query; put it in single quotes, with -- before it if it begins with -, as in `slugline preview -- '-film flood'`")}
	case unexpected && meant != "" && (chosen == nil || chosen.Name == "run"):
		return usageError{fmt.Errorf("there is no command %s; did you mean `slugline %s`?", word, meant)}
	}
	if strings.HasSuffix(err.Error(), "?") {
		return usageError{err} // it suggests what was meant
	}
	return usageError{fmt.Errorf("%w; `slugline --help` lists the commands", err)}
}
