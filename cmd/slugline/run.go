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
	"time"

	"github.com/alecthomas/kong"

	"github.com/slugline/slugline/internal/config"
)

// commands are the flags and commands of the command line.
type commands struct {
	Config    string `default:"feeds.yaml" placeholder:"FILE" help:"The configuration file (${default})."`
	JSON      bool   `help:"Print JSON, if the command supports it."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"The lowest level to log: debug, info, warn or error (${default})."`
	LogFormat string `enum:"text,json" default:"text" placeholder:"FORMAT" help:"The format of the log: text or json (${default})."`
	Version   bool   `help:"Print the version."`

	Run  runCommand  `cmd:"" default:"1" group:"daemon" help:"Run the daemon: visit sources, merge entries into stories and publish topics. This is the default command."`
	Demo demoCommand `cmd:"" group:"daemon" help:"Run the daemon with invented news; needs no network and no feeds.yaml."`

	Check   checkCommand   `cmd:"" group:"file" help:"Check feeds.yaml: list all errors, or explain what the file means."`
	Try     tryCommand     `cmd:"" group:"file" help:"Show what is in a feed, at an address or in a file."`
	Add     addCommand     `cmd:"" group:"file" help:"Try an address and add its feed to feeds.yaml, where every other byte stays."`
	Preview previewCommand `cmd:"" group:"file" help:"Show which stored stories a topic or query matches, and what would change in the topic."`
	Import  importCommand  `cmd:"" group:"file" help:"Add the feeds of an OPML file to feeds.yaml, or create the file."`
	OPML    opmlCommand    `cmd:"" name:"opml" group:"file" help:"Print the sources as OPML."`

	Help   helpCommand   `cmd:"" group:"file" help:"Explain every key of feeds.yaml, or one: slugline help feeds.yaml, slugline help alerts."`
	Schema schemaCommand `cmd:"" group:"file" help:"Print a JSON Schema of feeds.yaml, for editors that complete and check it."`

	Poll   pollCommand   `cmd:"" group:"once" help:"Visit the sources that are due, or all, once."`
	Export exportCommand `cmd:"" group:"once" help:"Write all public pages and topic feeds as static files."`

	Sources sourcesCommand `cmd:"" group:"read" help:"List the sources: last visit, next visit and its reason, entries, delay, problem."`
	Topics  topicsCommand  `cmd:"" group:"read" help:"List the topics: stories, subscribers as reported by feed readers, last change."`
	Stories storiesCommand `cmd:"" group:"read" help:"List stories, newest first."`
	Watch   watchCommand   `cmd:"" group:"read" help:"Print new and changed stories as they arrive. Needs a running daemon."`
	Why     whyCommand     `cmd:"" group:"read" help:"Explain why an article or an entry is in its story."`

	Split   splitCommand   `cmd:"" group:"edit" help:"Move an entry to a story of its own, or a story to an event of its own, for good."`
	Merge   mergeCommand   `cmd:"" group:"edit" help:"Merge two stories, or their events, into one."`
	Hide    hideCommand    `cmd:"" group:"edit" help:"Hide a story in a topic, or everywhere."`
	Unhide  unhideCommand  `cmd:"" group:"edit" help:"Show a hidden story again."`
	Pin     pinCommand     `cmd:"" group:"edit" help:"Pin a story to the top of a topic."`
	Assign  assignCommand  `cmd:"" group:"edit" help:"Assign a story to a colleague, with a time when the work is due."`
	Send    sendCommand    `cmd:"" group:"edit" help:"Send a story to a target of feeds.yaml, such as a CMS or a chat."`
	Release releaseCommand `cmd:"" group:"edit" help:"Publish a story that is held, because of an embargo, a date ahead or a topic's hold query."`
	Undo    undoCommand    `cmd:"" group:"edit" help:"Undo a decision."`

	Fold     foldCommand     `cmd:"" group:"experiment" help:"Group headlines into stories and events; reads and writes tab-separated lines."`
	Simulate simulateCommand `cmd:"" group:"experiment" help:"Replay a trace of publication times with a budget of visits."`

	Token      tokenCommand      `cmd:"" group:"admin" help:"Create, revoke or list the tokens for the desk."`
	Recipients recipientsCommand `cmd:"" group:"admin" help:"List newsletter subscribers, one a line: address, newsletter, time of confirmation, language; or delete an address with --remove."`
	Backup     backupCommand     `cmd:"" group:"admin" help:"Write a checked copy of the database. The daemon may be running."`
	Restore    restoreCommand    `cmd:"" group:"admin" help:"Put a backup in place of the database, and let what was published since keep its ids. The daemon must not be running."`
	Verify     verifyCommand     `cmd:"" group:"admin" help:"Check the whole database or a backup for damage, and count the rows that still have the form of an earlier release; --dump BUCKET prints the rows of a bucket as JSON."`
	Compact    compactCommand    `cmd:"" group:"admin" help:"Shrink the database file by its free space. The daemon must not be running."`
	Heal       healCommand       `cmd:"" group:"admin" help:"Repair a database that is ahead of time because the clock was once: all ids stay, and what was stamped ahead is of the present. The daemon must not be running."`
	Cluster    clusterCommand    `cmd:"" group:"admin" help:"Several nodes as one: init makes their certificates, status lists them, verify compares them, join and repair fill one from another, adopt accepts a new log."`

	DemoNode  demoNodeCommand  `cmd:"" hidden:"" help:"Run a node of the demo, until the standard input ends."`
	CheckCopy checkCopyCommand `cmd:"" hidden:"" help:"Check a database file that no other process has open."`
	Salvage   salvageCommand   `cmd:"" hidden:"" help:"Print what can be read of a database file that may be damaged."`
}

var groups = []kong.Group{
	{Key: "daemon", Title: "The daemon:"},
	{Key: "file", Title: "feeds.yaml:"},
	{Key: "once", Title: "Once, without a daemon or beside a running one:"},
	{Key: "read", Title: "Reading:"},
	{Key: "edit", Title: "Editing:"},
	{Key: "experiment", Title: "Experiments:"},
	{Key: "admin", Title: "Administration:"},
}

const description = "Slugline visits the feeds listed in feeds.yaml, merges entries that tell the same news into one story, and publishes one feed for each topic. " +
	"Try `slugline demo` first, or `slugline import FILE.opml` with the feeds of another reader."

// shell is what a command reads from, writes to and is configured by.
type shell struct {
	ctx  context.Context
	path string // of feeds.yaml
	json bool
	in   io.Reader
	out  *output
	err  io.Writer
	log  *slog.Logger
	logs [2]string        // level and format of log
	wall func() time.Time // what the machine's clock says; nil: time.Now
}

// usageError is a mistake in the command line.
type usageError struct{ error }

// run runs the command in args. reportError gives the exit status of the error.
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
		return wrongUsage(err)
	case c.Version:
		_, err := fmt.Fprintln(stdout, "slugline", version())
		return err
	case c.Config == "":
		return usageError{errors.New("--config is empty: give the path of a file such as feeds.yaml")}
	}
	damage := &wayOut{path: c.Config}
	log := slog.New(newDamageHandler(logger(stderr, c.LogLevel, c.LogFormat).Handler(), damage))
	s := &shell{ctx: ctx, path: c.Config, json: c.JSON, in: stdin, out: out, err: stderr, log: log, logs: [2]string{c.LogLevel, c.LogFormat}}
	name, _, _ := strings.Cut(chosen.Command(), " ")
	err = damage.explain(s.untilInterrupted(name, func() error { return chosen.Run(s) }))
	if err == nil && ctx.Err() == nil { // a command that was interrupted may fail to write
		err = out.err
	}
	return err
}

// output remembers the first error of writing, so that no command has to check for it.
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
	_ = l.UnmarshalText([]byte(level)) // kong allows valid levels only
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

// reportError prints err and returns the exit status.
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

// printedError is an error that the command has already printed.
type printedError struct{ error }

// config reads feeds.yaml. Its errors are usageError, if there is no file, and
// *config.Errors.
func (s *shell) config() (*config.Config, error) {
	c, err := config.Read(s.path, os.LookupEnv)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{fmt.Errorf("there is no %s; create it with `slugline import FILE.opml`, name another file with --config, or try `slugline demo`", s.path)}
	}
	return c, err
}

func (s *shell) printJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (s *shell) printf(format string, args ...any) { fmt.Fprintf(printable{s.out}, format, args...) }
