package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/slugline/slugline/internal/config"
)

// commands is what the command line can say.
type commands struct {
	Config    string `default:"feeds.yaml" placeholder:"FILE" help:"The newsroom's file (${default})."`
	JSON      bool   `help:"Print JSON, where a command has something for a script."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"What is worth a line in the log: debug, info, warn or error (${default})."`
	LogFormat string `enum:"text,json" default:"text" placeholder:"FORMAT" help:"How the log is written: text or json (${default})."`
	Version   bool   `help:"Print the version and end."`

	Run  runCommand  `cmd:"" default:"1" group:"daemon" help:"Visit, fold and publish until told to stop. This is what slugline does when no command is named."`
	Demo demoCommand `cmd:"" group:"daemon" help:"The daemon over a scripted morning of wires: no network, no feeds.yaml."`

	Check   checkCommand   `cmd:"" group:"file" help:"Read feeds.yaml; say all that is wrong with it, or what it means."`
	Try     tryCommand     `cmd:"" group:"file" help:"Visit one address, or read a file: what it is and what it holds."`
	Preview previewCommand `cmd:"" group:"file" help:"What a rule would carry from the stored stories, and the difference from the rule in force."`
	Import  importCommand  `cmd:"" group:"file" help:"Put the feeds of an OPML file into feeds.yaml, or make one of them."`
	OPML    opmlCommand    `cmd:"" name:"opml" group:"file" help:"Print the sources as OPML."`

	Help   helpCommand   `cmd:"" group:"file" help:"Explain every key of feeds.yaml: slugline help feeds.yaml."`
	Schema schemaCommand `cmd:"" group:"file" help:"Print feeds.yaml as JSON Schema, for editors that complete and check it."`

	Poll   pollCommand   `cmd:"" group:"work" help:"Visit the sources that are due, once, and end."`
	Export exportCommand `cmd:"" group:"work" help:"Write every topic feed and page as static files."`

	Sources sourcesCommand `cmd:"" group:"look" help:"Each source: last visit, next one and why, entries, lag, problem."`
	Topics  topicsCommand  `cmd:"" group:"look" help:"Each topic: the stories that stand in it, and its subscribers as feed readers tell."`
	Stories storiesCommand `cmd:"" group:"look" help:"The stories, newest first."`
	Watch   watchCommand   `cmd:"" group:"look" help:"The wire as lines, live, from the running daemon."`
	Why     whyCommand     `cmd:"" group:"look" help:"Why an entry is in its story."`

	Split  splitCommand  `cmd:"" group:"order" help:"Make an entry a story of its own; it never rejoins the one that it leaves."`
	Merge  mergeCommand  `cmd:"" group:"order" help:"Make one story of two."`
	Hide   hideCommand   `cmd:"" group:"order" help:"Take a story out of a topic, or down everywhere."`
	Unhide unhideCommand `cmd:"" group:"order" help:"Let a hidden story be seen again."`
	Pin    pinCommand    `cmd:"" group:"order" help:"Let a story stand on top of a topic."`
	Undo   undoCommand   `cmd:"" group:"order" help:"Take a decision back."`

	Fold     foldCommand     `cmd:"" group:"engine" help:"Headlines in, stories and events out, as tab-separated lines: the story engine alone."`
	Simulate simulateCommand `cmd:"" group:"engine" help:"What a budget of visits would have meant for a trace of publication times."`

	Token      tokenCommand      `cmd:"" group:"keep" help:"Make a named key to the desk; --read for one that changes nothing."`
	Recipients recipientsCommand `cmd:"" group:"keep" help:"Who asked for a newsletter, one a line: address, newsletter, when they confirmed, language; --remove deletes an address."`
	Backup     backupCommand     `cmd:"" group:"keep" help:"Write a checked copy of the database, also beside the running daemon."`
	Verify     verifyCommand     `cmd:"" group:"keep" help:"Read the whole database and say whether it is sound; --dump BUCKET prints the rows of a bucket as JSON."`
	Compact    compactCommand    `cmd:"" group:"keep" help:"Give the database's free space back to the disk. The daemon must not run."`

	CheckCopy checkCopyCommand `cmd:"" hidden:"" help:"Read a database that nobody else has open."`
}

var groups = []kong.Group{
	{Key: "daemon", Title: "The daemon:"},
	{Key: "file", Title: "feeds.yaml:"},
	{Key: "work", Title: "By hand:"},
	{Key: "look", Title: "Looking at the news:"},
	{Key: "order", Title: "An editor's orders:"},
	{Key: "engine", Title: "The engines alone:"},
	{Key: "keep", Title: "Keeping it:"},
}

const description = "Slugline visits the feeds that feeds.yaml names, folds what tells the same news into one story, and publishes one merged feed for each topic. " +
	"Try `slugline demo` first, or `slugline import FILE.opml` to start from another reader's list."

// shell is what a command works with.
type shell struct {
	ctx  context.Context
	path string // of feeds.yaml
	json bool
	in   io.Reader
	out  *output
	err  io.Writer
	log  *slog.Logger
}

// usageError is an error of whoever typed the command.
type usageError struct{ error }

// run does what args say. An error of the usage kind, or about feeds.yaml, is the
// caller's; see tell for the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	var c commands
	helped := false
	out := &output{Writer: stdout}
	parser, err := kong.New(&c, kong.Name("slugline"), kong.Description(description), kong.Writers(out, stderr),
		kong.Exit(func(int) { helped = true }), kong.ExplicitGroups(groups), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	switch {
	case helped || out.err != nil:
		return out.err
	case err != nil && out.err == nil:
		return usageError{fmt.Errorf("%w; `slugline --help` lists the commands", err)}
	case c.Version:
		_, err := fmt.Fprintln(stdout, "slugline", version())
		return err
	case c.Config == "":
		return usageError{errors.New("--config is empty: it takes the path of a file such as feeds.yaml")}
	}
	s := &shell{ctx: ctx, path: c.Config, json: c.JSON, in: stdin, out: out, err: stderr, log: logger(stderr, c.LogLevel, c.LogFormat)}
	err = chosen.Run(s)
	if err == nil && ctx.Err() == nil { // who stopped it reads no more
		err = out.err
	}
	return err
}

// output keeps the first error of writing, so that no command need ask for it.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

func logger(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // one of the enum
	o := &slog.HandlerOptions{Level: l}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return strings.TrimPrefix(b.Main.Version, "v")
	}
	return "0.0"
}

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // usage or feeds.yaml
)

// reportError prints err for people and gives the exit status.
func reportError(w io.Writer, err error) int {
	var (
		u     usageError
		file  *config.Errors
		quiet *printedError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &quiet):
		return exitFailed
	case errors.As(err, &file):
		fmt.Fprintln(w, err)
		return exitUsage
	}
	fmt.Fprintf(printable{w}, "slugline: %s\n", err)
	if errors.As(err, &u) {
		return exitUsage
	}
	return exitFailed
}

// printedError is an error that the command has printed itself.
type printedError struct{ error }

// config reads feeds.yaml.
func (s *shell) config() (*config.Config, error) {
	c, err := config.Read(s.path, os.LookupEnv)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{fmt.Errorf("there is no %s; make one with `slugline import FILE.opml`, name another with --config, or look around with `slugline demo`", s.path)}
	}
	return c, err
}

func (s *shell) printJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (s *shell) printf(format string, args ...any) { fmt.Fprintf(printable{s.out}, format, args...) }
