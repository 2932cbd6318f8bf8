package canon

import "strings"

// Language returns the tag of a language as BCP 47 has it, or nothing when it is none.
func Language(tag string) string {
	tag = strings.ReplaceAll(strings.TrimSpace(tag), "_", "-")
	tag, _, _ = strings.Cut(tag, ",")
	tag, _, _ = strings.Cut(tag, ".")
	if tag == "" || len(tag) > 35 {
		return ""
	}
	parts := strings.Split(tag, "-")
	for i, p := range parts {
		if p == "" || len(p) > 8 || !alphanumeric(p) {
			return ""
		}
		parts[i] = subtag(p, i)
	}
	if p := parts[0]; len(p) < 2 || len(p) > 3 || p == "und" || strings.ContainsAny(p, "0123456789") {
		return ""
	}
	if now, ok := replacedCodes[parts[0]]; ok {
		parts[0] = now
	}
	return strings.Join(parts, "-")
}

func subtag(p string, i int) string {
	switch low := strings.ToLower(p); {
	case i > 0 && len(p) == 2:
		return strings.ToUpper(p)
	case i > 0 && len(p) == 4 && p[0] > '9':
		return strings.ToUpper(p[:1]) + low[1:]
	default:
		return low
	}
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// replacedCodes are codes that feeds use in place of the right ones.
var replacedCodes = map[string]string{
	"iw": "he", "in": "id", "ji": "yi", "jp": "ja", "eng": "en", "ara": "ar", "fra": "fr", "fre": "fr", "deu": "de", "ger": "de", "spa": "es", "rus": "ru", "zho": "zh", "chi": "zh", "por": "pt", "ita": "it",
}
