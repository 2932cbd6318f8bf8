package reply

import (
	_ "embed" // of the files below
	"slices"
)

//go:embed assets/style.css
var style []byte

//go:embed assets/icon.svg
var icon []byte

// Style is the style sheet that the public pages and the desk's begin with.
func Style() []byte { return slices.Clone(style) }

// Icon is Slugline's own icon, an SVG.
func Icon() []byte { return slices.Clone(icon) }
