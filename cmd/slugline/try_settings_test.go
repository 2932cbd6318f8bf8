package main

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
)

// TestTryUsesSettings tries sources whose settings in feeds.yaml are needed to read them.
func TestTryUsesSettings(t *testing.T) {
	d := origin.Doc{Title: "Halden Wire", Modified: time.Now()}
	for _, title := range []string{"Ferry runs again", "Harbour reopens", "Bridge is open"} {
		d.Items = append(d.Items, origin.Item{ID: title, Title: title, Summary: strings.Repeat("About it. ", 60)})
	}
	mux := http.NewServeMux()
	mux.Handle("/feed", origin.Bytes("text/xml", d.Bytes()))
	mux.Handle("/silent", origin.Hang())
	s := httptest.NewUnstartedServer(mux)
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_GCM_SHA384}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	config := filepath.Join(dir, "feeds.yaml")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	for _, tt := range []struct {
		path, keys string
		want, lack string
	}{
		{"/feed", "{}", "unknown authority", "Ferry"},
		{"/feed", "{ca: ca.pem}", "outdated", "only its beginning"},
		{"/feed", "{ca: ca.pem}", "Bridge is open", "only its beginning"},
		{"/feed", "{ca: ca.pem, limit: 2KB}", "Ferry runs again", "Bridge is open"},
		{"/feed", "{ca: ca.pem, limit: 2KB}", "longer than 2 KB: only the items before that place are read; `limit` of the source in feeds.yaml can be up to 64 MB", "Bridge is open"},
		{"/silent", "{ca: ca.pem, timeout: 1s}", "did not answer within 1s", "Ferry"},
	} {
		write("feeds.yaml", "fetch: {allow: [127.0.0.0/8]}\nsources: [{feed: '"+s.URL+tt.path+"', "+strings.Trim(tt.keys, "{}")+"}]\n")
		var out bytes.Buffer
		reportError(&out, run(t.Context(), []string{"--config", config, "try", s.URL + tt.path}, strings.NewReader(""), &out, &out))
		if got := out.String(); !strings.Contains(got, tt.want) || strings.Contains(got, tt.lack) {
			t.Errorf("try %s with %s says %q, want %q and not %q", tt.path, tt.keys, got, tt.want, tt.lack)
		}
	}
}
