package story

// thresholds are the numbers by which headlines are compared with events. A version of the
// fold may have others than the one before: see versionOfThresholds.
type thresholds struct {
	minEventScore      int // thousandths that any event needs; see eventReason
	extraForSmallEvent int // that much more for an event of one story, less for larger ones
	partOfEvent        int // thousandths of the score that the cosine with all of the event makes; the nearest story makes the rest
	minJoinScore       int // thousandths of cosine between two events that a headline joins
	perDoublingOfAge   int // thousandths more for each doubling of the event's age beyond a day
	partOfThird        int // thousandths of the specificity of a third word that count
	partMadeUp         int // thousandths of what is beyond enoughSpecificity make up for time

	// Two headlines of an event surely tell one happening when their cosine is minNear, in
	// thousandths, and more by what speaks against it. Stories of the event whose cosine is
	// less than minAlike are likely about something else.
	minNear            int
	nearOfOtherNumbers int // each has a number, and they have none in common
	nearOfOneHead      int // they begin with the same words before a colon, and have at most one other in common
	minAlike           int
}

// versionOfThresholds is the first version of the fold with the present thresholds. Until all
// nodes of a cluster know it, they judge by those before.
const versionOfThresholds = 9

var presentThresholds = thresholds{
	minEventScore:      184,
	extraForSmallEvent: 48,
	partOfEvent:        640,
	minJoinScore:       260,
	perDoublingOfAge:   140,
	partOfThird:        180,
	partMadeUp:         200,
	minNear:            254,
	nearOfOtherNumbers: 140,
	nearOfOneHead:      130,
	minAlike:           128,
}

var thresholdsBefore = thresholds{
	minEventScore:      180,
	extraForSmallEvent: 50,
	partOfEvent:        500,
	minJoinScore:       235,
	perDoublingOfAge:   110,
	minNear:            280,
	nearOfOtherNumbers: 120,
	nearOfOneHead:      100,
	minAlike:           120,
}

// thresholdsOf returns those of a version of the fold, 0 for Version.
func thresholdsOf(version int) *thresholds {
	if version != 0 && version < versionOfThresholds {
		return &thresholdsBefore
	}
	return &presentThresholds
}
