package origin

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
)

// mediaFiles gives the kinds of media their file name extensions and media types.
var mediaFiles = map[string][2]string{"picture": {".png", "image/png"}, "audio": {".wav", "audio/wav"}}

// pictureSize is the size of pictures in pixels.
var pictureSize = image.Pt(640, 360)

// picture returns a PNG of a skyline at dusk, which n varies.
func picture(n uint64) []byte {
	m := image.NewRGBA(image.Rectangle{Max: pictureSize})
	for x := range pictureSize.X {
		roof := pictureSize.Y/2 + int(hash(n, uint64(x/40))%150)
		for y := range pictureSize.Y {
			c := color.RGBA{uint8(40 + y/3), uint8(60 + y/5), uint8(110 - y/6), 255}
			if y > roof {
				c = color.RGBA{18, 22, 34, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m) // no error: the buffer takes everything
	return b.Bytes()
}

// horn returns a WAV file: three seconds of a ship's horn.
func horn() []byte {
	const rate, length = 8000, 3 * 8000
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, 36+length)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	for _, v := range []uint16{1, 1} { // PCM, one channel
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for _, v := range []uint32{rate, rate} { // samples and bytes a second
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, v := range []uint16{1, 8} { // bytes and bits of a sample
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, length)
	for i := range length {
		t := float64(i) / rate
		tone := math.Sin(2*math.Pi*110*t) + math.Sin(2*math.Pi*138.6*t)/2
		b = append(b, byte(128+50*tone*min(1, t*4, (3-t)*2)))
	}
	return b
}
