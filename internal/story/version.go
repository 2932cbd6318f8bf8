package story

// Version is the version of the fold's code. It grows with every change that judges
// a headline differently; verdicts of an older version remain. The words and
// stems of package words decide verdicts too: a change there that judges a headline
// differently also needs a new Version. It grows with new orders too: see desk.NewerError.
const Version = 6
