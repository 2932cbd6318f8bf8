package story

// oldestFold is the oldest version of the fold by which this code judges while rules of that
// version are in force.
const oldestFold = 7

// Folds returns the versions of the fold that this code knows, the oldest first.
func Folds() (all []int) {
	for v := oldestFold; v <= Version; v++ {
		all = append(all, v)
	}
	return all
}
