package schedule_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz/schedule"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spec, zone string
		msg, hint  string // parts of them
	}{
		"nothing":              {"", "", "empty schedule", "@hourly"},
		"minute too large":     {"61 * * * *", "", "minute 61 is outside 0–59", ""},
		"hour 24":              {"0 24 * * *", "", "hour 24 is outside 0–23", "midnight is 0"},
		"day 0":                {"0 0 0 * *", "", "day of the month 0 is outside 1–31", ""},
		"month 13":             {"0 0 1 13 *", "", "month 13 is outside 1–12", ""},
		"sunday as 7":          {"0 0 * * 7", "", "day of the week 7 is outside 0–6", "Sunday is 0"},
		"a very large number":  {"99999999999999999999 * * * *", "", "is outside 0–59", ""},
		"unknown day":          {"0 0 * * MOO", "", `day of the week "MOO" is neither`, "SUN, MON"},
		"unknown month":        {"0 0 1 Sept *", "", `month "Sept" is neither`, "SEP"},
		"word for a number":    {"noon 12 * * *", "", `minute "noon" is not a number`, ""},
		"sign":                 {"+5 * * * *", "", `minute "+5" is not a number`, ""},
		"empty item":           {"1,,2 * * * *", "", "minute: a value is missing", ""},
		"open range":           {"5- * * * *", "", "minute: a value is missing", ""},
		"star with range":      {"*-3 * * * *", "", `minute "*" is not a number`, ""},
		"range backwards":      {"0 22-6 * * *", "", "hour: the range 22-6 starts after its end", `"22-23,0-6"`},
		"step zero":            {"*/0 * * * *", "", `minute: "*/0" is not a step`, "*/2"},
		"step too large":       {"*/90 * * * *", "", "minute: the step 90 is larger than the range 0–59", ""},
		"two steps":            {"*/2/3 * * * *", "", `minute: "*/2/3" is not a step`, ""},
		"four fields":          {"0 6 * *", "", "has 4 fields instead of 5", "day of the week"},
		"seconds":              {"0 0 6 * * *", "", "has 6 fields instead of 5", "seconds"},
		"no such date":         {"0 0 31 2 *", "", "never fires", "28"},
		"no such dates":        {"0 0 31 4,6,9,11 *", "", "never fires", ""},
		"zone before fields":   {"TZ=Europe/Madrid 0 6 * * *", "", "a time zone does not belong", "time_zone"},
		"zone alone":           {"TZ=", "", "a time zone does not belong", "time_zone"},
		"zone of cron":         {"CRON_TZ=UTC 0 6 * * *", "", "a time zone does not belong", "time_zone"},
		"misspelt name":        {"@daly", "", `unknown name "@daly"`, "@hourly"},
		"name, similar":        {"@dailly", "", `unknown name "@dailly"`, `did you mean "@daily"?`},
		"name in capitals":     {"@Hourly", "", `unknown name "@Hourly"`, `did you mean "@hourly"?`},
		"at boot":              {"@reboot", "", `unknown name "@reboot"`, "@every"},
		"every nothing":        {"@every", "", "no duration", "30m"},
		"every joined":         {"@every5m", "", `unknown name "@every5m"`, "@every 6h"},
		"every half a minute":  {"@every 30s", "", "shorter than a minute", "1m"},
		"every negative":       {"@every -5m", "", "shorter than a minute", "1m"},
		"every in days":        {"@every 2d", "", "days are not a unit", "24h"},
		"every ten years":      {"@every 87600h", "", "longer than a year", "@yearly"},
		"unknown zone":         {"@daily", "Europe/Madird", "unknown time zone", "IANA"},
		"zone in lower case":   {"@daily", "europe/madrid", "unknown time zone", `did you mean "Europe/Madrid"?`},
		"zone with a space":    {"@daily", "America/New York", "unknown time zone", `did you mean "America/New_York"?`},
		"zone without an area": {"@daily", "tokyo", "unknown time zone", `did you mean "Asia/Tokyo"?`},
		"city of another zone": {"@daily", "Mumbai", "unknown time zone", `did you mean "Asia/Kolkata"?`},
		"abbreviated zone":     {"@daily", "PST", "unknown time zone", `did you mean "America/Los_Angeles"?`},
		"machine's zone":       {"@daily", "Local", "unknown time zone", "IANA"},
		"zone that is a path":  {"@daily", "../../etc/passwd", "unknown time zone", "IANA"},
		"rubbish":              {"\x00\xff\x1b[2J * * * *", "", "minute", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := schedule.Parse(tt.spec, tt.zone)
			var se *schedule.SpecError
			if !errors.As(err, &se) {
				t.Fatalf("Parse(%q, %q) = %v, want a SpecError", tt.spec, tt.zone, err)
			}
			if !strings.Contains(se.Msg, tt.msg) {
				t.Errorf("message %q does not say %q", se.Msg, tt.msg)
			}
			if !strings.Contains(se.Hint, tt.hint) {
				t.Errorf("hint %q does not say %q", se.Hint, tt.hint)
			}
			if strings.ContainsAny(err.Error(), "\x00\x1b\n") {
				t.Errorf("%q carries control characters", err)
			}
		})
	}
}

// TestNext lists the times that follow a moment, in the words of the zone.
func TestNext(t *testing.T) {
	t.Parallel()
	const (
		newYork  = "America/New_York"
		madrid   = "Europe/Madrid"
		lordHowe = "Australia/Lord_Howe" // shifts by half an hour
		saoPaulo = "America/Sao_Paulo"   // until 2019 the clocks went forward at midnight
	)
	tests := map[string]struct {
		spec, zone, after string
		want              []string
	}{
		"every weekday at half past six": {
			"30 6 * * 1-5", "", "2026-11-20T06:30:00Z",
			[]string{"Mon 2026-11-23 06:30 UTC", "Tue 2026-11-24 06:30 UTC"},
		},
		"a fraction of a second before": {
			"0 6 * * *", "", "2026-11-20T05:59:59.9Z", []string{"Fri 2026-11-20 06:00 UTC"},
		},
		"in the zone, not in UTC": {
			"0 6 * * *", "Asia/Tokyo", "2026-11-20T00:00:00Z", []string{"Sat 2026-11-21 06:00 JST"},
		},
		"names in any case": {
			"0 0 1 jan,Jul SUN", "", "2026-11-20T00:00:00Z",
			[]string{"Fri 2027-01-01 00:00 UTC", "Sun 2027-01-03 00:00 UTC"},
		},
		"leap day": {
			"0 0 29 2 *", "", "2026-11-20T00:00:00Z", []string{"Tue 2028-02-29 00:00 UTC"},
		},
		"steps": {
			"*/20 22-23/1 * * *", "", "2026-11-20T22:30:00Z",
			[]string{"Fri 2026-11-20 22:40 UTC", "Fri 2026-11-20 23:00 UTC"},
		},
		"interval": {
			"@every 90m", newYork, "2026-11-20T00:00:00Z",
			[]string{"Fri 2026-11-20 01:30 UTC", "Fri 2026-11-20 03:00 UTC"},
		},
		"spring: the time does not exist, so right after the gap": {
			"30 2 * * *", newYork, "2026-03-07T12:00:00-05:00",
			[]string{"Sun 2026-03-08 03:00 EDT", "Mon 2026-03-09 02:30 EDT"},
		},
		"spring: several times in the gap are one run": {
			"*/15 2 * * *", madrid, "2026-03-28T03:00:00+01:00",
			[]string{"Sun 2026-03-29 03:00 CEST", "Mon 2026-03-30 02:00 CEST"},
		},
		"spring: hourly goes on": {
			"@hourly", newYork, "2026-03-08T00:30:00-05:00",
			[]string{"Sun 2026-03-08 01:00 EST", "Sun 2026-03-08 03:00 EDT", "Sun 2026-03-08 04:00 EDT"},
		},
		"spring: a time outside the gap is untouched": {
			"0 6 * * *", madrid, "2026-03-28T12:00:00+01:00", []string{"Sun 2026-03-29 06:00 CEST"},
		},
		"spring: not on that weekday, so not after the gap either": {
			"30 2 * * 1", newYork, "2026-03-07T12:00:00-05:00", []string{"Mon 2026-03-09 02:30 EDT"},
		},
		"spring at midnight": {
			"0 0 * * *", saoPaulo, "2018-11-03T12:00:00-03:00",
			[]string{"Sun 2018-11-04 01:00 -02", "Mon 2018-11-05 00:00 -02"},
		},
		"spring by half an hour": {
			"15 2 * * *", lordHowe, "2026-10-03T12:00:00+10:30",
			[]string{"Sun 2026-10-04 02:30 +11", "Mon 2026-10-05 02:15 +11"},
		},
		"spring by half an hour: the time after the gap": {
			"45 2 * * *", lordHowe, "2026-10-03T12:00:00+10:30", []string{"Sun 2026-10-04 02:45 +11"},
		},
		"autumn: the time exists twice and is used once": {
			"30 1 * * *", newYork, "2026-10-31T12:00:00-04:00",
			[]string{"Sun 2026-11-01 01:30 EDT", "Mon 2026-11-02 01:30 EST"},
		},
		"autumn: asked between the two": {
			"30 1 * * *", newYork, "2026-11-01T01:10:00-05:00", []string{"Mon 2026-11-02 01:30 EST"},
		},
		"autumn: several times in the double hour": {
			"*/30 2 * * *", madrid, "2026-10-24T12:00:00+02:00",
			[]string{"Sun 2026-10-25 02:00 CEST", "Sun 2026-10-25 02:30 CEST", "Mon 2026-10-26 02:00 CET"},
		},
		"autumn: hourly runs in both": {
			"@hourly", madrid, "2026-10-25T01:30:00+02:00",
			[]string{"Sun 2026-10-25 02:00 CEST", "Sun 2026-10-25 02:00 CET", "Sun 2026-10-25 03:00 CET"},
		},
		"autumn by half an hour": {
			"45 1 * * *", lordHowe, "2026-04-04T12:00:00+11:00",
			[]string{"Sun 2026-04-05 01:45 +11", "Mon 2026-04-06 01:45 +1030"},
		},
		"autumn: midnight twice": {
			"0 0 * * *", saoPaulo, "2018-02-17T12:00:00-02:00",
			[]string{"Sun 2018-02-18 00:00 -03", "Mon 2018-02-19 00:00 -03"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, err := schedule.Parse(tt.spec, tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			at := mustTime(t, tt.after)
			var got []string
			for range tt.want {
				at = spec.Next(at)
				got = append(got, at.Format("Mon 2006-01-02 15:04 MST"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("times after %s (-want +got):\n%s", tt.after, diff)
			}
		})
	}
}

// TestNextThroughTheYear counts a year's runs: the days on which clocks change
// neither add one nor lose one.
func TestNextThroughTheYear(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", "America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"} {
		for _, line := range []string{"30 0 * * *", "0 1 * * *", "30 1 * * *", "15 2 * * *", "30 2 * * *", "0 3 * * *"} {
			spec, err := schedule.Parse(line, zone)
			if err != nil {
				t.Fatal(err)
			}
			at := mustTime(t, "2026-01-01T12:00:00Z")
			end := at.AddDate(1, 0, 0)
			days := map[string]bool{}
			runs := 0
			for at = spec.Next(at); at.Before(end); at = spec.Next(at) {
				days[at.Format(time.DateOnly)] = true
				runs++
			}
			if runs != 365 || len(days) != 365 {
				t.Errorf("%q in %q: %d runs on %d days, want 365 on 365", line, zone, runs, len(days))
			}
		}
	}
}

func TestZeroSpec(t *testing.T) {
	t.Parallel()
	var s schedule.Spec
	if got := s.Next(time.Now()); !s.IsZero() || !got.IsZero() {
		t.Errorf("the zero spec fires at %v", got)
	}
}

// FuzzParse: whatever is accepted fires, later than asked, and on the minute.
func FuzzParse(f *testing.F) {
	f.Add("30 6 * * 1-5", "Europe/Madrid", int64(1774750000))
	f.Add("*/15 2 29 2 *", "America/New_York", int64(1793510000))
	f.Add("@every 90m", "", int64(0))
	f.Add("TZ=", "Australia/Lord_Howe", int64(1))
	f.Add("0 0 31 2 *", "UTC", int64(1))
	f.Fuzz(func(t *testing.T, line, zone string, unix int64) {
		spec, err := schedule.Parse(line, zone)
		if err != nil {
			if msg := err.Error(); msg == "" || strings.ContainsAny(msg, "\n\x00\x1b") {
				t.Errorf("bad message %q", msg)
			}
			return
		}
		const year2100 = 4102444800
		at := time.Unix(max(unix%year2100, -unix%year2100), 0)
		next := spec.Next(at)
		if next.IsZero() {
			return // 29 February 2096 has none within five years
		}
		if !next.After(at) {
			t.Errorf("Next(%v) of %q = %v", at, line, next)
		}
		if spec.Interval() == 0 && next.Unix()%60 != 0 && at.Year() > 1975 {
			t.Errorf("%q fires at %v, not on the minute", line, next)
		}
	})
}

func mustTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
