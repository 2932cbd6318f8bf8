package locale

import "fmt"

// Message is a text with its parts that can be said in several languages. Its format, as
// of fmt.Sprintf, is the English text; translations have the same verbs, in any order. Parts
// that are Messages are said in the same language.
type Message struct {
	Format string
	Args   []any
}

// Messagef returns a message.
func Messagef(format string, args ...any) Message { return Message{format, args} }

// String returns the message in English.
func (m Message) String() string { return fmt.Sprintf(m.Format, m.Args...) }

// In returns the message in a language, and in English where that has no translation.
func (m Message) In(t *Locale) string {
	args := make([]any, len(m.Args))
	for i, arg := range m.Args {
		args[i] = arg
		if part, ok := arg.(interface{ In(*Locale) string }); ok {
			args[i] = part.In(t)
		}
	}
	return fmt.Sprintf(t.Lookup(m.Format), args...)
}
