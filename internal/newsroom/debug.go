package newsroom

import (
	"net/http"
	"net/http/pprof"
)

// debugRoutes are the routes of the profiles of the running daemon.
func (d *Desk) debugRoutes() []route {
	return []route{
		{"GET /debug/pprof/", d.editorsOnly(pprof.Index)},
		{"GET /debug/pprof/cmdline", d.editorsOnly(pprof.Cmdline)},
		{"GET /debug/pprof/profile", d.editorsOnly(pprof.Profile)},
		{"GET /debug/pprof/symbol", d.editorsOnly(pprof.Symbol)},
		{"POST /debug/pprof/symbol", d.editorsOnly(pprof.Symbol)},
		{"GET /debug/pprof/trace", d.editorsOnly(pprof.Trace)},
	}
}

// editorsOnly refuses callers who may not change anything, and requests that another web
// site sent: profiles slow the daemon down and show details of it.
func (d *Desk) editorsOnly(h http.HandlerFunc) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if callerOf(r.Context()).readOnly {
			return errReadOnly
		}
		change := r.Clone(r.Context())
		change.Method = http.MethodPost // the check lets every GET through
		if d.access.cross.Check(change) != nil {
			return errCrossSite
		}
		h(w, r)
		return nil
	}
}
