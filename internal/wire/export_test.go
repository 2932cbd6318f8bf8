package wire

// WarmUp has the compressor make its channels, which a synctest bubble that comes first would
// keep for itself.
func WarmUp() { encoder.EncodeAll(nil, nil) }

var (
	Encode = encode
	Decode = decode
)
