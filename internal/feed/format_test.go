package feed

import (
	"mime"
	"testing"
)

func TestFormatsHaveDistinctNames(t *testing.T) {
	for _, f := range Formats {
		if got := FormatNamed(f.Name); got != f {
			t.Errorf("FormatNamed(%q) = %v, want %v", f.Name, got, f)
		}
		mediaType, params, err := mime.ParseMediaType(f.ContentType())
		if err != nil || mediaType != f.MediaType || params["charset"] != "utf-8" {
			t.Errorf("ContentType of %s is %q, want %s with a charset", f.Name, f.ContentType(), f.MediaType)
		}
		if f.Title == "" || f.Ext() != "."+f.Name || f.Write == nil {
			t.Errorf("the row of %s is incomplete: %+v", f.Name, f)
		}
	}
	if f := FormatNamed("html"); f != nil {
		t.Errorf(`FormatNamed("html") = %v, want nil`, f)
	}
}
