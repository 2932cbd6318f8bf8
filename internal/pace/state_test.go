package pace

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"
)

// fillNumbers sets each number in v to a different value.
func fillNumbers(v reflect.Value, n *int) {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		*n++
		v.SetFloat(float64(*n) / 8)
	case reflect.Array:
		for i := range v.Len() {
			fillNumbers(v.Index(i), n)
		}
	default:
		for i := range v.NumField() {
			fillNumbers(v.Field(i), n)
		}
	}
}

func TestStateEncodesFieldsInOrder(t *testing.T) {
	var k savedState
	n := 0
	fillNumbers(reflect.ValueOf(&k).Elem(), &n)
	want, err := binary.Append([]byte{version}, binary.LittleEndian, k)
	if err != nil {
		t.Fatal(err)
	}
	if got := k.encode(); !bytes.Equal(got, want) {
		t.Errorf("encode returns\n%x, want\n%x", got, want)
	}
	if back, err := decode(want); err != nil || back != k {
		t.Errorf("decode returns %+v, %v; want %+v", back, err, k)
	}
}
