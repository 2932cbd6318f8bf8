package wire

// WarmUp has the compressor make its channels, which a synctest bubble that comes first would
// keep for itself.
func WarmUp() { encoder.EncodeAll(nil, nil) }

var (
	Encode = encode
	Decode = decode
)

// OnDigest has fn called when a digest has begun and before it is made. Unless hasRoom is nil,
// it says whether records may be applied meanwhile.
func (j *Journal) OnDigest(fn func(seq uint64), hasRoom func(size int64) bool) {
	j.digestBegan, j.hasRoom = fn, hasRoom
}
