package reply

import (
	_ "embed" // of the files below
	"slices"
)

//go:embed assets/style.css
var style []byte

//go:embed assets/icon.svg
var icon []byte

// Style returns the style sheet that all public pages and pages of the newsroom share.
func Style() []byte { return slices.Clone(style) }

// Icon returns Slugline's own icon, an SVG image.
func Icon() []byte { return slices.Clone(icon) }
