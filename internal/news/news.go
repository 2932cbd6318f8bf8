// Package news is the vocabulary of Slugline and the rules that belong to the
// words: records, sources, entries, stories, topics, and how their ids are made.
//
// It is pure: no I/O, no clock, and it imports nothing of ours. Everything that
// crosses from one package to another is made of these types.
package news
