package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must load on machines that carry no zone files

	"github.com/robfig/cron/v3"
)

// Limits of a schedule line.
const (
	// minEvery is the shortest interval: below it a job asks again before a
	// polite run of even a small source can have ended.
	minEvery = time.Minute
	// maxEvery keeps sums of times far away from overflow.
	maxEvery = 366 * 24 * time.Hour
	// maxSpecBytes is far above any real line, which is five short fields.
	maxSpecBytes = 256
)

// Spec is a parsed schedule line in its time zone. The zero Spec never fires.
type Spec struct {
	text  string
	loc   *time.Location
	cron  cron.Schedule // evaluated on wall-clock times dressed up as UTC; nil for @every
	every time.Duration // interval of an @every line, else 0
	// hourly: the hour field takes every hour, so that the line means "so
	// often" and not "at that time of the day".
	hourly bool
}

// SpecError is a schedule line or time zone that cannot be used.
type SpecError struct {
	Spec string // the line, or the name of the zone
	Msg  string // what is wrong, e.g. "minute 61 is outside 0–59"
	Hint string // what to write instead; may be empty
}

func (e *SpecError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%q: %s", e.Spec, e.Msg)
	}
	return fmt.Sprintf("%q: %s; %s", e.Spec, e.Msg, e.Hint)
}

// Parse reads a schedule line: five fields (minute, hour, day of the month,
// month, day of the week), a name such as "@daily", or "@every 90m". The zone
// is an IANA name; an empty one is UTC. A line that is wrong, or that would
// never fire, gives a [*SpecError].
func Parse(spec, zone string) (Spec, error) {
	loc, err := LoadZone(zone)
	if err != nil {
		return Spec{}, err
	}
	line := strings.TrimSpace(spec)
	if msg, hint := checkLine(line); msg != "" {
		return Spec{}, &SpecError{Spec: printable(line), Msg: msg, Hint: hint}
	}
	s := Spec{text: line, loc: loc}
	if rest, ok := strings.CutPrefix(line, "@every"); ok {
		s.every, err = parseEvery(line, rest)
		return s, err
	}
	// The prefix keeps the library from falling back to the machine's zone.
	parsed, err := cron.ParseStandard("TZ=UTC " + line)
	if err != nil {
		return Spec{}, &SpecError{Spec: line, Msg: err.Error()}
	}
	s.cron = parsed
	if fields := strings.Fields(line); len(fields) == len(cronFields) {
		s.hourly = fields[1] == "*" || fields[1] == "?" || fields[1] == "*/1"
	} else {
		s.hourly = line == "@hourly"
	}
	// Five years from a leap year hold every date the calendar has.
	if parsed.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Spec{}, &SpecError{Spec: line, Msg: "never fires: no month it names has that day",
			Hint: "for the last days of a month use a day up to 28, or name months that are long enough"}
	}
	return s, nil
}

// LoadZone finds a time zone by its IANA name; the empty name is UTC. An
// unknown one gives a [*SpecError].
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if loc, err := time.LoadLocation(name); err == nil && name != "Local" {
		return loc, nil
	}
	e := &SpecError{Spec: printable(name), Msg: "unknown time zone",
		Hint: `use an IANA name such as "Europe/Madrid" or "UTC"`}
	if likely := likelyZone(name); likely != "" {
		e.Hint = fmt.Sprintf("did you mean %q?", likely)
	}
	return nil, e
}

// String gives the line as it was written.
func (s Spec) String() string { return s.text }

// IsZero reports whether s is the zero Spec.
func (s Spec) IsZero() bool { return s.cron == nil && s.every == 0 }

// Interval is the time between two runs of an @every line, 0 for all others.
func (s Spec) Interval() time.Duration { return s.every }

// Next gives the first time after t at which the line fires, in the line's
// zone, or the zero time when there is none within five years.
//
// The library walks the calendar with real times, and so loses a run whose
// wall-clock time does not exist on the day the clocks go forward, and does
// one twice whose wall-clock time exists twice on the day they go back. Here it
// only ever sees wall-clock times, in which there are no such days, and the
// zone comes in afterwards. Between two changes of the zone's offset, wall
// clock and real time differ by a constant, so one stretch after the other is
// searched:
//
//   - A match inside the stretch is the answer.
//   - A match in the gap that follows the stretch (02:30 on a spring day) is
//     due when the gap ends: once, however many matches lie in it.
//   - Where the clocks went back, a stretch begins with wall-clock times that
//     the one before has already had. A line for certain hours skips them. A
//     line for every hour does not: it means "so often", and goes on doing so.
func (s Spec) Next(t time.Time) time.Time {
	if s.every > 0 {
		return t.Add(s.every)
	}
	if s.cron == nil {
		return time.Time{}
	}
	t = t.In(s.loc)
	limit := t.AddDate(5, 0, 1)
	after := wallOf(t) // matches must come later than this wall-clock time
	for at := t; at.Before(limit); {
		start, end := at.ZoneBounds()
		_, offset := at.Zone()
		if !start.IsZero() && !s.hourly {
			_, before := start.Add(-time.Second).Zone()
			if had := start.UTC().Add(time.Duration(before)*time.Second - time.Second); after.Before(had) {
				after = had
			}
		}
		wall := s.cron.Next(after)
		if wall.IsZero() {
			return time.Time{}
		}
		due := wall.Add(-time.Duration(offset) * time.Second)
		if end.IsZero() || due.Before(end) {
			return due.In(s.loc)
		}
		_, next := end.Zone()
		if opens := wallOf(end); next > offset && wall.Before(opens) {
			return end.In(s.loc)
		}
		at, after = end, wallOf(end).Add(-time.Second)
	}
	return time.Time{}
}

// wallOf gives what the clock on the wall shows at t as a time in UTC.
func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// parseEvery reads what follows "@every".
func parseEvery(line, rest string) (time.Duration, error) {
	fail := func(msg, hint string) (time.Duration, error) {
		return 0, &SpecError{Spec: line, Msg: msg, Hint: hint}
	}
	d, err := time.ParseDuration(strings.TrimSpace(rest))
	switch {
	case err != nil && strings.HasSuffix(rest, "d"):
		return fail("days are not a unit of @every", `write hours, e.g. "@every 24h", or "@daily"`)
	case err != nil:
		return fail("no duration after @every", `write e.g. "@every 30m" or "@every 6h"`)
	case d < minEvery:
		return fail("shorter than a minute", `the shortest interval is "@every 1m"`)
	case d > maxEvery:
		return fail("longer than a year", `write a date, e.g. "0 6 1 1 *", or "@yearly"`)
	}
	return d, nil
}

// cronField is one of the five fields with what may stand in it.
type cronField struct {
	name     string
	min, max int
	names    []string // of the values from min on
	hint     string
}

var cronFields = [...]cronField{
	{name: "minute", min: 0, max: 59},
	{name: "hour", min: 0, max: 23, hint: "midnight is 0"},
	{name: "day of the month", min: 1, max: 31},
	{name: "month", min: 1, max: 12, names: []string{
		"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{name: "day of the week", min: 0, max: 6, names: []string{
		"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, hint: "Sunday is 0 or SUN"},
}

var descriptors = []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}

// checkLine says what is wrong with a line in the words of whoever wrote it,
// and what to write instead; no message means that nothing is. It is stricter
// than the library, which panics at a zone without a field after it and takes
// "1,,2", "+5" and "*-3".
func checkLine(line string) (msg, hint string) {
	const example = `write e.g. "30 6 * * *" (every day at 6:30), "@hourly" or "@every 6h"`
	switch {
	case line == "":
		return "empty schedule", example
	case len(line) > maxSpecBytes:
		return fmt.Sprintf("longer than %d bytes", maxSpecBytes), example
	case strings.HasPrefix(line, "TZ=") || strings.HasPrefix(line, "CRON_TZ="):
		return "a time zone does not belong in the schedule", "set time_zone beside it"
	case strings.HasPrefix(line, "@"):
		return checkDescriptor(line)
	}
	fields := strings.Fields(line)
	if len(fields) != len(cronFields) {
		msg = fmt.Sprintf("has %d fields instead of 5", len(fields))
		if len(fields) == len(cronFields)+1 {
			return msg, "there is no field for seconds: leave the first one out"
		}
		return msg, "the fields are minute, hour, day of the month, month, day of the week; " + example
	}
	for i, f := range fields {
		if msg, hint = cronFields[i].check(f); msg != "" {
			return msg, hint
		}
	}
	return "", ""
}

func checkDescriptor(line string) (msg, hint string) {
	if line == "@every" || strings.HasPrefix(line, "@every ") {
		return "", ""
	}
	for _, d := range descriptors {
		if line == d {
			return "", ""
		}
		if n := len("@dai"); len(line) >= n && strings.EqualFold(line[:n], d[:n]) {
			hint = fmt.Sprintf("did you mean %q?", d)
		}
	}
	if hint == "" {
		hint = "there are " + strings.Join(descriptors, ", ") + ` and "@every 6h"`
	}
	return fmt.Sprintf("unknown name %q", printable(line)), hint
}

// check says what is wrong with one field: a list of values, ranges and steps.
func (f cronField) check(field string) (msg, hint string) {
	for item := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(item, "/")
		low, high, ranged := strings.Cut(span, "-")
		if stepped {
			n, err := number(step)
			if err != nil || n == 0 {
				return fmt.Sprintf("%s: %q is not a step", f.name, printable(item)), `write e.g. "*/2"`
			}
			if n > f.max {
				return fmt.Sprintf("%s: the step %d is larger than the range %d–%d", f.name, n, f.min, f.max), ""
			}
		}
		if span == "*" || span == "?" {
			continue
		}
		from, msg, hint := f.value(low)
		if msg != "" {
			return msg, hint
		}
		if !ranged {
			continue
		}
		to, msg, hint := f.value(high)
		if msg != "" {
			return msg, hint
		}
		if from > to {
			return fmt.Sprintf("%s: the range %s starts after its end", f.name, printable(span)),
				fmt.Sprintf(`write two ranges, e.g. "%d-%d,%d-%d"`, from, f.max, f.min, to)
		}
	}
	return "", ""
}

// value reads a number or name of the field.
func (f cronField) value(s string) (n int, msg, hint string) {
	for i, name := range f.names {
		if strings.EqualFold(s, name) {
			return f.min + i, "", ""
		}
	}
	n, err := number(s)
	switch {
	case s == "":
		return 0, f.name + ": a value is missing", ""
	case err == nil && n >= f.min && n <= f.max:
		return n, "", ""
	case err == nil || errors.Is(err, strconv.ErrRange):
		return 0, fmt.Sprintf("%s %s is outside %d–%d", f.name, printable(s), f.min, f.max), f.hint
	case f.names != nil:
		return 0, fmt.Sprintf("%s %q is neither a number nor a name", f.name, printable(s)),
			"the names are " + strings.ToUpper(strings.Join(f.names, ", "))
	default:
		return 0, fmt.Sprintf("%s %q is not a number", f.name, printable(s)), ""
	}
}

// number reads digits only: no sign.
func number(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err
}

var unprintable = regexp.MustCompile(`[^\pL\pN\pP\pS ]+`)

// printable makes a piece of a line fit for a message: short, on one line.
func printable(s string) string {
	s = unprintable.ReplaceAllString(strings.ToValidUTF8(s, "?"), " ")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
