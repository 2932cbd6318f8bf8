package news

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// unstamped are the times that documents and editors said.
var unstamped = []string{"Entry.Published", "Hold.Until", "Pin.Until", "Order.Until", "Assignment.Due", "Notice.Due", "Visit.Prev"}

// EachTime reaches every time that records stamp, however deep it lies.
func TestEachTimeReachesAllTimes(t *testing.T) {
	early, late := time.Unix(1e9, 0).UTC(), time.Unix(2e9, 0).UTC()
	for _, r := range []interface{ EachTime(func(*time.Time)) }{new(SourceState), new(TopicState), new(Entry), new(Story), new(Event), new(Notice), new(ArchivePage), new(Change)} {
		v := reflect.ValueOf(r).Elem()
		fill(v, early)
		shared := reflect.New(v.Type()).Elem()
		shared.Set(v)
		r.EachTime(func(at *time.Time) {
			if *at != early {
				t.Errorf("%T: called with %v twice", r, *at)
			}
			*at = late
		})
		expect(t, v.Type().Name(), v, late)
		expect(t, "what was shared with "+v.Type().Name(), shared, early)
	}
}

var timeType = reflect.TypeFor[time.Time]()

// fill sets all times in v to at, and gives each slice, map and pointer one element.
func fill(v reflect.Value, at time.Time) {
	switch {
	case v.Type() == timeType:
		v.Set(reflect.ValueOf(at))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), at)
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), at)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), at)
	case v.Kind() == reflect.Map:
		elem := reflect.New(v.Type().Elem()).Elem()
		fill(elem, at)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.Zero(v.Type().Key()), elem)
	}
}

// expect reports the times in v that are not at.
func expect(t *testing.T, name string, v reflect.Value, at time.Time) {
	switch {
	case v.Type() == timeType:
		if got := v.Interface().(time.Time); got != at && !slices.Contains(unstamped, name) {
			t.Errorf("%s: %v, want %v", name, got, at)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			expect(t, v.Type().Name()+"."+v.Type().Field(i).Name, v.Field(i), at)
		}
	case v.Kind() == reflect.Pointer:
		expect(t, name, v.Elem(), at)
	case v.Kind() == reflect.Slice:
		expect(t, name, v.Index(0), at)
	case v.Kind() == reflect.Map:
		expect(t, name, v.MapIndex(reflect.Zero(v.Type().Key())), at)
	}
}

func TestEndDays(t *testing.T) {
	day := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	s := &SourceState{}
	s.Count(day.AddDate(0, 0, -1))
	s.Count(day)
	s.Count(day.AddDate(0, 0, 2))
	s.EndDays(day)
	if got := s.PerDay(day, 3); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("entries by day: %v", got)
	}
	s.Count(day.AddDate(10, 0, 0))
	s.EndDays(day)
	if got := s.PerDay(day, 2); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("entries by day after ten years ahead: %v", got)
	}
}
