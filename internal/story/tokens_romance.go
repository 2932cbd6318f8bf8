package story

import "strings"

// Points of the compass are words with another meaning elsewhere: est, sur, sul. They
// stay as they are in names, as Corea del Sur. Before an opponent, "face à" means
// against; alone, face is what two do with each other.
var (
	romanceMoney = strings.NewReplacer("md€", " milliard euro ", "mds€", " milliard euro ", "m€", " million euro ", "k€", " mille euro ", "m d'€", " million euro ",
		"md d'€", " milliard euro ", "mds d'€", " milliard euro ", "m$", " million dollar ")
	frenchForms = strings.NewReplacer("'est ", "'east ", " nord-est ", " nord east ", " sud-est ", " sud east ", " face a l'", " frente au ", " face a la ", " frente au ",
		" face au ", " frente au ", " face aux ", " frente au ", " face a ", " frente au ")
	spanishForms = strings.NewReplacer(" al sur ", " al south ", " el sur ", " el south ", " el este ", " el east ", " al este ", " al east ",
		" frente a la ", " frente al ", " frente a los ", " frente al ", " frente a las ", " frente al ", " frente a ", " frente al ")
	portugueseForms = strings.NewReplacer(" a sul ", " ao south ", " ao sul ", " ao south ", " no sul ", " no south ", " a leste ", " ao east ", " ao leste ", " ao east ", " no leste ", " no east ",
		" face ao ", " frente ao ", " face a ", " frente ao ", " frente a ", " frente ao ")
	italianForms = strings.NewReplacer(" a est ", " a east ", " ad est ", " a east ", "'est ", "'east ", " di fronte ", " frente ")
)

// romanceForm writes sums of money, points of the compass and "against" in French,
// Spanish, Italian and Portuguese as the lexicon has them.
func romanceForm(s, language string) string {
	if strings.ContainsAny(s, "€$") {
		s = romanceMoney.Replace(s)
	}
	switch language {
	case "fr":
		return replaceAny(s, frenchForms, "'est", "face a", "-est")
	case "es":
		return replaceAny(s, spanishForms, "l sur", "l este", "frente a")
	case "it":
		return replaceAny(s, italianForms, " est", "'est", "fronte")
	}
	s = replaceAny(s, portugueseForms, " sul", " leste", "face a", "frente a")
	return strings.TrimSpace(oldPortuguese.Replace(" " + s + " "))
}

// replaceAny applies a replacer of whole words to a text that has one of parts.
func replaceAny(s string, r *strings.Replacer, parts ...string) string {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return strings.TrimSpace(r.Replace(" " + s + " "))
		}
	}
	return s
}

// oldPortuguese has letters that the reform of 1990 dropped, as in acção, projecto and
// óptimo, and names that Portugal and Brazil write in two ways.
var oldPortuguese = strings.NewReplacer("ct", "t", "cca", "ca", "cco", "co", "optim", "otim", "baptis", "batis", "egipto", "egito", "adopt", "adot",
	" moscovo ", " moscou ", " irao ", " ira ", " bagdade ", " bagda ", " telavive ", " tel aviv ", " madrid ", " madri ",
	" vietname ", " vietna ", " islao ", " isla ")
