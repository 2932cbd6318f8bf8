package news

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// PlayerKind returns audio or video, or nothing for what browsers don't play, such as a
// picture.
func (m *Media) PlayerKind() string {
	if m.Picture {
		return ""
	}
	switch kind, _, _ := strings.Cut(strings.ToLower(m.Type), "/"); kind {
	case "audio", "video":
		return kind
	case "", "application":
		address, _, _ := strings.Cut(m.URL, "?")
		switch strings.ToLower(path.Ext(address)) {
		case ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".wav", ".flac":
			return "audio"
		case ".mp4", ".m4v", ".webm", ".mov":
			return "video"
		}
	}
	return ""
}

// Playtime is the duration as 4:05 or 1:04:05. It is empty when the duration is not known.
func (m *Media) Playtime() string {
	s := int(m.Duration / time.Second)
	switch {
	case m.Duration <= 0:
		return ""
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
