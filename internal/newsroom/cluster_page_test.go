package newsroom_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

// parts returns the numbers of n partitions.
func parts(from, n int) (all []int) {
	for i := range n {
		all = append(all, from+i)
	}
	return all
}

// wellCluster is a cluster of three voters and a reader with nothing to do.
func wellCluster() cluster.ClusterState {
	now := time.Now()
	node := func(name string, from, n int, ahead int64, roles ...string) cluster.NodeState {
		return cluster.NodeState{Name: name, Seen: now, Visits: true, Roles: true, Partitions: parts(from, n), Holds: roles, ClockMS: ahead,
			Announcement: cluster.Announcement{Version: "1.9.0", Seq: 48211, Mark: "m", File: "m"}}
	}
	s := cluster.ClusterState{Node: "n1", Session: true, Nodes: []cluster.NodeState{node("n1", 0, 22, 0, "hub"), node("n2", 22, 21, -310, "post"), node("n3", 43, 21, 140, "clerk"), node("web1", 0, 0, 20)}}
	s.Nodes[3].Visits, s.Nodes[3].Roles = false, false
	return s
}

// troubledCluster is one with a node in every other state.
func troubledCluster() cluster.ClusterState {
	s := wellCluster()
	s.Unowned = 21
	s.Nodes[0].File = "another"
	s.Nodes[1].Late, s.Nodes[1].Gone, s.Nodes[1].Partitions, s.Nodes[1].Holds, s.Nodes[1].Seen = true, true, nil, nil, time.Now().Add(-time.Hour)
	s.Nodes[2].Problem, s.Nodes[2].ClockMS, s.Nodes[2].Deleted = "this machine's clock is 1h0m0s ahead of n1 and n2: set it, or start its time service; until then this node visits nothing", 3600_000, 353
	s.Nodes[3].Behind, s.Nodes[3].Seq, s.Nodes[3].ClockMS = 61_000, 47100, -12_000
	return s
}

// clusterStates are states of a cluster, by a name for files.
func clusterStates() map[string]func() cluster.ClusterState {
	return map[string]func() cluster.ClusterState{
		"well": wellCluster, "troubled": troubledCluster,
		"cut": func() cluster.ClusterState {
			s := wellCluster()
			s.Session = false
			for i := range s.Nodes {
				s.Nodes[i].Late = true
			}
			return s
		},
	}
}

// clusterPage returns the page of the cluster in a state.
func clusterPage(t *testing.T, n *webtest.Newsroom, state func() cluster.ClusterState) string {
	t.Helper()
	resp, body := webtest.Request(t, "GET", serve(n, func(d *newsroom.Desk) { d.Cluster = state })+"/cluster")
	if resp.StatusCode != http.StatusOK || strings.Contains(body, "ZgotmplZ") {
		t.Fatalf("the page answers %d:\n%s", resp.StatusCode, body)
	}
	return body
}

// The page says of each node how it is, and what to do where it is not well.
func TestClusterPage(t *testing.T) {
	n := webtest.Open(t)
	well := clusterPage(t, n, wellCluster)
	webtest.ContainsInOrder(t, well, "All nodes are well, and all sources are visited.",
		">ok</span> <bdi>n1</bdi> <b class=\"here\">this node</b>", "voter · <code>1.9.0</code>", "48211", "up to date", "34 %", "22 parts", "WebSub hub",
		"<bdi>n2</bdi></p>", "alerts and newsletters", "310 ms slow", "<bdi>n3</bdi>", "140 ms fast", "<bdi>web1</bdi>", "reader · visits no sources", "0 %", "in step")
	for _, no := range []string{"Two of the three voters", "Nobody visits", "does not reach", "differs from the one in force", `class="wrong"`} {
		if strings.Contains(well, no) {
			t.Errorf("with all nodes well the page says %q", no)
		}
	}
	webtest.ContainsInOrder(t, clusterPage(t, n, troubledCluster), "Two of the three voters run.", "Nobody visits 33 % of the sources at the moment.",
		">problem</span> <bdi>n1</bdi>", "Its feeds.yaml differs from the one in force.",
		`class="is-gone"`, ">lost</span> <bdi>n2</bdi>", "Start it again",
		`class="is-problem"`, ">problem</span> <bdi>n3</bdi>", "clock is 1h0m0s ahead of n1 and n2", "lacks 353 records", "slugline cluster repair n3", "3600 seconds fast",
		`class="is-late"`, ">behind</span> <bdi>web1</bdi>", "47100", "61 seconds behind", "12 seconds slow")
	cut := clusterPage(t, n, clusterStates()["cut"])
	webtest.ContainsInOrder(t, cut, "<bdi>n1</bdi> does not reach most of the nodes.", ">problem</span> <bdi>n1</bdi>", ">unknown</span> <bdi>n2</bdi>")
	if strings.Contains(cut, "Nobody visits") || strings.Contains(cut, "All nodes are well") || strings.Contains(cut, "It has stopped") {
		t.Error("a node that is cut off says what others do")
	}
}

// replace is what a node says of a database that can't be used any more.
const replace = "Stop Slugline on n2 and run `slugline cluster repair n2 --database --from URL` there, where URL is the desk of a node that is ready: it keeps this database under another name and puts a copy of that node's in its place. Then start Slugline."

// sick are clusters of which every node says something else: one of our nodes that are voters,
// and one over NATS servers of somebody else.
func sick() []cluster.ClusterState {
	voters, outside := wellCluster(), wellCluster()
	for i, problem := range []string{
		"the log has lost its end: it does not have record 4f1d as its number 9, which this node has applied. If another node is ready: " + replace + " If no node is ready and each says this: stop all, delete the folder `dir` of `cluster` in feeds.yaml on each, start them, and run `slugline cluster adopt` on each; the databases stay as they are.",
		"this node and n1 have applied different records up to number 9 of the log. " + replace,
		"the log's replica on n3 lacks 353 records: it is damaged. To repair it, run `slugline cluster repair n3` on that node: it deletes the replica, and the other nodes fill it again.",
		"this machine's clock is 1h0m0s ahead of n1, n2 and n3: set it, or start its time service; until then this node visits nothing",
	} {
		voters.Nodes[i].Problem = problem
	}
	outside.Session, outside.Outside = false, true
	outside.Problem = `the NATS servers that keep the log of the cluster can't be used at the moment: the monitoring of no NATS server answers: get http://10.1.0.7:8222/varz: 404 Not Found`
	for i, problem := range []string{
		"the NATS server nats-1 has no JetStream: write `jetstream { store_dir: \"/var/lib/nats\", sync_interval: always }` in its nats-server.conf, and restart it",
		"the stream WIRE was changed, and does not keep the log as it must: it takes messages of up to 1048576 bytes, and records may have 8 MB. Set that back with `nats stream edit WIRE`",
		`the NATS servers that keep the log of the cluster can't be used at the moment: the monitoring of no NATS server answers: http://10.1.0.7:8222 is not the monitoring of one NATS server`,
		"the NATS account has the log of the cluster press, and `name` of cluster is radio here: give each cluster an account of its own",
	} {
		outside.Nodes[i].Problem = problem
	}
	return []cluster.ClusterState{voters, outside}
}

// What nodes say of themselves is in the language of the page. Commands and settings stay, and
// can be copied to a terminal.
func TestClusterProblemsAreTranslated(t *testing.T) {
	n := webtest.Open(t)
	for _, lang := range []string{"ar", "de", "es", "fa", "fr", "ru", "zh"} {
		var page string
		for _, state := range sick() {
			_, body := webtest.Request(t, "GET", serve(n, func(d *newsroom.Desk) {
				d.Cluster, d.Locale = func() cluster.ClusterState { return state }, locale.Of(lang)
			})+"/cluster")
			page += body
		}
		for _, want := range []string{
			`<code dir="ltr">slugline cluster repair n2 --database --from URL</code>`, `<code dir="ltr">slugline cluster repair n3</code>`, `<code dir="ltr">dir</code>`, `<code dir="ltr">slugline cluster adopt</code>`,
			`<code dir="ltr">jetstream { store_dir: &#34;/var/lib/nats&#34;, sync_interval: always }</code>`, `<code dir="ltr">nats stream edit WIRE</code>`, `<code dir="ltr">name</code>`,
			"\u2068nats-1\u2069", "\u20681048576\u2069", "\u2068http://10.1.0.7:8222\u2069", "\u2068http://10.1.0.7:8222/varz\u2069", "\u2068n1, n2\u2069", "\u2068radio\u2069",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the pages lack %q", lang, want)
			}
		}
		if english := strings.Count(page, `<span lang="en"`); english != 1 || !strings.Contains(page, `<span lang="en" dir="ltr">404 Not Found</span>`) {
			t.Errorf("%s: %d texts are in English, and only what the server says should be:\n%s", lang, english, page)
		}
	}
}

// In languages that run from right to left, what nodes say does so too, and commands, names and
// addresses in it run from left to right. What nobody knows is shown as it is.
func TestClusterProblemsRunFromRightToLeft(t *testing.T) {
	b, n := webtest.OpenBrowser(t), webtest.Open(t)
	unknown := wellCluster()
	unknown.Nodes[1].Problem = "its moon is in the wrong house: run `slugline wait` until 12 May"
	pages := map[string]cluster.ClusterState{"cluster-voters": sick()[0], "cluster-outside": sick()[1], "cluster-unknown": unknown}
	for _, lang := range []string{"ar", "fa"} {
		for name, state := range pages {
			at := serve(n, func(d *newsroom.Desk) {
				d.Cluster, d.Locale = func() cluster.ClusterState { return state }, locale.Of(lang)
			})
			b.CheckLayout(at+"/cluster", name+"-"+lang, 1440, "light")
			b.CheckLayout(at+"/cluster", name+"-"+lang, 360, "dark")
			found := webtest.Eval[[]string](b, `[...document.querySelectorAll(".wrong")].flatMap(p => {
  const bad = [], say = what => bad.push(what + ": " + p.textContent);
  const foreign = p.querySelector("[lang=en]");
  if (getComputedStyle(p).direction !== "rtl") say("it does not run from right to left");
  if (foreign && getComputedStyle(foreign).direction !== "ltr") say("English does not run from left to right");
  if (!/[\u0600-\u06ff]/.test(p.textContent) && !foreign) say("it is not marked as English");
  if (!foreign && p.textContent.includes("\x60")) say("a command is not marked");
  for (const e of p.querySelectorAll("code, [lang=en]")) {
    const words = [], texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    for (let n; n = texts.nextNode();) for (const m of n.data.matchAll(/[^\s]+/g)) {
      const range = document.createRange();
      range.setStart(n, m.index);
      range.setEnd(n, m.index + m[0].length);
      words.push(range.getBoundingClientRect());
    }
    if (!words.every((w, i) => !i || w.top > words[i - 1].top + 5 || w.left > words[i - 1].left)) say("the words of " + e.textContent + " are out of order");
    if (/[\u2066-\u2069]/.test(e.textContent)) say("what can't be copied is in " + e.textContent);
  }
  return bad;
})`)
			if len(found) > 0 {
				t.Errorf("%s in %s:\n  %s", name, lang, strings.Join(found, "\n  "))
			}
		}
	}
}

// A node that is alone has the page, which says how to begin, but no link to it.
func TestClusterPageAlone(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	_, body := webtest.Request(t, "GET", at+"/cluster")
	webtest.ContainsInOrder(t, body, "This is the only node", "slugline cluster init", "slugline backup FILE", "site.zone", "peers:", `<a href="/help#section-cluster">`)
	const link = `<li><a href="/cluster">Cluster</a></li>`
	_, body = webtest.Request(t, "GET", at+"/sources")
	if strings.Contains(body, link) {
		t.Error("the menu of a node that is alone has a link to the cluster")
	}
	_, body = webtest.Request(t, "GET", serve(n, func(d *newsroom.Desk) { d.Cluster = wellCluster })+"/sources")
	if !strings.Contains(body, link) {
		t.Error("the menu of a node of a cluster has no link to it")
	}
	if _, body := webtest.Request(t, "GET", at+"/help"); !strings.Contains(body, `id="section-cluster"`) {
		t.Error("the help has no section about the cluster to link to")
	}
}

func TestClusterNeedsAccess(t *testing.T) {
	_, at, keys := openWithEditors(t, "anna", "~wall")
	for name, want := range map[string]int{"anna": 200, "~wall": 200, "nobody": 401} {
		if resp, _ := webtest.Request(t, "GET", at+"/cluster", "Authorization: Bearer "+keys[name]); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, want)
		}
	}
}

// The page is accessible in every state, in both directions, and fits medium screens too.
func TestClusterLook(t *testing.T) {
	b := webtest.OpenBrowser(t)
	n, arabic := webtest.Open(t), webtest.OpenArabic(t)
	pages := map[string]string{"cluster-alone": serve(n, nil) + "/cluster", "cluster-alone-rtl": serve(arabic, nil) + "/cluster"}
	for name, state := range clusterStates() {
		pages["cluster-"+name] = serve(n, func(d *newsroom.Desk) { d.Cluster = state }) + "/cluster"
		pages["cluster-"+name+"-rtl"] = serve(arabic, func(d *newsroom.Desk) { d.Cluster = state }) + "/cluster"
	}
	b.CheckAccessibility(pages)
	for _, width := range []int64{768, 1440} {
		for _, name := range []string{"cluster-alone", "cluster-well", "cluster-troubled", "cluster-troubled-rtl"} {
			b.CheckLayout(pages[name], name, width, "light")
		}
	}
	for _, lang := range []string{"fr", "de", "es", "ru", "fa", "zh"} {
		at := serve(n, func(d *newsroom.Desk) { d.Cluster, d.Locale = troubledCluster, locale.Of(lang) })
		b.CheckLayout(at+"/cluster", "cluster-troubled-"+lang, 360, "light")
	}
}

// The page follows the cluster. When its node does not answer it says since when, and goes on
// when the node is back. Without scripts it shows the state of its load.
func TestClusterPageIsLive(t *testing.T) {
	b, n := webtest.OpenBrowser(t), webtest.Open(t)
	var state atomic.Pointer[cluster.ClusterState]
	set := func(s cluster.ClusterState) { state.Store(&s) }
	set(wellCluster())
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live, Cluster: func() cluster.ClusterState { return *state.Load() }}
	s := b.ServeAt("127.0.0.1:0", d)
	at := "http://" + s.Addr + "/cluster"
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at)); err != nil {
		t.Fatal(err)
	}
	b.RunScript(`window.same = document.querySelector("h1")`)
	set(troubledCluster())
	b.WaitFor("that a node is lost", `document.querySelector("#node-n2 .state").textContent === "lost" && document.getElementById("summary").textContent.includes("Two of the three")`)
	n.Must(s.Close())
	b.WaitFor("that the node does not answer", `/not answered since [0-2]\d:[0-5]\d, and/.test(document.getElementById("unreachable").textContent) && !document.getElementById("unreachable").hidden`)
	set(wellCluster())
	b.ServeAt(s.Addr, d)
	b.WaitFor("that it answers again", `document.getElementById("unreachable").hidden && document.querySelector("#node-n2 .state").textContent === "ok"`)
	if !webtest.Eval[bool](b, `window.same === document.querySelector("h1")`) {
		t.Error("the page was loaded again")
	}
	b.AllowScript(false)
	b.Navigate(at)
	set(troubledCluster())
	b.Navigate(at)
	if !webtest.Eval[bool](b, `document.querySelector("#node-n2 .state").textContent === "lost"`) {
		t.Error("without scripts the page does not show the lost node")
	}
}
