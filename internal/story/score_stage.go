package story

// The stages that score_stage.go names. The places are those in stageNames.
const (
	ended      stages = 1 << 0
	denied     stages = 1 << 4
	refused    stages = 1 << 5
	negated    stages = 1 << 6
	reversed   stages = 1 << 7
	intended   stages = 1 << 12
	arrested   stages = 1 << 26
	charged    stages = 1 << 27
	convicted  stages = 1 << 28
	sentenced  stages = 1 << 29
	proceeding        = arrested | charged | convicted | sentenced
)

// sameStages are stages of which headlines use one for another.
var sameStages = [...]stages{denied | refused | negated, ended | reversed}

// contradict tells whether headlines with these stages are about different stages of
// one happening, or one denies the other: each stage that only one has keeps them
// apart, at any similarity. A headline that is cut off may lack what the other has.
// Those of a case in court keep them apart when each has one of its own, because
// "arrested" alone may be a detail.
func (s stages) contradict(o stages, cut, otherCut bool) bool {
	if s == o || (s|o)&unknownStages != 0 {
		return false
	}
	onlyS, onlyO := s&^o, o&^s
	for _, same := range sameStages {
		if s&same != 0 && o&same != 0 {
			onlyS, onlyO = onlyS&^same, onlyO&^same
		}
	}
	if cut {
		onlyO = 0
	}
	if otherCut {
		onlyS = 0
	}
	return (onlyS|onlyO)&^proceeding != 0 || onlyS&proceeding != 0 && onlyO&proceeding != 0
}
