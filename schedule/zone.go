package schedule

import (
	"strings"
	"time"
)

// zoneNames are what people write for a zone that has another name: the
// abbreviations which the zone database lacks, and countries and cities that
// share the clock of a zone. Keys are in lower case.
var zoneNames = map[string]string{
	"pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
	"mdt": "America/Denver", "cdt": "America/Chicago", "ct": "America/Chicago",
	"edt": "America/New_York", "et": "America/New_York", "brt": "America/Sao_Paulo",
	"bst": "Europe/London", "ist": "Asia/Kolkata", "cest": "Europe/Madrid", "eest": "Europe/Kyiv",
	"msk": "Europe/Moscow", "wib": "Asia/Jakarta", "sgt": "Asia/Singapore", "hkt": "Asia/Hong_Kong",
	"jst": "Asia/Tokyo", "kst": "Asia/Seoul", "aest": "Australia/Sydney", "aedt": "Australia/Sydney",
	"nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland", "z": "UTC",
	"america/san_francisco": "America/Los_Angeles", "america/seattle": "America/Los_Angeles",
	"america/boston": "America/New_York", "america/washington": "America/New_York",
	"america/miami": "America/New_York", "america/austin": "America/Chicago",
	"america/dallas": "America/Chicago", "america/montreal": "America/Toronto",
	"america/brasilia": "America/Sao_Paulo", "america/rio_de_janeiro": "America/Sao_Paulo",
	"europe/barcelona": "Europe/Madrid", "europe/munich": "Europe/Berlin", "europe/milan": "Europe/Rome",
	"europe/geneva": "Europe/Zurich", "europe/manchester": "Europe/London", "europe/lyon": "Europe/Paris",
	"asia/beijing": "Asia/Shanghai", "asia/mumbai": "Asia/Kolkata", "asia/delhi": "Asia/Kolkata",
	"asia/new_delhi": "Asia/Kolkata", "asia/bangalore": "Asia/Kolkata", "asia/osaka": "Asia/Tokyo",
	"asia/hanoi": "Asia/Ho_Chi_Minh", "asia/bali": "Asia/Makassar", "australia/canberra": "Australia/Sydney",
}

// zoneAreas are the first halves of zone names.
var zoneAreas = []string{"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}

// likelyZone guesses the IANA name somebody meant, or gives "". It mends case
// and spaces ("europe/madrid", "America/New York") and a missing area
// ("Madrid"), and knows a few names from [zoneNames]. The zone database cannot
// be listed, so every guess is tried out.
func likelyZone(name string) string {
	if len(name) > 64 {
		return ""
	}
	key := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")
	if zone, ok := zoneNames[key]; ok {
		return zone
	}
	guesses := []string{strings.ToUpper(key), titleCase(key)}
	if !strings.Contains(key, "/") {
		for _, area := range zoneAreas {
			if zone, ok := zoneNames[strings.ToLower(area)+"/"+key]; ok {
				return zone
			}
			guesses = append(guesses, area+"/"+titleCase(key))
		}
	}
	for _, g := range guesses {
		if _, err := time.LoadLocation(g); err == nil && g != "" && g != "Local" {
			return g
		}
	}
	return ""
}

// titleCase writes each part of a zone name with a capital: "america/new_york"
// becomes "America/New_York".
func titleCase(s string) string {
	b := []byte(s)
	start := true
	for i, c := range b {
		if start && 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
		start = c == '/' || c == '_' || c == '-'
	}
	return string(b)
}
