package topic

// Example is a query that shows a part of the query language.
type Example struct{ Query, Finds string }

// Syntax explains the query language by examples, for help. The fields are in Fields.
// The table is read-only.
var Syntax = []Example{
	{`flood dam`, "flood and dam, in any grammatical form"},
	{`"data breach"`, "these words together, in this order"},
	{`cyber*`, "what starts with cyber"},
	{`(flood OR dam) -film`, "flood or dam, but not film"},
	{`=vaccine`, "exactly this word, not vaccines; capitals and accents as written, and any capitals for a word without one"},
	{`"=St. John's"`, "exactly this text"},
	{`WHO`, "in capitals only, because who is an ordinary word; NATO finds Nato too"},
	{`C++ heise+ AT&T #climate`, "with the signs only"},
	{`wifi e-mail`, "with a hyphen or without: Wi-Fi, email"},
}
